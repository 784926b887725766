/** Errors that come in bursts: how often they come varies more than chance says. */
import { expect, test } from 'vitest'
import { analyse } from './analyse.ts'
import { changedBetween } from './changed.ts'
import { LINES, type MadeTrace, makeTraces, OPERATIONS, randomFrom } from './fixture.ts'
import { addSlice, type Slices, unevennessIn } from './uneven.ts'

const SECOND = 1e9

test('independent events are even, and each of ten at once counts for a tenth', () => {
  const random = randomFrom(3)
  const all: Slices = new Map()
  const [alone, bursts]: Slices[] = [new Map(), new Map()]
  for (let i = 0; i < 6000; i++) {
    addSlice(all, (i / 10) * SECOND)
    if (random() < 0.05) addSlice(alone!, (i / 10) * SECOND)
    if (random() < 0.005) for (let k = 0; k < 10; k++) addSlice(bursts!, (i / 10) * SECOND)
  }
  expect(unevennessIn(all)(alone!)).toBe(1)
  expect(unevennessIn(all)(bursts!)).toBeGreaterThan(5)
})

test('of thousands of types, each request is read a few times', () => {
  let read = 0
  const requests = Array.from({ length: 4000 }, (_, i) => ({
    ...{ side: (i % 2) as 0 | 1, duration: SECOND, failed: false, type: String(i % 1000) },
    get start() {
      read++
      return i * SECOND
    },
  }))
  changedBetween(requests, { nameOf: String, labelOf: String })
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(10 * requests.length)
})

test('a slice without events counts as those with some do', () => {
  const all: Slices = new Map([40, 60, 50, 50].map((n, slice) => [slice, n]))
  const events: Slices = new Map([[1, 20]])
  const squares = [40, 60, 50, 50].map((n, slice) => {
    const expected = 0.1 * n
    return ((events.get(slice) ?? 0) - expected) ** 2 / (0.9 * expected)
  })
  const mean = squares.reduce((sum, one) => sum + one) / 3
  expect(unevennessIn(all)(events)).toBeCloseTo(mean, 9)
})

/** Purchases for ten minutes, some of which fail: so many at once, at so many random times. */
function failing(after: boolean, times: number, atOnce: number, seed: number): MadeTrace[] {
  const random = randomFrom(seed)
  const failed = new Set<number>()
  for (let i = 0; i < times; i++) {
    const first = Math.floor(random() * 990)
    for (let k = 0; k < atOnce; k++) failed.add(first + k)
  }
  const of = (each: number) =>
    makeTraces(1000, after, randomFrom(seed + 7), { purchases: 1, failing: each })
  const [fine, bad] = [of(0), of(1)]
  return fine.map((row, i) => {
    const own = failed.has(i) ? bad[i]! : row
    return { ...own, starts: own.starts.map((start) => start + 0.6 * SECOND * i) }
  })
}

test.each([
  ['48 more refusals alone are claimed', 1, 'payment charge'],
  ['four more bursts of twelve are not', 12, undefined],
])('%s', (_, atOnce, expected) => {
  const [before, after] = [48 / atOnce, 96 / atOnce]
  const rows = [...failing(false, before, atOnce, 3), ...failing(true, after, atOnce, 5)]
  const [first] = analyse({ rows, operations: OPERATIONS, lines: LINES }).findings
  expect(first && `${first.service} ${first.name}`).toBe(expected)
})

test.each([
  ['80 more failures by status alone are claimed where one in seven is usual', 1, 'charge'],
  ['four more bursts of twenty are not', 20, undefined],
])('%s', (_, atOnce, expected) => {
  const [before, after] = [160 / atOnce, 240 / atOnce]
  const rows = [...failing(false, before, atOnce, 3), ...failing(true, after, atOnce, 5)]
  const sample = rows.map((row) => ({ ...row, lines: [] }))
  const { findings } = analyse({ rows: sample, operations: OPERATIONS, lines: LINES })
  expect(findings[0]?.name).toBe(expected)
})
