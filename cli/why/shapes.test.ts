/** What requests no longer call, seen through client spans and error handlers. */
import { expect, test } from 'vitest'
import { analyse } from './analyse.ts'
import { FAILED, type TraceRow } from './tree.ts'
import { sentence } from './words/sentences.ts'

const OPERATIONS = [
  { service: 'shop', name: 'book' },
  { service: 'shop', name: 'POST' },
  { service: 'stations', name: 'find' },
  { service: 'prices', name: 'find' },
  { service: 'shop', name: 'handle_error' },
  // Behind a gateway.
  ...Array.from({ length: 12 }, (_, i) => ({ service: `backend-${i}`, name: 'serve' })),
]

/** A trace of spans, each with the place of its parent and its operation, of which the first is the root. */
function row(i: number, after: boolean, spans: [parent: number, operation: number][]): TraceRow {
  return {
    ...{ id: `${after}${i}`, after, lines: [], flags: spans.map(() => 0) },
    ids: spans.map((_, at) => at + 1),
    parents: spans.map(([parent]) => parent),
    operations: spans.map(([, operation]) => operation),
    starts: spans.map((_, at) => 1e6 * at),
    durations: spans.map((_, at) => 1e6 * (20 - 2 * at)),
  }
}

const compare = (before: [number, number][], after: (i: number) => [number, number][]) =>
  analyse({
    rows: [false, true].flatMap((isAfter) =>
      Array.from({ length: 60 }, (_, i) => row(i, isAfter, isAfter ? after(i) : before)),
    ),
    ...{ operations: OPERATIONS, lines: [] },
  }).findings

const ROOT: [number, number] = [0, 0]
const BOTH: [number, number][] = [ROOT, [1, 1], [2, 2], [1, 1], [4, 3]]

test('calls by client spans of one name are told apart by what they call', () => {
  const [first] = compare(BOTH, (i) => (i % 3 === 0 ? BOTH.slice(0, 3) : BOTH))
  expect(first).toMatchObject({ kind: 'no longer called', name: 'book', peer: 'prices' })
})

test('a request that goes further has lost nothing with its error handler', () => {
  const handled: [number, number][] = [ROOT, [1, 1], [2, 2], [1, 4]]
  const kinds = compare(handled, () => BOTH).map(({ kind }) => kind)
  expect(kinds).not.toContain('no longer called')
})

test('more calls by a client are named by what it calls', () => {
  const more: [number, number][] = [...BOTH.slice(0, 3), [1, 1], [4, 2], [1, 1], [6, 2]]
  const [first] = compare(BOTH.slice(0, 3), () => more)
  expect(first).toMatchObject({ kind: 'more calls', name: 'find', peer: 'stations' })
})

test('errors begin in a gateway, though none of the services behind it is usual', () => {
  const rows = [false, true].flatMap((after) =>
    Array.from({ length: 120 }, (_, i) =>
      after && i % 3 === 0
        ? { ...row(i, after, [ROOT]), flags: [FAILED] }
        : row(i, after, [ROOT, [1, 1], [2, 5 + (i % 12)]]),
    ),
  )
  const [first] = analyse({ rows, operations: OPERATIONS, lines: [] }).findings
  expect(first).toMatchObject({ kind: 'errors begin here', name: 'book', detail: 'POST' })
  expect(sentence(first!)).toMatch(/ fails in 40 of .* without its usual call of POST$/)
})

/** Windows of 200 requests: a root with a child, of which every so many fail, each by a status alone. */
function failing(
  everyOf: [before: number, after: number],
  spans: [number, number][],
  flags: number[],
) {
  const rows = everyOf.flatMap((every, side) =>
    Array.from({ length: 200 }, (_, i) => ({
      ...row(i, side === 1, spans),
      ...(every > 0 && i % every === 0 && { flags }),
    })),
  )
  return analyse({ rows, operations: OPERATIONS, lines: [] }).findings
}

test.each<[string, [number, number][], number[], string]>([
  ['a child and its root', [ROOT, [1, 2]], [FAILED, FAILED], 'find'],
  ['a root alone', [ROOT, [1, 2]], [FAILED, 0], 'book'],
  ['a single span', [ROOT], [FAILED], 'book'],
])('errors begin in %s by status alone, however many fail as usual', (_, spans, flags, name) => {
  for (const everyOf of [
    [0, 2],
    [5, 2],
    [8, 3],
  ] as [number, number][]) {
    const found = failing(everyOf, spans, flags)
    expect(found).toMatchObject([{ kind: 'errors begin here', name, certain: true }])
    expect(sentence(found[0]!)).toMatch(/ fails in \d+ of 200 spans[^:]*$/)
  }
  expect(failing([5, 5], spans, flags)).toEqual([])
})

test('a span that stops short without a status ends early, and its caller fails', () => {
  const rows = [false, true].flatMap((after) =>
    Array.from({ length: 90 }, (_, i) =>
      after && i % 3 === 0
        ? { ...row(i, after, [ROOT, [1, 2]]), flags: [FAILED, 0] }
        : row(i, after, [ROOT, [1, 2], [2, 3]]),
    ),
  )
  const [first] = analyse({ rows, operations: OPERATIONS, lines: [] }).findings
  expect(sentence(first!)).toMatch(/^find in .* ends early in 30 of 90 .* and its caller fails$/)
})
