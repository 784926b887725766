/** Similar siblings fold; another status, an error or an error below keeps a span apart. */
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { buildTrace } from '../model/build.ts'
import type { SpanRow } from '../model/span-row.ts'
import { groupSimilar, shapesOf } from './fold.ts'

/** Sizes of the groups of six calls with a statement below each, of which the third is changed. */
function groups(call: Partial<SpanRow> = {}, below: Partial<SpanRow> = {}): number[] {
  const { event_time: _, ...changed } = call
  const { event_time: __, ...changedBelow } = below
  const rows = Array.from({ length: 6 }, (_, i) => {
    const at = (1 + i) * 1e6
    return [
      row(`c${i}`, 'root', 'GET', { at, took: 9e5, http_status: 200, ...(i === 2 ? changed : {}) }),
      row(`s${i}`, `c${i}`, 'SELECT', { at, took: 1e5, ...(i === 2 ? changedBelow : {}) }),
    ]
  }).flat()
  const trace = buildTrace([row('root', '', 'GET /page', { at: 0, took: 9e6 }), ...rows])
  const { children } = trace.spans[0]!
  return groupSimilar(children, shapesOf(trace), false).map((group) => group.length)
}

test('six similar calls are one line', () => {
  expect(groups()).toEqual([6])
})

test.each<[string, Partial<SpanRow>, Partial<SpanRow>]>([
  ['another status', { http_status: 404 }, {}],
  ['an error', { is_error: true }, {}],
  ['an error below', {}, { is_error: true }],
  ['another call below', {}, { name: 'UPDATE' }],
])('a call with %s stands alone', (_, call, below) => {
  expect(groups(call, below)).toEqual([5, 1])
})
