/** Traces from spans that arrive in any order. */
import { expect, it } from 'vitest'
import { randomFrom } from '../fixture.ts'
import { addLine, addSpan, newColumns, tracesOf } from './columns.ts'

/** 3000 traces of 3 spans, whose numbers a double holds but 32 bits do not. */
const NUMBERS = Array.from({ length: 3000 }, (_, i) => (i * 2 ** 37 + i) % 2 ** 49)
const span = (trace: number, id: number, parent = id - 1) => ({
  ...{ trace, id, parent, operation: id },
  ...{ start: id * 1e12 + trace / 2 ** 20, duration: 10 - id, flags: id === 3 ? 1 : 0 },
})

it('gathers the spans and lines of each trace, whatever their order', () => {
  const random = randomFrom(5)
  const spans = NUMBERS.flatMap((trace) => [1, 2, 3].map((id) => span(trace, id)))
  const columns = newColumns(10)
  for (const one of spans.toSorted(() => random() - 0.5)) addSpan(columns, one)
  for (const trace of NUMBERS) addLine(columns, trace, 2, trace % 7)
  addLine(columns, 12345, 2, 0)
  const traces = tracesOf(columns, true)
  expect([traces.count, traces.cut]).toEqual([3000, 0])
  const read = [...traces].flatMap(({ id, ids, parents, starts, flags, lines }) =>
    Array.from(ids, (span, k) =>
      [id, span, parents[k], starts[k], flags[k], ...lines.flat()].join(' '),
    ).sort(),
  )
  const expected = NUMBERS.toSorted((a, b) => a - b).flatMap((trace) =>
    [1, 2, 3].map((id) => {
      const { parent, start, flags } = span(trace, id)
      return [trace, id, parent, start, flags, 2, trace % 7].join(' ')
    }),
  )
  expect(read.join('\n')).toBe(expected.join('\n'))
  expect([...traces]).toHaveLength(3000)
  for (const [id, own] of [...traces].map((one) => [one.id, Array.from(one.starts)] as const))
    expect(own).toContain(traces.startOf(id))
  expect(traces.startOf('12345')).toBeUndefined()
})

it('leaves out traces without a root, unless they are the majority', () => {
  const read = (rooted: number) => {
    const columns = newColumns(0)
    for (let i = 0; i < 10; i++) addSpan(columns, span(i + 1, 2, i < rooted ? 0 : 1))
    const { count, cut } = tracesOf(columns, false)
    return [count, cut]
  }
  expect(read(8)).toEqual([8, 2])
  expect(read(2)).toEqual([10, 0])
  expect(tracesOf(newColumns(0), true)).toMatchObject({ count: 0, cut: 0 })
})

it('has the traces that begin in the window, with their spans behind it', () => {
  const columns = newColumns(0)
  const add = (trace: number, id: number, start: number, duration: number) =>
    addSpan(columns, { trace, id, parent: id - 1, operation: 1, start, duration, flags: 0 })
  // One ends in what was read, one behind it; one begins behind the window, and one before it.
  for (const [trace, start, duration] of [
    [1, 90, 15],
    [2, 99, 30],
    [3, 101, 2],
  ] as const) {
    add(trace, 2, start + duration - 2, 1)
    add(trace, 1, start, duration)
  }
  add(4, 2, 3, 1)
  const traces = tracesOf(columns, true, [100, 110])
  expect([...traces].map(({ id, ids }) => [id, ids.length])).toEqual([
    ['1', 2],
    ['2', 2],
  ])
  expect(traces).toMatchObject({ count: 2, cut: 1, open: 1 })
})
