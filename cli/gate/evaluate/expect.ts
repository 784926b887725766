/** Evaluates budgets and counts against their expectations. */
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import {
  allowedShare,
  compare,
  type Expectation,
  limitText,
  quantileName,
} from '../file/expectation.ts'
import { type BudgetResult, SLICES, type Slice, testBudget } from '../stats/budget.ts'
import type { CheckResult, Verdict } from '../verdict.ts'

/** A verdict without the check's name and place. */
export type Judged = Omit<CheckResult, 'name' | 'file' | 'line' | 'column' | 'seconds'>

/** Span counts of a check, weighted if spans are sampled. */
export interface SpanCounts {
  calls: number
  /** Σw². */
  squares: number
  /** Stored spans. */
  spans: number
  errors: number
  /** Fine time bins, merged into slices of about equal count. */
  bins: { calls: number; errors: number; over: number[] }[]
  /** One per duration limit. */
  over: number[]
  /** One per quantile, in ns. */
  quantiles: number[]
}

export const NO_SPANS: Judged = {
  test: 'budget',
  verdict: 'empty',
  summary: 'no span matches this check',
  notes: [],
}

/**
 * @param position of the limit among the check's duration limits
 */
export function judgeExpectation(
  expectation: Expectation,
  counts: SpanCounts,
  position: number,
): Judged {
  if (expectation.test === 'count') return judgeCount(expectation, counts)
  if (counts.spans === 0) return NO_SPANS
  const errors = expectation.test === 'errors'
  const exceeding = errors ? counts.errors : counts.over[position]!
  const slices = equalSlices(
    counts.bins.map(({ calls, errors: failed, over }) => ({
      calls,
      exceeding: errors ? failed : over[position]!,
    })),
  )
  const allowed = allowedShare(expectation)
  const { calls, squares } = counts
  const result = testBudget({ calls, exceeding, squares, slices }, allowed)
  const share = formatUnit(result.share, 'percentunit')
  const value = errors ? share : formatUnit(counts.quantiles[position]!, 'ns')
  const of = `${countText(exceeding)} of ${countOf(calls, 'call')}`
  const seen = errors
    ? `${of} failed (${share})`
    : `${quantileName(expectation.quantile)} is ${value}; ${of} ${expectation.orEqual ? 'over' : 'at or over'} ${limitText(expectation)} (${share})`
  return {
    test: 'budget',
    verdict: BUDGET_VERDICTS[result.outcome],
    summary: `${seen}, allowed ${formatUnit(allowed, 'percentunit')}`,
    value,
    limit: limitText(expectation),
    n: Math.round(counts.spans),
    interval: `${percent(result.interval[0])} to ${percent(result.interval[1])} of all calls`,
    ...(result.phi > 1.5 ? { phi: result.phi } : {}),
    smallest: `a true share of ${percent(result.smallest)} would have failed`,
    pValue: result.pValue,
    over: result.share > allowed,
    notes: budgetNotes(result, counts, allowed),
  }
}

const BUDGET_VERDICTS: Record<BudgetResult['outcome'], Verdict> = {
  certified: 'pass',
  'not certified': 'uncertified',
  exceeded: 'fail',
  'not enough': 'insufficient',
}

function budgetNotes(result: BudgetResult, counts: SpanCounts, allowed: number): string[] {
  const notes: string[] = []
  if (result.outcome === 'not certified' && result.share > allowed) {
    notes.push('chance explains as large a share: more calls decide')
  }
  if (result.outcome === 'not enough') {
    const missing = Math.max(1, result.needed - Math.floor(result.effective))
    notes.push(
      `needs ${countOf(missing, 'more call')}: ${countText(result.needed)} could certify it`,
    )
  }
  if (result.phi > 1.5) {
    notes.push(
      `calls come in bursts (φ ${result.phi.toFixed(1)}): ${countText(counts.calls)} count as ${countText(result.effective)}`,
    )
  }
  return [...notes, ...sampledNote(counts)]
}

function sampledNote({ calls, squares, spans }: SpanCounts): string[] {
  if (squares <= spans) return []
  return [
    `sampled: ${plural(Math.round(spans), 'span represents', 'spans represent')} ${countOf(calls, 'call')}`,
  ]
}

/**
 * No span matches a count, among `examined` spans of the same services and operations.
 * Without any of them the count is not evidence: no data.
 */
export function judgeZeroCount(judged: Judged, examined: number): Judged {
  if (examined === 0) return { ...NO_SPANS, test: judged.test, n: 0 }
  return { ...judged, n: examined, summary: `${judged.summary}; ${countText(examined)} examined` }
}

/** Compares exact counts directly, extrapolated ones by their confidence limits. */
function judgeCount(expectation: Expectation & { test: 'count' }, counts: SpanCounts): Judged {
  const { calls, squares, spans } = counts
  const { comparison, limit } = expectation
  // Horvitz and Thompson: each stored span has the variance w (w − 1).
  const half = 1.6448536 * Math.sqrt(Math.max(0, squares - calls))
  const ends = [Math.max(spans, calls - half), calls + half]
  const holds = compare(calls, comparison, limit)
  const sure = ends.every((end) => compare(end, comparison, limit) === holds)
  // Sampling hides spans: an empty sample does not prove absence.
  const certain = half === 0 || (sure && !(comparison === '==' || comparison === '!='))
  return {
    test: 'comparison',
    verdict: holds ? (certain ? 'pass' : 'uncertified') : certain ? 'fail' : 'insufficient',
    summary: `${countOf(calls, 'span')}, expected ${comparison} ${countText(limit)}`,
    value: countText(calls),
    limit: `${comparison} ${countText(limit)}`,
    n: spans,
    ...(half > 0 ? { interval: `${countText(ends[0]!)} to ${countOf(ends[1]!, 'span')}` } : {}),
    notes: sampledNote(counts),
  }
}

/** Merges neighbouring bins until each slice has a twentieth of the calls. */
export function equalSlices(bins: Slice[]): Slice[] {
  const total = bins.reduce((sum, { calls }) => sum + calls, 0)
  const slices: Slice[] = []
  let before = 0
  let slice: Slice = { calls: 0, exceeding: 0 }
  for (const { calls, exceeding } of bins) {
    slice = { calls: slice.calls + calls, exceeding: slice.exceeding + exceeding }
    before += calls
    if (before < (total * (slices.length + 1)) / SLICES - 1e-9) continue
    slices.push(slice)
    slice = { calls: 0, exceeding: 0 }
  }
  if (slice.calls > 0) slices.push(slice)
  return slices
}

export const countText = (value: number) => formatNumber(Math.round(value))
/** `1 span`, `2 spans`, of an extrapolated number. */
export const countOf = (value: number, one: string) => plural(Math.round(value), one)
export const percent = (share: number) => formatUnit(Number(share.toPrecision(3)), 'percentunit')
