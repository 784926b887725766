/** Critical paths that can be checked by hand. Times in ms. */
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { buildTrace } from './build.ts'
import type { SpanRow } from './span-row.ts'

type Brief = [id: string, parent: string, from: number, to: number, fields?: Partial<SpanRow>]

const rows = (spans: Brief[]) =>
  spans.map(([id, parent, from, to, fields]) =>
    row(id, parent, id, { at: from * 1e6, took: (to - from) * 1e6, ...fields }),
  )

/** `name from-to`, as stored, in the order of the path. */
const path = (...spans: Brief[]) => {
  const { critical, spans: built } = buildTrace(rows(spans))
  const [, , zero] = spans[0]!
  const first = built.find(({ row }) => row.name === spans[0]![0])!
  const ms = (ns: number) => (ns - first.start) / 1e6 + zero
  return critical.map(({ span, from, to }) => `${span.row.name} ${ms(from)}-${ms(to)}`)
}

test('of parallel children, the path takes the last to end, and the other where only that runs', () => {
  expect(path(['root', '', 0, 10], ['short', 'root', 1, 5], ['long', 'root', 2, 8])).toEqual([
    'root 0-1',
    'short 1-2',
    'long 2-8',
    'root 8-10',
  ])
})

test('siblings that overlap by a microsecond ran one after another', () => {
  expect(path(['A', '', 0, 30], ['B', 'A', 0, 15.001], ['C', 'A', 15, 30])).toEqual([
    'B 0-15',
    'C 15-30',
  ])
})

test('a background span does not take the path from calls that overlap by little', () => {
  const calls: Brief[] = [
    ['one', 'root', 0, 10],
    ['two', 'root', 5, 15.001],
    ['three', 'root', 15, 30],
  ]
  expect(path(['root', '', 0, 30], ['background', 'root', 0, 29], ...calls)).toEqual([
    'one 0-5',
    'two 5-15',
    'three 15-30',
  ])
})

test('between two calls, a background span has the path, not the root that runs neither', () => {
  const calls: Brief[] = [
    ['one', 'root', 5, 14],
    ['two', 'root', 15, 30],
  ]
  expect(path(['root', '', 0, 30], ['background', 'root', 0, 29], ...calls)).toEqual([
    'background 0-5',
    'one 5-14',
    'background 14-15',
    'two 15-30',
  ])
})

test('children that end together share a point in time, and the earlier to start has the path', () => {
  expect(path(['root', '', 0, 10], ['a', 'root', 0, 10], ['b', 'root', 4, 10])).toEqual(['a 0-10'])
  expect(path(['root', '', 0, 10], ['a', 'root', 0, 4], ['b', 'root', 4, 10])).toEqual([
    'a 0-4',
    'b 4-10',
  ])
})

test('a call that closes 2 ms after its parent is on the path to the end of its parent', () => {
  expect(path(['A', '', 0, 29], ['B', 'A', 14, 31], ['C', 'B', 19, 31])).toEqual([
    'A 0-14',
    'B 14-19',
    'C 19-29',
  ])
})

test('children one after the other, with their parent between them', () => {
  expect(path(['root', '', 0, 10], ['one', 'root', 1, 4], ['two', 'root', 5, 9])).toEqual([
    'root 0-1',
    'one 1-4',
    'root 4-5',
    'two 5-9',
    'root 9-10',
  ])
})

test('a child that outlives its parent by far has the path only where no other child runs', () => {
  expect(path(['root', '', 0, 10], ['sync', 'root', 4, 9], ['late', 'root', 2, 30])).toEqual([
    'root 0-2',
    'late 2-4',
    'sync 4-9',
    'late 9-10',
  ])
})

test('a grandchild that starts after its parent has ended is not on the path', () => {
  expect(path(['root', '', 0, 10], ['send', 'root', 2, 3], ['take', 'send', 20, 25])).toEqual([
    'root 0-2',
    'send 2-3',
    'root 3-10',
  ])
})

const there = { kind: 'server', service: 'other' }

test.each([
  [-3, 4],
  [5, 12],
  [-5_003, -4_996],
])('a server whose clock says %i to %i is in the middle of its client', (from, to) => {
  expect(
    path(
      ['root', '', 0, 10],
      ['call', 'root', 1, 9, { kind: 'client' }],
      ['serve', 'call', from, to, there],
    ),
  ).toEqual(['root 0-1', 'call 1-1.5', `serve ${from}-${to}`, 'call 8.5-9', 'root 9-10'])
})

test('a consumer whose clock is behind its producer’s is on the path', () => {
  const consumer = { kind: 'consumer', service: 'other' }
  expect(
    path(['send', '', 0, 10, { kind: 'producer' }], ['take', 'send', -100, -70, consumer]),
  ).toEqual(['take -100--90'])
})

test('a server that takes longer than its client waited is on the path while it waited', () => {
  expect(path(['call', '', 0, 5, { kind: 'client' }], ['serve', 'call', 1, 20, there])).toEqual([
    'call 0-1',
    'serve 1-5',
  ])
})

test('an orphan counts as a child of the root that it runs in', () => {
  expect(path(['root', '', 0, 10], ['found', 'lost', 3, 9])).toEqual([
    'root 0-3',
    'found 3-9',
    'root 9-10',
  ])
})
