/** Ranks what tells selected spans from others: values, absent attributes and numbers. */
import type { Both } from '../finding.ts'
import { claimLimit, shareDifference } from '../tests.ts'

/** An attribute of the span, of its resource, or a column. */
export const PLACES = ['column', 'attribute', 'resource'] as const

export interface Attribute {
  place: (typeof PLACES)[number]
  key: string
}

/** A value that spans have, or an attribute that they lack. Counts are of selected and other spans. */
export interface Predicate extends Attribute {
  /** Undefined where the attribute is absent. */
  value?: string
  counts: Both<number>
  /** Identifies it, or the attribute, to the server. */
  hash: string
  /** Equal for predicates of the same spans, where that is known. */
  fingerprint?: string | undefined
}

/** Selected and other spans with each number of an attribute. */
export interface Numbers extends Attribute {
  bins: { number: number; counts: Both<number> }[]
}

export interface Group {
  spans: number
  traces: number
  /**
   * Limits are those of so many spans: one of each trace that was read, since spans of one trace depend on each other,
   * and of sampled ones fewer.
   */
  independent: number
  /** Equal for groups of the same spans. */
  fingerprint?: bigint
}

export interface Difference extends Attribute {
  kind: 'value' | 'absent' | 'number'
  value: string | null
  /** Selected and other spans that have it. */
  counts: Both<number>
  shares: Both<number>
  /** Difference of the shares; for numbers, how much more often the selected one is greater than less. */
  difference: number
  /** 95 % limits of the difference. */
  interval: Both<number>
  /** The nearer limit to 0 where chance alone passes it in one of a hundred comparisons. */
  rank: number
  /** Share of the spans with it that are selected. */
  within: number | null
  /** Medians, for numbers. */
  medians?: Both<number>
  /** Others that say the same about nearly every span. */
  twins: string[]
  /** The attribute whose values explain this one. */
  explainedBy: string | null
  hash: string
  fingerprint?: string | undefined
}

/** Ranks below a point are not worth a line. */
const WORTH = 0.01

/** Differences beyond chance, greatest first, and how many are smaller. */
export function rankDifferences(
  predicates: readonly Predicate[],
  numbers: readonly Numbers[],
  groups: Both<Group>,
): { differences: Difference[]; smaller: number } {
  const z = claimLimit(predicates.length + numbers.length)
  const all = [
    ...predicates.map((one) => sharesOf(one, groups, z)),
    ...numbers.flatMap((one) => orderOf(one, groups, z) ?? []),
  ]
  const differences = all.filter(({ rank }) => rank >= WORTH).sort(greatestFirst)
  return { differences, smaller: all.length - differences.length }
}

/** Greatest first; of equal ones, those that spans have before those that they lack. */
export function greatestFirst(a: Difference, b: Difference): number {
  // Limits of opposites differ by rounding.
  const [rank, other] = [a, b].map((one) => Math.round(one.rank * 1e9)) as Both<number>
  const absent = (one: Difference) => (one.kind === 'absent' ? 1 : 0)
  return other - rank || absent(a) - absent(b) || (nameOf(a) < nameOf(b) ? -1 : 1)
}

/** `attribute = value`, or `attribute absent`. */
export const nameOf = ({ key, kind, value }: Pick<Difference, 'key' | 'kind' | 'value'>): string =>
  kind === 'value' ? `${key}=${value}` : kind === 'absent' ? `${key} absent` : key

/** The counts of traces with the same shares. */
const independent = (counts: Both<number>, groups: Both<Group>) =>
  counts.map((count, i) => {
    const { spans, independent } = groups[i]!
    return spans === 0 ? 0 : (count * Math.min(spans, independent)) / spans
  }) as Both<number>

/** Spans arrive between the statements, and samples differ in size: no part exceeds its whole. */
const within = (counts: Both<number>, groups: Both<Group>) =>
  counts.map((count, i) => Math.min(count, groups[i]!.spans)) as Both<number>

function sharesOf(
  { place, key, value, counts: counted, hash, fingerprint }: Predicate,
  groups: Both<Group>,
  z: number,
): Difference {
  const counts = within(counted, groups)
  const shares = counts.map((count, i) => count / Math.max(1, groups[i]!.spans)) as Both<number>
  const own = independent(counts, groups).reverse() as Both<number>
  const totals = groups
    .map(({ spans, independent }) => Math.min(spans, independent))
    .reverse() as Both<number>
  const [low, high] = shareDifference(own, totals, z)
  const sum = counts[0] + counts[1]
  return {
    place,
    key,
    kind: value === undefined ? 'absent' : 'value',
    value: value ?? null,
    counts,
    shares,
    difference: shares[0] - shares[1],
    interval: shareDifference(own, totals),
    rank: Math.max(low, -high),
    within: sum === 0 ? null : counts[0] / sum,
    twins: [],
    explainedBy: null,
    hash,
    fingerprint,
  }
}

/**
 * How often a number of a selected span is greater than that of another, minus how often it is less: 2 AUC − 1.
 * For a value of two it is the difference of the shares. Limits by Hanley and McNeil, Radiology 143 (1982).
 */
function orderOf(
  { place, key, bins }: Numbers,
  groups: Both<Group>,
  z: number,
): Difference | undefined {
  const counts = [0, 1].map((i) =>
    bins.reduce((sum, bin) => sum + bin.counts[i]!, 0),
  ) as Both<number>
  const [n, m] = counts
  if (n < 5 || m < 5) return undefined
  const sorted = bins.toSorted((a, b) => a.number - b.number)
  let below = 0
  let wins = 0
  for (const { counts: own } of sorted) {
    wins += own[0] * (below + own[1] / 2)
    below += own[1]
  }
  const auc = wins / n / m
  const known = within(counts, groups)
  const [selected, others] = independent(known, groups)
  const error = aucError(auc, selected, others)
  const difference = 2 * auc - 1
  const limits = (of: number): Both<number> => [
    Math.max(-1, difference - 2 * of * error),
    Math.min(1, difference + 2 * of * error),
  ]
  const [low, high] = limits(z)
  return {
    place,
    key,
    kind: 'number',
    value: null,
    counts: known,
    shares: known.map((count, i) => count / Math.max(1, groups[i]!.spans)) as Both<number>,
    difference,
    interval: limits(1.96),
    rank: Math.max(low, -high),
    within: null,
    medians: [0, 1].map((i) => median(sorted, i as 0 | 1, counts[i]!)) as Both<number>,
    twins: [],
    explainedBy: null,
    hash: '',
  }
}

function aucError(auc: number, n: number, m: number): number {
  // Neither 0 nor 1 is certain: half a pair more.
  const a = Math.min(1 - 0.5 / (n * m + 1), Math.max(0.5 / (n * m + 1), auc))
  const first = a / (2 - a)
  const second = (2 * a * a) / (1 + a)
  const variance = a * (1 - a) + (n - 1) * (first - a * a) + (m - 1) * (second - a * a)
  return Math.max(1 / (2 * Math.min(n, m)), Math.sqrt(variance / n / m))
}

function median(sorted: Numbers['bins'], side: 0 | 1, total: number): number {
  let seen = 0
  for (const { number, counts } of sorted) {
    seen += counts[side]
    if (2 * seen >= total) return number
  }
  return 0
}
