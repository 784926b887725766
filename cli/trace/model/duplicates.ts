/** Duplicate spans: equal rows count once, of several versions the last. */
import type { Duplicates, Span } from './trace.ts'

/**
 * One of each span, in an order that does not depend on the order of rows.
 * - Rows are duplicates when they are equal, since delivery is at least once. Spans without an id
 *   are never duplicates.
 * - Rows are versions of a span when they share id, service, name, kind, parent and start, and
 *   differ in their end: the one that ends last is kept.
 *
 * Other spans that share an id are all kept.
 * @param sorted by start, duration (longest first) and id
 */
export function dedupe(sorted: Span[]): { spans: Span[]; duplicates: Duplicates } {
  const { spans: distinct, ids } = withoutEqual(sorted)
  const spans = lastVersions(distinct)
  const rows = sorted.length - distinct.length
  return { spans, duplicates: { rows, ids, versions: distinct.length - spans.length } }
}

function withoutEqual(sorted: Span[]): { spans: Span[]; ids: string[] } {
  const spans: Span[] = []
  const ids: string[] = []
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    to = from + 1
    while (to < sorted.length && mayBeEqual(sorted[from]!, sorted[to]!)) to++
    if (to === from + 1) {
      spans.push(sorted[from]!)
      continue
    }
    const id = sorted[from]!.row.span_id
    const group = sorted.slice(from, to)
    // Most duplicates are equal to the letter: sorting their keys takes ten times as long.
    const letters = group.map(({ row }) => JSON.stringify(row, plain))
    const same = letters.every((text) => text === letters[0])
    const texts = group.map((span) => ({ span, text: same ? '' : canonical(span.row) }))
    texts.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    texts.forEach(({ span, text }, i) => {
      if (i === 0 || id === '' || text !== texts[i - 1]!.text) spans.push(span)
      else if (ids.at(-1) !== id) ids.push(id)
    })
  }
  return { spans, ids }
}

/** Spans of the same start come longest first, so the first of a key ends last. */
function lastVersions(sorted: Span[]): Span[] {
  const ids = new Set<string>()
  const repeated = new Set<string>()
  for (const { row } of sorted) {
    const before = ids.size
    if (ids.add(row.span_id).size === before) repeated.add(row.span_id)
  }
  repeated.delete('')
  if (repeated.size === 0) return sorted
  const longest = new Map<string, number>()
  return sorted.filter(({ row, start, duration }) => {
    if (!repeated.has(row.span_id)) return true
    const { span_id, service, name, kind, parent_id } = row
    const key = [span_id, service, name, kind, parent_id, start].join('\0')
    const known = longest.get(key)
    if (known === undefined) longest.set(key, duration)
    return known === undefined || known === duration
  })
}

function mayBeEqual(a: Span, b: Span): boolean {
  return a.start === b.start && a.duration === b.duration && a.row.span_id === b.row.span_id
}

/** JSON with sorted keys: the order of columns and attributes differs between stores. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : plain(key, part),
  )
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
