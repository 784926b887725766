/** N+1: one statement repeated for each of many items; used by `findings`. */
import { commonForm, commonName } from './statement.ts'
import type { Span } from './tree.ts'

export interface Repeat {
  /** The span under which it happened: where the loop is. */
  parent: Span | undefined
  spans: Span[]
  /** ns in which at least one of them ran. */
  covered: number
}

/** Fewer repeats are as often meant as not (a retry, a pair of reads). */
const AT_LEAST = 5

/** From a loop's body to its statement: function, repository, driver, statement. */
const LEVELS = 4

/**
 * Statements (database spans of the same service, name and text, whatever their literals) that ran at least five times under the same span, at whatever
 * depth and between whatever else, mostly one after another. `under the same span` is the nearest ancestor where they meet:
 * a loop often calls a function, and the function the database. Longest first. O(n).
 */
export function repeatedStatements(spans: Span[]): Repeat[] {
  const parents = loops(spans)
  const groups = new Map<string, Span[]>()
  for (const span of spans) {
    const { db_system, db_query, service } = span.row
    if (db_system === '' && db_query === '') continue
    const key = `${parents[span.order]?.order ?? -1}\0${service}\0${commonName(span.row)}\0${commonForm(db_query)}`
    const group = groups.get(key)
    if (group) group.push(span)
    else groups.set(key, [span])
  }
  const repeats: Repeat[] = []
  for (const group of groups.values()) {
    if (group.length < AT_LEAST) continue
    const covered = union(group)
    // Statements sent at once are a fan-out: they cost the time of one.
    const total = group.reduce((sum, { duration }) => sum + duration, 0)
    if (covered < total / 2) continue
    repeats.push({ parent: parents[group[0]!.order], spans: group, covered })
  }
  return repeats.sort((a, b) => b.covered - a.covered || a.spans[0]!.order - b.spans[0]!.order)
}

/** For each span, the nearest ancestor that has at least five alike children on the way down to it; else its parent. */
function loops(spans: Span[]): (Span | undefined)[] {
  const alike = new Int32Array(spans.length)
  for (const { children } of spans) {
    if (children.length < AT_LEAST) continue
    const counts = new Map<string, number>()
    const key = ({ row }: Span) => `${row.service}\0${commonName(row)}`
    for (const child of children) counts.set(key(child), (counts.get(key(child)) ?? 0) + 1)
    for (const child of children) alike[child.order] = counts.get(key(child))!
  }
  return spans.map((span) => {
    let at: Span | undefined = span
    for (let steps = 0; steps < LEVELS && at; steps++, at = at.parent) {
      if (alike[at.order]! >= AT_LEAST) return at.parent
    }
    return span.parent
  })
}

/** ns covered by at least one of some spans. */
function union(spans: Span[]): number {
  let covered = 0
  let until = Number.NEGATIVE_INFINITY
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (end <= until) continue
    covered += end - Math.max(start, until)
    until = end
  }
  return covered
}
