/** Groups similar siblings, so that a loop of a thousand turns is one line. */

import { normalizeStatement } from '../model/normalize.ts'
import type { Span, Trace } from '../model/trace.ts'

/** Fewer similar siblings are shown one by one. */
export const FOLD_AT = 4

/** A number by display order, equal for similar spans: equal calls with equal subtrees. */
export type Shapes = Int32Array

/**
 * Spans have the same shape when they are the same call (see target.ts) with the same status, and
 * their children have the same shapes, however many of each. So a fold never hides an error, nor
 * shows children of different parents as those of one.
 */
export function shapesOf({ spans }: Trace): Shapes {
  const shapes = new Int32Array(spans.length)
  const known = new Map<string, number>()
  // Children come after their parents in display order.
  for (let i = spans.length - 1; i >= 0; i--) {
    const { row, call, errors, children } = spans[i]!
    const below = new Set<number>()
    for (const { order } of children) below.add(shapes[order]!)
    const failed = errors > 0 ? `${row.status}!` : ''
    const key = `${call}\0${row.http_status ?? ''}\0${failed}\0${[...below].sort().join()}`
    const shape = known.get(key) ?? known.size
    known.set(key, shape)
    shapes[i] = shape
  }
  return shapes
}

/**
 * Siblings in the order of their start, similar ones together at the place of their first, wherever
 * the others are: a loop's turns interleave its statements.
 * @param all group even two: the children of a fold belong to many parents
 */
export function groupSimilar(siblings: Span[], shapes: Shapes, all: boolean): Span[][] {
  if (siblings.length < FOLD_AT && !all) return siblings.map((span) => [span])
  const groups = new Map<number, Span[]>()
  for (const span of siblings) {
    const shape = shapes[span.order]!
    const group = groups.get(shape)
    if (group) group.push(span)
    else groups.set(shape, [span])
  }
  const together = [...groups.values()]
  if (all) return together
  return together
    .flatMap((group) => (group.length < FOLD_AT ? group.map((span) => [span]) : [group]))
    .sort(([a], [b]) => a!.order - b!.order)
}

/** The statement of similar spans, without its literals where they differ. */
export function foldedSql(spans: readonly Span[]): string {
  const [{ row }] = spans as [Span]
  const same = spans.every((span) => span.row.db_query === row.db_query)
  return same ? row.db_query : normalizeStatement(row.db_query, row.db_system)
}
