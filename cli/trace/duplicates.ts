/** Spans stored twice: delivery is at least once, so copies are one span; spans that only share an id are all kept. */
import type { Span } from './tree.ts'

export interface Duplicates {
  /** Rows left out because an equal one is there. */
  copies: number
  /** Ids of spans that have copies. */
  copied: string[]
}

/**
 * From spans sorted by start, duration and id: one of each, in an order that the order of rows has no part in. Two rows are copies
 * when everything in them is equal; a span without an id is never a copy.
 */
export function withoutDuplicates(sorted: Span[]): { spans: Span[]; duplicates: Duplicates } {
  const spans: Span[] = []
  const copied: string[] = []
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    to = from + 1
    while (to < sorted.length && alike(sorted[from]!, sorted[to]!)) to++
    if (to === from + 1) {
      spans.push(sorted[from]!)
      continue
    }
    const id = sorted[from]!.row.span_id
    const group = sorted.slice(from, to)
    // Most copies are equal to the letter: sorting their keys too would cost ten times as much.
    const letters = group.map(({ row }) => JSON.stringify(row))
    const same = letters.every((text) => text === letters[0])
    const texts = group.map((span) => ({ span, text: same ? '' : canonical(span.row) }))
    texts.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    texts.forEach(({ span, text }, i) => {
      if (i === 0 || id === '' || text !== texts[i - 1]!.text) spans.push(span)
      else if (copied.at(-1) !== id) copied.push(id)
    })
  }
  return { spans, duplicates: { copies: sorted.length - spans.length, copied } }
}

function alike(a: Span, b: Span): boolean {
  return a.start === b.start && a.duration === b.duration && a.row.span_id === b.row.span_id
}

/** JSON with sorted keys: two stores, or two columns orders, give the same text for the same span. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
