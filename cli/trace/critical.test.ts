/** Critical paths that can be checked by hand. Times in ms. */
import { expect, test } from 'vitest'
import { row } from '../../test/golden/trace/traces.ts'
import type { SpanRow } from './span.ts'
import { buildTrace } from './tree.ts'

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

test('of parallel children, the one that was waited for', () => {
  expect(path(['root', '', 0, 10], ['short', 'root', 1, 5], ['long', 'root', 2, 8])).toEqual([
    'root 0-2',
    'long 2-8',
    'root 8-10',
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

test('a child that outlives its parent ends the trace, and the parent is on the path until it started it', () => {
  expect(path(['root', '', 0, 10], ['sync', 'root', 4, 9], ['late', 'root', 2, 30])).toEqual([
    'root 0-2',
    'late 2-30',
  ])
})

test('a grandchild that starts after its parent has ended leaves a gap', () => {
  expect(path(['root', '', 0, 10], ['send', 'root', 2, 3], ['take', 'send', 20, 25])).toEqual([
    'root 0-2',
    'send 2-3',
    'take 20-25',
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
  ).toEqual(['take -100--70'])
})

test('a server that takes longer than its client waited goes on after it', () => {
  expect(path(['call', '', 0, 5, { kind: 'client' }], ['serve', 'call', 1, 20, there])).toEqual([
    'call 0-1',
    'serve 1-20',
  ])
})

test('a detached span is taken for a part of the root’s work', () => {
  expect(path(['root', '', 0, 10], ['found', 'lost', 3, 9])).toEqual([
    'root 0-3',
    'found 3-9',
    'root 9-10',
  ])
})
