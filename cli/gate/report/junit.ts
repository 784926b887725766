/** The check report as JUnit XML, valid for Jenkins' junit-10.xsd. */
import { printable } from '../../render/text.ts'
import { type CheckResult, VERDICTS } from '../verdict.ts'
import { resultLines } from './terminal.ts'

/** Longer texts are cut, because CI servers keep them in memory. */
const MOST_TEXT = 64 * 1024

/**
 * One suite per check, because only suites may have properties and a file: a refused query is an error,
 * any other unmet check a failure.
 */
export function junitReport(results: CheckResult[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'otrace check', ...totals(results) })}>`,
    ...results.map(testsuite),
    '</testsuites>',
    '',
  ].join('\n')
}

function totals(results: CheckResult[]): Record<string, string | number> {
  const count = (kind: string) => results.filter(({ verdict }) => KINDS[verdict] === kind).length
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0)
  return {
    tests: results.length,
    failures: count('failure'),
    errors: count('error'),
    time: seconds.toFixed(3),
  }
}

const KINDS: Record<CheckResult['verdict'], 'passed' | 'failure' | 'error'> = {
  pass: 'passed',
  uncertified: 'passed',
  fail: 'failure',
  unstable: 'failure',
  insufficient: 'failure',
  empty: 'failure',
  unanswered: 'error',
}

function testsuite(result: CheckResult): string {
  const { name, test, verdict, summary, file, seconds } = result
  const { word } = VERDICTS[verdict]
  const kind = KINDS[verdict]
  const detail = text(resultLines(result).join('\n'))
  const suite = attributes({ name, ...totals([result]), ...(file ? { file } : {}) })
  const classname = `otrace.${test.replace(/\W+/g, '_')}`
  const unmet = `<${kind}${attributes({ message: summary, type: word })}>${detail}</${kind}>`
  return [
    `  <testsuite${suite}>`,
    '    <properties>',
    ...propertyLines(result, word),
    '    </properties>',
    `    <testcase${attributes({ classname, name, time: seconds.toFixed(3) })}>`,
    ...(kind === 'passed' ? [] : [`      ${unmet}`]),
    `      <system-out>${detail}</system-out>`,
    '    </testcase>',
    '  </testsuite>',
  ].join('\n')
}

function propertyLines(result: CheckResult, verdict: string): string[] {
  const { value, limit, n, interval, phi, smallest, command } = result
  const known = { verdict, value, limit, n, interval, phi, smallest, command }
  return Object.entries(known)
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => `      <property${attributes({ name, value: String(one) })}/>`)
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${text(String(value)).replace(/\n/g, '&#10;')}"`)
    .join('')
}

/** Text of XML 1.0, without what a terminal would obey. */
function text(value: string): string {
  const shown = value.slice(0, MOST_TEXT).split('\n').map(printable).join('\n')
  return shown
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
}
