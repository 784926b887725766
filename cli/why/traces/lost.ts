/** Traces that lost spans, as where an exporter drops them: calls only seem to stop. */
import { formatNumber, plural } from '../../units/units.ts'
import type { Changed } from '../changed.ts'
import { type Both, ERRORS, type WhyFinding } from '../finding.ts'
import { claimLimit, proportionZ } from '../tests.ts'
import type { Node, TraceRow } from '../tree.ts'

/** From this part of the traces on, lost spans are more than those of a restart. */
const MUCH = 0.02

/**
 * Counts a trace that has an orphan: a span whose parent is not stored. One without a root has none: its callers are
 * elsewhere, and each of its tops is an entry.
 */
export function addOrphaned(
  orphaned: Both<number>,
  { ids, parents }: TraceRow,
  nodes: readonly Node[],
  side: 0 | 1,
): void {
  // Parents come first.
  if (nodes.length < 2 || nodes[1]!.parent) return
  const roots = new Set<number>()
  for (let i = 0; i < parents.length; i++) if (parents[i] === 0) roots.add(ids[i]!)
  const isOrphan = ({ parent, id }: Node) => !parent && !roots.has(id)
  if (roots.size > 0 && nodes.some(isOrphan)) orphaned[side]++
}

/** Whether more traces have orphans than before, by more than chance. */
export function losesSpans(orphaned: Both<number>, totals: Both<number>): boolean {
  const isMuch = orphaned[1] > MUCH * totals[1]
  return isMuch && proportionZ(orphaned, totals) > claimLimit(1)
}

/** What lost spans explain too is not certain. Errors are there. */
export const onlyErrorsCertain = (findings: readonly WhyFinding[]): WhyFinding[] =>
  findings.map((one) => (ERRORS.has(one.kind) ? one : { ...one, certain: false }))

/** A line on them. */
export const lostLine = ({
  orphaned,
  requests,
}: Pick<Changed, 'orphaned' | 'requests'>): string[] =>
  orphaned
    ? [
        `lost      spans of ${formatNumber(orphaned[1])} of ${plural(requests[1], 'request')} lack their parent, and of ${formatNumber(orphaned[0])} in the baseline: calls may seem to stop; see otrace doctor`,
      ]
    : []
