/** The check report as JSON: one object per check. */
import { type CheckResult, VERDICTS } from '../verdict.ts'

/** A flat array, like all JSON of otrace; missing values are `null`. */
export function jsonReport(results: CheckResult[]): string {
  const rows = results.map((result) => ({
    name: result.name,
    test: result.test,
    verdict: VERDICTS[result.verdict].word,
    summary: result.summary,
    value: result.value ?? null,
    limit: result.limit ?? null,
    n: result.n ?? null,
    interval: result.interval ?? null,
    phi: result.phi ?? null,
    smallest: result.smallest ?? null,
    p_value: result.pValue ?? null,
    notes: result.notes,
    command: result.command ?? null,
    file: result.file || null,
    line: result.file ? result.line : null,
    column: result.file ? result.column : null,
    seconds: result.seconds,
  }))
  return `${JSON.stringify(rows, null, 2)}\n`
}
