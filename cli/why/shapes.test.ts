/** What requests no longer call, seen through client spans and error handlers. */
import { expect, test } from 'vitest'
import { analyse } from './analyse.ts'
import { FAILED, type TraceRow } from './tree.ts'

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
})
