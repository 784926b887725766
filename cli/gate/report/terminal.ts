/** The check report for a terminal: one line per check, then its details. */
import type { Screen } from '../../render/renderer.ts'
import { padEnd, printable, wrapHanging } from '../../render/text.ts'
import {
  type CheckResult,
  countVerdicts,
  isUnproven,
  markOf,
  VERDICTS,
  type Verdict,
} from '../verdict.ts'

/** @returns whole lines, the last one with the counts of all verdicts; nothing where a baseline was saved alone */
export function terminalReport(results: CheckResult[], screen: Screen): string {
  if (results.length === 0) return ''
  const widest = Math.max(...results.map(({ verdict }) => VERDICTS[verdict].word.length))
  const lines = results.flatMap((result) => checkLines(result, widest, screen))
  return `${[...lines, '', `${results.length} ${results.length === 1 ? 'check' : 'checks'}: ${countVerdicts(results)}`].join('\n')}\n`
}

function checkLines(result: CheckResult, widest: number, { width, colour }: Screen): string[] {
  const { sign, word } = markOf(result)
  const paint = isUnproven(result) ? 'yellow' : PAINTS[result.verdict]
  const head = `${colour[paint](`${sign} ${padEnd(word, widest)}`)}  ${printable(result.name)}`
  return [
    head,
    ...resultLines(result).flatMap((text) => {
      const line = `    ${printable(text)}`
      // A broken command could not be pasted: the terminal breaks it.
      const lines = text.startsWith(SEE) ? [line] : wrapHanging(line, width, 6)
      return lines.map((one) => colour.dim(one))
    }),
  ]
}

const PAINTS = {
  pass: 'green',
  uncertified: 'green',
  fail: 'red',
  unstable: 'yellow',
  insufficient: 'yellow',
  empty: 'yellow',
  unanswered: 'red',
} as const satisfies Record<Verdict, string>

const SEE = 'see: '

/** Details of a verdict, one sentence per line. */
export function resultLines(result: CheckResult): string[] {
  const { test, summary, n, interval, smallest, notes, command } = result
  const numbers = [n === undefined ? '' : `n ${n.toLocaleString('en-US')}`, interval ?? '']
  const counted = numbers.filter(Boolean).join(', 95 % limits ')
  return [
    `${test}: ${summary}`,
    ...(counted ? [smallest ? `${counted}; ${smallest}` : counted] : []),
    ...notes,
    ...(command ? [`${SEE}${command}`] : []),
  ]
}
