/** Reports of checks: terminal, JSON, JUnit, GitLab and GitHub. */
import { Chalk } from 'chalk'
import { describe, expect, it } from 'vitest'
import { type CheckResult, exitOfAll, VERDICTS, type Verdict, withDoubt } from '../verdict.ts'
import { githubAnnotations, githubSummary } from './github.ts'
import { gitlabReport } from './gitlab.ts'
import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { terminalReport } from './terminal.ts'

const result = (verdict: Verdict, over: Partial<CheckResult> = {}): CheckResult => ({
  name: `check of ${verdict}`,
  test: 'budget',
  verdict,
  summary: 'p95 is 41 ms',
  limit: '300 ms',
  n: 4120,
  interval: '0.2% to 1.9% of all calls',
  smallest: 'a true share of 9.8% would have failed',
  notes: [],
  file: '.otrace/checks.yaml',
  line: 4,
  column: 7,
  seconds: 0.25,
  ...over,
})
const verdicts = Object.keys(VERDICTS) as Verdict[]
const all = verdicts.map((verdict) => result(verdict))
const screen = { width: 100, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }

describe('exit codes', () => {
  it.each([
    ['pass', 0],
    ['uncertified', 0],
    ['fail', 1],
    ['unstable', 5],
    ['insufficient', 5],
    ['empty', 5],
    ['unanswered', 4],
  ] as const)('%s is %i', (verdict, code) => {
    expect(exitOfAll([result('pass'), result(verdict)], {})).toBe(code)
  })

  it('the weightiest decides, and the check file may choose', () => {
    expect(exitOfAll(all, {})).toBe(1)
    expect(exitOfAll([result('empty'), result('unanswered', { exit: 3 })], {})).toBe(3)
    expect(exitOfAll([result('unstable'), result('empty')], { unstable: 1, no_data: 0 })).toBe(1)
    expect(exitOfAll([result('uncertified')], { not_certified: 1 })).toBe(1)
  })
})

it('the terminal names verdict, test, n, interval and the smallest effect', () => {
  const text = terminalReport(
    [result('uncertified'), result('fail', { command: 'otrace slow' })],
    screen,
  )
  expect(text).toBe(`✓ pass (not certified)  check of uncertified
    budget: p95 is 41 ms
    n 4,120, 95 % limits 0.2% to 1.9% of all calls; a true share of 9.8% would have failed
✗ fail                  check of fail
    budget: p95 is 41 ms
    n 4,120, 95 % limits 0.2% to 1.9% of all calls; a true share of 9.8% would have failed
    see: otrace slow

2 checks: 1 fail, 1 pass (not certified)
`)
})

it('a pass over the limit has a mark and words of its own', () => {
  const yellow = { ...screen, colour: new Chalk({ level: 1 }) }
  const over = (verdict: Verdict) => withDoubt(result(verdict, { over: true }))
  const text = terminalReport([over('uncertified'), result('uncertified')], yellow)
  const [head, line] = text.split('\n')
  expect(head).toBe('\u001b[33m~ pass (not certified)\u001b[39m  check of uncertified')
  expect(line).toContain('budget: over the limit, not proven: p95 is 41 ms')
  expect(text).toContain('\u001b[32m✓ pass (not certified)')
  expect(over('fail').summary).toBe('p95 is 41 ms')
  expect(githubSummary([over('uncertified')])).toContain('| ~ pass (not certified) |')
})

it('JSON has the same keys in every object', () => {
  const rows = JSON.parse(jsonReport(all))
  expect(rows).toHaveLength(7)
  expect(new Set(rows.map((row: object) => Object.keys(row).join())).size).toBe(1)
  expect(rows[1]).toMatchObject({ verdict: 'pass (not certified)', phi: null, line: 4 })
})

