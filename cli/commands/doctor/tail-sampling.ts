/** Whether the stored traces look like what a tail sampler keeps. */
import type { Row } from '../../result.ts'
import { formatUnit } from '../../units/units.ts'
import { type Check, number, share } from './checks.ts'

/** Fewer traces show nothing. */
const LEAST_ROOTS = 20
const LEAST_FAILED = 5
/** Share of the median: without a threshold the quickest request takes a small part of it. */
const QUICK = 0.5
/** No usual service answers every request as late, in ns. */
const SLOW = 50_000_000

/**
 * Errors whatever they took, and nothing else that is quick: counts are then of a sample.
 * @param row of `internal/doctor/roots.sql`
 */
export function tailSampling(row: Row): Check[] {
  const [roots, failed] = [number(row.roots), number(row.failed_roots)]
  if (roots < LEAST_ROOTS || failed < LEAST_FAILED) return []
  const quickest = number(row.quickest)
  const hasThreshold =
    quickest >= SLOW &&
    quickest >= QUICK * number(row.median) &&
    number(row.quickest_failed) < quickest
  if (failed < roots && !hasThreshold) return []
  const others = failed < roots ? `, all others took ${formatUnit(quickest, 'ns')} or longer` : ''
  return [
    {
      about: 'tail sampling',
      state: 'note',
      found: `${share(failed, roots)} of the traces have an error${others}: a tail sampler may have dropped the rest`,
      advice:
        'counts and rates are then of a sample, which says no probability: keep a random share too',
    },
  ]
}
