/** Tests of the critical path over many traces: its times add up, and it splits differences. */
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { buildTrace } from '../../trace/model/build.ts'
import { makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { chooseSides } from '../sides.ts'
import { buildTree } from '../tree.ts'
import { criticalPaths, withOthers } from './critical.ts'

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

test('self times add up to the mean duration, and differences to their two causes', () => {
  const rows = makeTraces(500, false, randomFrom(5), { slowFourth: 20, selects: 3 })
  const sides = chooseSides(
    rows,
    { slow: { quantile: 0.9 } },
    { operations: OPERATIONS, lines: [] },
  )
  const { parts, requests, durations } = criticalPaths(sides, OPERATIONS)
  expect(requests[0] + requests[1]).toBe(500)
  for (const shown of [parts, withOthers(parts, 2)]) {
    for (const side of [0, 1] as const)
      expect(sum(shown.map(({ times }) => times[side]))).toBeCloseTo(durations[side], 3)
    for (const { times, moreCalls, slowerCalls } of shown)
      expect(moreCalls + slowerCalls).toBeCloseTo(times[1] - times[0], 3)
  }
  expect(withOthers(parts, 2)).toHaveLength(3)
  expect(withOthers(parts, parts.length - 1)).toEqual(parts)
  expect(parts[0]).toMatchObject({ service: 'shop', name: 'SELECT products' })
})

test('a loop is more calls, a slow statement slower calls', () => {
  const random = randomFrom(9)
  const typical = makeTraces(200, false, random, {})
  const share = (faults: object) => {
    const rows = [...typical, ...makeTraces(200, true, random, faults)]
    const [first] = criticalPaths(rows, OPERATIONS).parts
    expect(first!.name).toBe('SELECT products')
    return first!.moreCalls / (first!.moreCalls + first!.slowerCalls)
  }
  expect(share({ selects: 16 })).toBeGreaterThan(0.9)
  expect(share({ slowSelect: 20 })).toBeLessThan(0.1)
})

test('a trace is divided as by otrace trace, however its spans overlap', () => {
  const random = randomFrom(17)
  const below = (n: number) => Math.floor(random() * n)
  let lapping = 0
  for (let nth = 0; nth < 300; nth++) {
    const spans = [{ id: 1, parent: 0, start: 0, took: 1000 }]
    for (let id = 2; id < 4 + below(9); id++) {
      const above = spans[below(spans.length)]!
      const before = spans.filter(({ parent }) => parent === above.id).at(-1)
      // One after another, with an overlap of 1 ns at times, or anywhere within or beyond the parent.
      const next = before ? before.start + before.took - below(2) : above.start
      const start = below(3) > 0 ? next : above.start + below(above.took + 1)
      if (before && start === before.start + before.took - 1) lapping++
      spans.push({ id, parent: above.id, start, took: 1 + below(400) })
    }
    const column = (value: (span: (typeof spans)[number]) => number) => spans.map(value)
    const names = spans.map(({ id }) => ({ service: 'a', name: String(id) }))
    const nodes = buildTree(
      {
        ...{ id: 'a', after: false, lines: [], flags: spans.map(() => 0) },
        ids: column(({ id }) => id),
        parents: column(({ parent }) => parent),
        operations: column(({ id }) => id - 1),
        starts: column(({ start }) => start),
        durations: column(({ took }) => took),
      },
      names,
    )
    const rows = spans.map(({ id, parent, start, took }) =>
      row(String(id), parent ? String(parent) : '', String(id), { at: start, took, service: 'a' }),
    )
    const trace = buildTrace(rows)
    const shown = new Map(trace.spans.map((span) => [span.row.name, span.critical]))
    const equalTimes = new Set(spans.map(({ start, took }) => `${start} ${took}`)).size
    if (equalTimes < spans.length) continue
    for (const { id, path } of nodes)
      expect(path, `span ${id} of ${JSON.stringify(spans)}`).toBe(shown.get(String(id)))
  }
  expect(lapping).toBeGreaterThan(100)
})

test('an empty window has an empty path', () => {
  expect(criticalPaths([], OPERATIONS)).toEqual({ parts: [], requests: [0, 0], durations: [0, 0] })
})
