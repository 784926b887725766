/** The check report for GitHub Actions: annotations and a job summary. */
import { printable } from '../../render/text.ts'
import {
  type CheckResult,
  countVerdicts,
  type ExitChoices,
  exitOf,
  markOf,
  VERDICTS,
} from '../verdict.ts'
import { resultLines } from './terminal.ts'

/** GitHub shows ten annotations of a kind per step, and silently drops the others. */
const MOST_ANNOTATIONS = 9

/** GitHub rejects a step summary above 1 MiB. */
const MOST_SUMMARY = 1024 * 1024

/** Workflow commands for stdout: one summary, and the first nine checks that decide the exit code. */
export function githubAnnotations(results: CheckResult[], choices: ExitChoices): string {
  const bad = results.filter(({ verdict, exit }) => exitOf(verdict, choices, exit) !== 0)
  if (bad.length === 0) return ''
  const shown = bad.slice(0, MOST_ANNOTATIONS)
  const first = shown.length < bad.length ? `, first ${shown.length} shown` : ''
  const summary = `${bad.length} of ${results.length} checks did not pass${first}: ${countVerdicts(bad)}`
  const lines = shown.map((result) => {
    const { file, line, column, name, verdict } = result
    const where: Record<string, string | number> = file ? { file, line, col: column } : {}
    const title = `${name}: ${VERDICTS[verdict].word}`
    return command({ ...where, title }, resultLines(result).join('\n'))
  })
  return `${[command({ title: 'otrace check' }, summary), ...lines].join('\n')}\n`
}

function command(properties: Record<string, string | number>, message: string): string {
  const escaped = (value: string) =>
    value.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
  const property = (value: string | number) =>
    escaped(String(value)).replace(/:/g, '%3A').replace(/,/g, '%2C')
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`)
  return `::error ${list.join(',')}::${escaped(message)}`
}

/**
 * Markdown for `$GITHUB_STEP_SUMMARY`, at most 1 MiB.
 * @param taken bytes that the summary already has
 */
export function githubSummary(results: CheckResult[], taken = 0): string {
  const head = [
    `### otrace check: ${countVerdicts(results)}`,
    '',
    '| verdict | check | seen | n | would have been seen |',
    '|---|---|---|---|---|',
    '',
  ].join('\n')
  const rows: string[] = []
  let size = taken + Buffer.byteLength(head) + 100
  for (const result of results) {
    const row = summaryRow(result)
    size += Buffer.byteLength(row)
    if (size > MOST_SUMMARY) break
    rows.push(row)
  }
  const left = results.length - rows.length
  return head + rows.join('') + (left > 0 ? `\n${left} more checks are in the log.\n` : '')
}

function summaryRow(result: CheckResult): string {
  const { name, summary, n, smallest, command: see } = result
  const { sign, word } = markOf(result)
  const seen = see
    ? `${cell(summary)}<br>\`${printable(see).replace(/`/g, "'").replace(/\|/g, '\\|')}\``
    : cell(summary)
  return `| ${sign} ${word} | ${cell(name)} | ${seen} | ${n ?? ''} | ${cell(smallest ?? '')} |\n`
}

function cell(value: string): string {
  return printable(value.replace(/[ \t\r\n]+/g, ' '))
    .replace(/[\\`*_[\]|]/g, '\\$&')
    .replace(/</g, '&lt;')
}
