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

/** `name from-to`, earliest first. */
const path = (...spans: Brief[]) =>
  buildTrace(rows(spans)).critical.map(
    ({ span, from, to }) => `${span.row.name} ${from / 1e6}-${to / 1e6}`,
  )

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

test('with a clock that is behind, a child counts from its parent’s start', () => {
  const there = { kind: 'server', service: 'other' }
  expect(
    path(
      ['root', '', 0, 10],
      ['call', 'root', 1, 9, { kind: 'client' }],
      ['serve', 'call', -3, 4, there],
    ),
  ).toEqual(['root 3-4', 'serve 4-7', 'call 7-12', 'root 12-13'])
})

test('with a clock that is ahead, a server is done when its client is', () => {
  const there = { kind: 'server', service: 'other' }
  expect(
    path(
      ['root', '', 0, 10],
      ['call', 'root', 1, 9, { kind: 'client' }],
      ['serve', 'call', 5, 12, there],
    ),
  ).toEqual(['root 0-1', 'call 1-5', 'serve 5-9', 'root 9-10'])
})

test('a server that takes longer than its client waited goes on after it', () => {
  const there = { kind: 'server', service: 'other' }
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
