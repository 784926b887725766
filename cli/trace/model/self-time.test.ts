/** Durations that a double rounds keep every digit in JSON. */
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { traceJson } from '../export/json.ts'
import { mergeTraces, withDigits } from '../flame/flame.ts'
import { buildTrace } from './build.ts'
import type { SpanRow } from './span-row.ts'

const LONG = 9_007_199_254_740_993n
const long = (id: string, parent: string, ns: bigint): SpanRow => ({
  ...row(id, parent, 'long', { at: 0, took: Number(ns) }),
  exact_duration: ns,
})

const rows = [long('a', '', LONG + 4n), row('b', 'a', 'short', { at: 5, took: 7 })]

test('in the JSON of a trace', () => {
  const trace = buildTrace(rows)
  const text = [...traceJson(trace, [], trace.spans)].join('')
  expect(JSON.parse(text).span_count).toBe(2)
  expect(text).toContain('"duration": 9007199254740997,')
  expect(text).toContain('"path_duration": 9007199254740997,')
  expect(text).toContain('"duration":9007199254740997,"self":9007199254740990,')
})

test('of a span whose child ends later', () => {
  const child = {
    ...long('b', 'a', LONG + 4n),
    time: row('b', 'a', 'long', { at: 5, took: 1 }).time,
  }
  const trace = buildTrace([long('a', '', LONG + 4n), child])
  const text = [...traceJson(trace, [], trace.spans)].join('')
  expect(text).toContain('"duration":9007199254740997,"self":5,')
})

test('in a leaf that is the whole critical path', () => {
  const trace = buildTrace([long('a', '', LONG)])
  const text = [...traceJson(trace, [], trace.spans)].join('')
  expect(text).toContain(
    '"duration":9007199254740993,"self":9007199254740993,"critical":9007199254740993,',
  )
  expect(text).toContain('"offset":0,"duration":9007199254740993,"share":1')
})

test('in a flame, whose sums are exact', () => {
  const merging = mergeTraces()
  for (let i = 0; i < 3; i++) merging.add(buildTrace(rows))
  const { root } = merging.flame()
  const [top] = root.children
  expect(withDigits(top!.total, top!.exactTotal)).toBe(3n * (LONG + 4n))
  expect(withDigits(top!.self, top!.exactSelf)).toBe(3n * (LONG - 3n))
  expect(withDigits(top!.children[0]!.self, top!.children[0]!.exactSelf)).toBe(21)
})
