/** Verdicts of checks: their words, order and exit codes. */
import { EXIT } from '../errors.ts'

export const VERDICTS = {
  pass: { word: 'pass', sign: '✓', exit: EXIT.ok },
  uncertified: { word: 'pass (not certified)', sign: '✓', exit: EXIT.ok },
  fail: { word: 'fail', sign: '✗', exit: EXIT.checkFailed },
  unstable: { word: 'unstable', sign: '~', exit: EXIT.notFound },
  insufficient: { word: 'not enough data', sign: '?', exit: EXIT.notFound },
  empty: { word: 'no data', sign: '?', exit: EXIT.notFound },
  unanswered: { word: 'could not ask', sign: '!', exit: EXIT.refused },
} as const

export type Verdict = keyof typeof VERDICTS

/** The verdicts whose exit code the check file may change, by the key that it has there. */
export const CONFIGURABLE = {
  not_certified: 'uncertified',
  unstable: 'unstable',
  not_enough_data: 'insufficient',
  no_data: 'empty',
} as const satisfies Record<string, Verdict>

export type ExitChoices = Partial<Record<keyof typeof CONFIGURABLE, number>>

/** Verdicts by precedence for the exit code, highest first. */
const ORDER: Verdict[] = ['fail', 'unanswered', 'empty', 'insufficient', 'unstable', 'uncertified']

/** The exit code of one check. */
export function exitOf(verdict: Verdict, choices: ExitChoices, asked?: number): number {
  if (verdict === 'unanswered') return asked ?? VERDICTS.unanswered.exit
  const key = (Object.keys(CONFIGURABLE) as (keyof typeof CONFIGURABLE)[]).find(
    (name) => CONFIGURABLE[name] === verdict,
  )
  return (key && choices[key]) ?? VERDICTS[verdict].exit
}

/** The result of one check. */
export interface CheckResult {
  name: string
  /** The kind of test: budget, slower, tail growth, A/B, comparison, rows, or the name of a ready one. */
  test: string
  verdict: Verdict
  /** One sentence: measured against expected. */
  summary: string
  value?: string
  limit?: string
  n?: number
  interval?: string
  /** Design effect, where calls come in bursts. */
  phi?: number
  /** The smallest effect that would have been seen, as a sentence. */
  smallest?: string
  pValue?: number
  /** The observed value is over the limit, whether proven or not. */
  over?: boolean
  /** Further notes. */
  notes: string[]
  /** Command that shows the offending traces. */
  command?: string
  /** The check's place. */
  file: string
  line: number
  column: number
  /** Run time of the check. */
  seconds: number
  /** The error of a refused query. */
  exit?: number
}

/** A pass whose observed value is over the limit. */
export const isUnproven = ({ verdict, over }: CheckResult) =>
  verdict === 'uncertified' && over === true

/** The sign and word of a result. */
export function markOf(result: CheckResult): { sign: string; word: string } {
  const { sign, word } = VERDICTS[result.verdict]
  return { sign: isUnproven(result) ? '~' : sign, word }
}

/** The result with a summary that says if its observed value is over the limit, unproven. */
export function withDoubt(result: CheckResult): CheckResult {
  if (!isUnproven(result)) return result
  return { ...result, summary: `over the limit, not proven: ${result.summary}` }
}

/** The exit code of all checks: that of the first verdict by precedence that is not 0. */
export function exitOfAll(results: CheckResult[], choices: ExitChoices): number {
  for (const verdict of ORDER) {
    const found = results.find((result) => result.verdict === verdict)
    const code = found && exitOf(verdict, choices, found.exit)
    if (code) return code
  }
  return EXIT.ok
}

/** Counts by verdict: `1 fail, 6 pass, 2 pass (not certified)`. */
export function countVerdicts(results: CheckResult[]): string {
  const order: Verdict[] = [...ORDER.slice(0, 5), 'pass', 'uncertified']
  return order
    .map((verdict) => [results.filter((one) => one.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${count} ${VERDICTS[verdict].word}`)
    .join(', ')
}
