/** Whether traces look like what a tail sampler keeps: errors, slow ones and no others. */
import type { Row } from '../../result.ts'
import { formatUnit } from '../../units/units.ts'

/** Fewer traces show nothing. */
export const LEAST_ROOTS = 20
const LEAST_FAILED = 5
/** Traces without an error, whose durations must show a threshold. */
const LEAST_OTHERS = 10
/**
 * The same of a sampler of slow ones alone. Of 500 made stores of 200 requests of 3 operations, each of which takes at
 * least a time of its own, 16 look sampled; of lognormal and even ones none, and 488 of 500 behind a sampler.
 */
const LEAST_SLOW = 100
/** Share of the median: without a threshold the quickest request takes a small part of it. */
const QUICK = 0.25
/** Median over quickest: what waits for a clock is closer together than what is slow. */
const SPREAD = 1.05
/** First over third distance between quartiles: about 0.4 above a threshold, and 1 for durations that spread evenly. */
const UNEVEN = 0.65
/** A quicker request is an ordinary one, in ns. */
export const ORDINARY = 50_000_000
/**
 * An outage ends, and is of one operation or of all: failures alone need more than one, and a time of
 * this length in ns.
 */
const LEAST_OPERATIONS = 2
const LEAST_LENGTH = 600_000_000_000
/** What a tail sampler seems to have kept. */
export interface Kept {
  /** Shares of the traces. */
  failed: number
  /** The threshold in ns, if others than failed ones were kept. */
  threshold?: number
}

/**
 * Errors whatever they took, if any, and nothing else that is quick. A threshold cuts a distribution off where it is
 * densest, at a round number; the quickest of all requests is otherwise a rare one. It is also dense as nowhere above,
 * where durations that spread evenly are not. Of 1,000 made stores of 200 even requests 6 look sampled, and of 1,000
 * stores of 2,000 lognormal requests behind a sampler 905 do. Requests that wait for a round time and then differ by
 * more than a twentieth cannot be told apart from sampled ones.
 * @param row of `internal/store/roots.sql`
 */
export function keptByTail(row: Row): Kept | undefined {
  const of = (name: string) => Number(row[name] ?? 0)
  const [roots, failed] = [of('roots'), of('failed_roots')]
  if (roots < LEAST_ROOTS) return undefined
  if (failed === roots) {
    const varied = of('operations') >= LEAST_OPERATIONS && of('length') >= LEAST_LENGTH
    return varied ? { failed: 1 } : undefined
  }
  const others = roots - failed
  const [quickest, quarter, median, upper] = [
    of('quickest'),
    of('quarter'),
    of('median'),
    of('upper_quarter'),
  ]
  if (others < LEAST_OTHERS || quickest < ORDINARY || quickest < QUICK * median) return undefined
  const isSlowAlone = failed < LEAST_FAILED
  if (isSlowAlone && (others < LEAST_SLOW || of('operations') < LEAST_OPERATIONS)) return undefined
  if (!isSlowAlone && of('quickest_failed') >= quickest) return undefined
  if (quarter - quickest > median - quarter || median < SPREAD * quickest) return undefined
  // Less for few traces, whose quartiles are where chance puts them.
  if (quarter - quickest > (UNEVEN - 1 / Math.sqrt(others)) * (upper - median)) return undefined
  // Of others with a long tail, the quickest is this far above the threshold in 19 of 20 cases.
  const gap = (3 * (median - quickest)) / (Math.LN2 * others)
  const threshold = roundBelow(quickest)
  if (quickest - threshold > gap + 0.005 * threshold) return undefined
  return { failed: failed / roots, threshold }
}

/** The largest threshold that people type, up to a duration: 1, 1.5, 2, 2.5, 3, 5 or 7.5 times a power of ten. */
function roundBelow(ns: number): number {
  const power = 10 ** Math.floor(Math.log10(ns))
  const digits = [7.5, 5, 3, 2.5, 2, 1.5, 1].find((digit) => digit * power <= ns) ?? 1
  return digits * power
}

/** The finding in words. */
export function keptText({ failed, threshold }: Kept): string {
  if (threshold === undefined) return 'every trace failed'
  const either = failed === 0 ? '' : 'failed or '
  return `every trace ${either}took ${formatUnit(threshold, 'ns')} or longer`
}
