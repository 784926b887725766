/** Puts alike siblings together, so that a loop of a thousand turns is one line; used by `outline`. */
import { peerOf } from './name.ts'
import { commonForm, commonName } from './statement.ts'
import type { Span } from './tree.ts'

/** Fewer alike siblings are shown one by one. */
const FOLD_AT = 4

/**
 * Siblings in the order of their start, those alike put together at the place of their first, wherever the others stand (a loop's turns
 * interleave its statements). Alike are spans of the same service, name, kind, statement (whatever its literals), HTTP server and status,
 * without an error in their subtree; those with one are alike among themselves, so that no fold hides an error.
 * @param all put even two together: the children of a fold belong to many parents, and their turns mean nothing any more
 */
export function alikeTogether(siblings: Span[], all: boolean): Span[][] {
  if (siblings.length < FOLD_AT && !all) return siblings.map((span) => [span])
  const groups = new Map<string, Span[]>()
  for (const span of siblings) {
    const key = kindOf(span)
    const group = groups.get(key)
    if (group) group.push(span)
    else groups.set(key, [span])
  }
  const together = [...groups.values()]
  if (all) return together
  return together
    .flatMap((group) => (group.length < FOLD_AT ? group.map((span) => [span]) : [group]))
    .sort(([a], [b]) => a!.order - b!.order)
}

/** The statement of alike spans: where its literals differ, without them. */
export function statementOf(spans: readonly Span[]): string {
  const [{ row }] = spans as [Span]
  const same = spans.every((span) => span.row.db_query === row.db_query)
  return same ? row.db_query : commonForm(row.db_query)
}

/** What makes spans alike, as one text. */
export function kindOf({ row, errors }: Span): string {
  const status = row.http_status ?? ''
  const what = `${row.service}\0${commonName(row)}\0${row.kind}\0${commonForm(row.db_query)}`
  return `${what}\0${peerOf(row)}\0${status}\0${errors > 0 ? row.status : ''}${errors > 0}`
}