describe('JUnit', () => {
  const xml = junitReport([
    ...all,
    result('fail', { name: 'a<b & "c"\u0007\ud800', notes: [']]>\u001b[31m', 'x'.repeat(70_000)] }),
  ])

  // Checked against junit-10.xsd of jenkinsci/xunit-plugin: children, then required and other attributes.
  const RULES: Record<string, [children: string[], required: string[], others: string[]]> = {
    testsuites: [['testsuite'], [], ['name', 'tests', 'failures', 'errors', 'time']],
    testsuite: [
      ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
      ['name', 'tests', 'failures', 'errors'],
      ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
    ],
    testcase: [
      ['skipped', 'error', 'failure', 'system-out', 'system-err'],
      ['name'],
      ['time', 'classname', 'group'],
    ],
    properties: [['property'], [], []],
    property: [[], ['name', 'value'], []],
    failure: [[], [], ['message', 'type']],
    error: [[], [], ['message', 'type']],
    'system-out': [[], [], []],
  }

  it('has the elements and attributes of Jenkins, each in its place', () => {
    const open: string[] = []
    for (const [, close, tag = '', words = '', own] of xml.matchAll(
      /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g,
    )) {
      if (close) {
        expect(open.pop()).toBe(tag)
        continue
      }
      const parent = open.at(-1)
      expect(parent === undefined ? ['testsuites'] : RULES[parent]![0]).toContain(tag)
      const [, required, others] = RULES[tag]!
      const names = [...words.matchAll(/ ([\w-]+)="/g)].map(([, name]) => name!)
      expect(names).toEqual(expect.arrayContaining(required))
      expect(names.filter((name) => ![...required, ...others].includes(name))).toEqual([])
      if (!own) open.push(tag)
    }
    expect(open).toEqual([])
    expect(xml.match(/<testcase classname="[^"]+" name="[^"]+"/g)).toHaveLength(8)
    expect(xml.match(/<property name="n" value="4120"/g)).toHaveLength(8)
  })

  it('counts failures and errors, and escapes and cuts text', () => {
    expect(xml).toContain('tests="8" failures="5" errors="1" time="2.000"')
    expect(xml).toContain('name="a&lt;b &amp; &quot;c&quot;\\x07\\ud800"')
    expect(xml).not.toMatch(/[^\t\n\u0020-\ud7ff\ue000-\uffff]/)
    expect(xml.length).toBeLessThan(3 * 70_000)
    expect(xml.match(/<failure /g)).toHaveLength(5)
  })
})

describe('GitHub', () => {
  it('annotates with one summary and the first nine', () => {
    const many = Array.from({ length: 14 }, (_, i) => result('fail', { name: `check: ${i},%\n` }))
    const lines = githubAnnotations([...many, result('pass')], {})
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(10)
    expect(lines[0]).toBe(
      '::error title=otrace check::14 of 15 checks did not pass, first 9 shown: 14 fail',
    )
    expect(lines[1]).toContain(
      'file=.otrace/checks.yaml,line=4,col=7,title=check%3A 0%2C%25%0A%3A fail::',
    )
    expect(lines.every((line) => line.startsWith('::error '))).toBe(true)
    expect(githubAnnotations([result('pass')], {})).toBe('')
    expect(githubAnnotations([result('empty')], { no_data: 0 })).toBe('')
  })

  it('writes a table of at most 1 MiB', () => {
    expect(githubSummary([result('fail', { name: 'a|b' })])).toContain('| ✗ fail | a\\|b |')
    const large = Array.from({ length: 20_000 }, () => result('fail', { summary: 'ä'.repeat(100) }))
    const text = githubSummary(large)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024)
    expect(text).toMatch(/\d+ more checks are in the log\.\n$/)
    const rest = githubSummary(large, 1024 * 1000)
    expect(Buffer.byteLength(rest)).toBeLessThanOrEqual(24 * 1024)
  })
})

it('GitLab points at the line in the check file, with a stable fingerprint', () => {
  const [issue, ...more] = JSON.parse(
    gitlabReport([result('fail'), result('pass')], {}, (x) => `#${x.length}`),
  )
  expect(more).toEqual([])
  expect(issue).toEqual({
    description: 'check of fail: fail: p95 is 41 ms',
    check_name: 'otrace/budget',
    fingerprint: '#40',
    severity: 'major',
    location: { path: '.otrace/checks.yaml', lines: { begin: 4 } },
  })
})
