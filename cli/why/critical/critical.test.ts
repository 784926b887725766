/** Tests of the critical path over many traces: its times add up, and it splits differences. */
import { expect, test } from 'vitest'
import { makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { chooseSides } from '../sides.ts'
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
  for (const shown of [parts, withOthers(parts, 3)]) {
    for (const side of [0, 1] as const)
      expect(sum(shown.map(({ times }) => times[side]))).toBeCloseTo(durations[side], 3)
    for (const { times, moreCalls, slowerCalls } of shown)
      expect(moreCalls + slowerCalls).toBeCloseTo(times[1] - times[0], 3)
  }
  expect(withOthers(parts, 3)).toHaveLength(3)
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

test('an empty window has an empty path', () => {
  expect(criticalPaths([], OPERATIONS)).toEqual({ parts: [], requests: [0, 0], durations: [0, 0] })
})
