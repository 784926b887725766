/** Traces that lost spans, as where an exporter drops them: calls only seem to stop. */
import { formatNumber, plural } from '../../units/units.ts'
import type { Calls } from '../calls.ts'
import type { Changed } from '../changed.ts'
import type { ErrorLines } from '../errors.ts'
import { type Both, ERRORS, type WhyFinding } from '../finding.ts'
import { claimLimit, proportionZ } from '../tests.ts'
import type { LogLine, Node, Operation, TraceRow } from '../tree.ts'

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

/** What lost spans do not explain. */
interface Kept {
  /** Operations whose spans call nothing in either window, as of `operationKey`. */
  leaves: ReadonlySet<string>
  /** By error line, the operation that tells it most often: its callers tell it too where its span is lost. */
  tellers: ReadonlyMap<string, string>
}

export function keptOf(
  { parents, called }: Calls,
  { lines: told }: ErrorLines,
  { operations, lines }: { operations: readonly Operation[]; lines: readonly LogLine[] },
): Kept {
  const keyOf = (operation: number) => operationKey(operations[operation]!)
  const calling = new Set([...called.values()].flatMap(({ parent, by }) => [parent, ...by.keys()]))
  const leaves = [...parents.keys()].filter((one) => !calling.has(one))
  const sorted = [...told.values()].sort(
    (a, b) => a.spans[0] + a.spans[1] - b.spans[0] - b.spans[1],
  )
  const tellers = sorted.flatMap(({ line, operation }) => {
    const text = lines[line]?.text
    return text === undefined ? [] : [[text, keyOf(operation)] as const]
  })
  return { leaves: new Set(leaves.map(keyOf)), tellers: new Map(tellers) }
}

const operationKey = ({ service, name }: Operation) => JSON.stringify([service, name])

/** The same findings, certain only of what lost spans do not explain too. */
export const withoutLost = (
  findings: readonly WhyFinding[],
  { leaves, tellers }: Kept,
): WhyFinding[] =>
  findings.map((one) => {
    const { kind, ends, peer, detail } = one
    const key = operationKey(one)
    const isError = ERRORS.has(kind)
    const isLeaf = (isError || kind === 'slower') && leaves.has(key)
    // A status says it by itself where no usual call is missing.
    const isTold = detail === undefined || tellers.get(detail) === key
    const isKept = isLeaf || (isError && isTold && peer === undefined && !ends)
    return one.certain && !isKept ? { ...one, certain: false, orLost: true } : one
  })

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
