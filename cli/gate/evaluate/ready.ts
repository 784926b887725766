/** Evaluates ready checks and checks of query rows. */

import { usage } from '../../errors.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import type { Cell, Column, Row } from '../../result.ts'
import { parseUnit } from '../../units/parse.ts'
import { formatUnit } from '../../units/units.ts'
import { compare, type RowsExpectation } from '../file/expectation.ts'
import { shareLimits, shareOfAtLeast } from '../stats/budget.ts'
import type { Verdict } from '../verdict.ts'
import { countOf, countText, type Judged, percent } from './expect.ts'
import { TEST_NAMES } from './test-name.ts'

/** Offending spans or traces: their count, the total, and the worst as examples. */
export interface Found {
  test: string
  /** Spans or traces examined. */
  n: number
  unit: 'spans' | 'traces'
  /** Offenders among them. */
  offending: number
  /** Allowed offenders. */
  allowed?: number
  /** The result as a sentence. */
  summary: string
  notes?: string[]
  /** Some spans are sampled, so an empty sample does not prove absence. */
  sampled?: boolean
}

export function judgeFound(found: Found): Judged {
  const { test, n, unit, offending, allowed = 0, summary, notes = [], sampled = false } = found
  if (n === 0) {
    return { test, verdict: 'empty', summary: 'no span matches this check', n, notes: [] }
  }
  const passed: Verdict = sampled ? 'uncertified' : 'pass'
  return {
    test,
    verdict: offending > allowed ? 'fail' : passed,
    summary,
    value: countText(offending),
    limit: countText(allowed),
    n,
    ...shareTexts(n, offending, allowed, unit),
    notes: sampled ? [...notes, 'spans are sampled: what was dropped was not checked'] : notes,
  }
}

/** Limits of the share of offenders, and the smallest share that fails with a chance of 95 %. */
function shareTexts(n: number, offending: number, allowed: number, unit: string) {
  const [low, high] = shareLimits(Math.min(offending, n), n)
  const seen = shareOfAtLeast(allowed + 1, n)
  return {
    interval: `${percent(low)} to ${percent(high)} of all ${unit}`,
    smallest: `a true share of ${percent(seen)} would have failed`,
  }
}

/**
 * @param at the check's place, for messages
 * @param most rows that the query returns at most
 * @throws OtraceError (exit 2) for an unknown column or a value in another unit
 */
export function judgeRows(
  expectation: RowsExpectation,
  columns: Column[],
  rows: Row[],
  at: string,
  most = Number.POSITIVE_INFINITY,
): Judged {
  const { aggregate, column: name, comparison } = expectation
  const column = columns.find((one) => one.name === name)
  if (aggregate !== 'rows' && !column) {
    const names = columns.map((one) => one.name)
    const meant = didYouMean(name, names)
    throw usage(
      `${at}: the query has no column ${name}`,
      `${meant ? `did you mean ${meant}? ` : ''}its columns are ${names.join(', ')}`,
    )
  }
  const unit = column?.unit ?? 'none'
  // Without its unit, 300 would be 300 ns.
  const bare = unit === 'ns' && Number(expectation.value) !== 0 ? Number.NaN : expectation.value
  const limit = parseUnit(expectation.value, unit) ?? Number(bare)
  if (!Number.isFinite(limit)) {
    throw usage(
      `${at}: not a limit: ${expectation.value}`,
      `write it like ${aggregate === 'rows' ? 'rows' : `${aggregate}(${name})`} ${comparison} ${EXAMPLES[unit] ?? '10'}`,
    )
  }
  if (column && rows.some((row) => row[name] !== null && Number.isNaN(Number(row[name])))) {
    throw usage(`${at}: the column ${name} has no numbers`, "compare texts in the query's WHERE")
  }
  const base = {
    test: TEST_NAMES.query,
    n: rows.length,
    notes: [],
    limit: `${comparison} ${expectation.value}`,
  }
  if (aggregate === 'any' || aggregate === 'all') {
    const holding = rows.filter((row) => compare(Number(row[name]), comparison, limit)).length
    const holds = aggregate === 'any' ? holding > 0 : holding === rows.length
    if (rows.length === 0) return { ...base, verdict: 'empty', summary: 'the query has no rows' }
    const summary = `${name} ${comparison} ${expectation.value} in ${countText(holding)} of ${countOf(rows.length, 'row')}`
    return { ...base, verdict: holds ? 'pass' : 'fail', summary, value: countText(holding) }
  }
  const value =
    aggregate === 'rows'
      ? rows.length
      : fold(
          aggregate,
          rows.map((row) => row[name]),
        )
  if (value === undefined) return { ...base, verdict: 'empty', summary: 'the query has no rows' }
  const shown = unit === 'none' ? formatUnit(value, 'none') : formatUnit(value, unit)
  const what = aggregate === 'rows' ? 'rows' : `${aggregate}(${name})`
  const holds = compare(value, comparison, limit)
  const result = { ...base, value: shown }
  // Further rows would add to what must stay below.
  const adds = aggregate === 'rows' || aggregate === 'sum'
  const stays = comparison.startsWith('>') || (comparison === '!=' && value > limit)
  if (holds && adds && rows.length >= most && !stays) {
    const summary = `${what} is at least ${shown}, expected ${comparison} ${expectation.value}`
    const notes = [
      `the query stops at ${countOf(most, 'row')}: add params: { limit: ${10 * most} }`,
    ]
    return { ...result, verdict: 'insufficient', summary, notes }
  }
  return {
    ...result,
    verdict: holds ? 'pass' : 'fail',
    summary: `${what} is ${shown}, expected ${comparison} ${expectation.value}`,
  }
}

/** Limits by the unit of the column. */
const EXAMPLES: Partial<Record<string, string>> = { ns: '1s', percentunit: '1%', bytes: '1MB' }

function fold(
  aggregate: 'min' | 'max' | 'sum' | 'avg',
  cells: (Cell | undefined)[],
): number | undefined {
  const values = cells.filter((cell) => cell !== null && cell !== undefined).map(Number)
  if (values.length === 0) return undefined
  const sum = values.reduce((total, value) => total + value, 0)
  switch (aggregate) {
    case 'min':
      return values.reduce((a, b) => Math.min(a, b))
    case 'max':
      return values.reduce((a, b) => Math.max(a, b))
    case 'sum':
      return sum
    case 'avg':
      return sum / values.length
  }
}

/** `3 of 412 spans (0.728%)`. */
export function shareText(part: number, all: number, noun: string): string {
  return `${countText(part)} of ${countText(all)} ${noun}${all > 0 ? ` (${percent(part / all)})` : ''}`
}
