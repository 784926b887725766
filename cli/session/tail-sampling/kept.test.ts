/** Signs of tail sampling, in traces with and without a sampler. */
import { expect, it } from 'vitest'
import { keptByTail, keptText } from './kept.ts'

const MS = 1_000_000
const row = (changed: object) => ({
  roots: 100,
  failed_roots: 30,
  operations: 3,
  length: 3_600_000 * MS,
  quickest: 501 * MS,
  quarter: 580 * MS,
  median: 800 * MS,
  upper_quarter: 1200 * MS,
  quickest_failed: 2 * MS,
  ...changed,
})

it('traces that all have an error or take long look sampled', () => {
  expect(keptByTail(row({}))).toEqual({ failed: 0.3, threshold: 500 * MS })
  const failed = row({ failed_roots: 100, quickest: 0, median: Number.NaN })
  expect(keptByTail(failed)).toEqual({ failed: 1 })
  const slow = { roots: 200, failed_roots: 0, quickest_failed: 0 }
  expect(keptByTail(row(slow))).toEqual({ failed: 0, threshold: 500 * MS })
  expect(keptText({ failed: 0, threshold: 500 * MS })).toBe('every trace took 500 ms or longer')
})

it.each([
  ['quick traces without an error', { quickest: 3 * MS }],
  ['errors that are slow, too', { quickest_failed: 900 * MS }],
  ['a spread as of all requests', { quickest: 60 * MS, median: 900 * MS }],
  ['a distribution that is thin where it begins', { quarter: 700 * MS }],
  ['requests that wait for a clock', { quarter: 502 * MS, median: 503 * MS }],
  ['no round threshold', { quickest: 640 * MS, quarter: 660 * MS, median: 700 * MS }],
  ['few traces', { roots: 19 }],
  ['few slow traces, hardly any with an error', { failed_roots: 2 }],
  ['slow traces of one operation', { roots: 200, failed_roots: 0, operations: 1 }],
  ['few traces without an error', { failed_roots: 95 }],
  ['an outage of a minute', { failed_roots: 100, length: 60_000 * MS }],
  ['an operation that always fails', { failed_roots: 100, operations: 1 }],
])('%s do not', (_, changed) => {
  expect(keptByTail(row(changed))).toBeUndefined()
})

/** Uniform numbers below 1, the same in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return (state + 0.5) / 2 ** 32
  }
}

/** The row of traces of which one in six fails early. @param cut ms below which a sampler drops what did not fail */
function rowOf(next: () => number, traces: number, median: number, sigma: number, cut = 0) {
  const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
  const others: number[] = []
  const failed: number[] = []
  for (let i = 0; i < traces; i++) {
    const took = median * Math.exp(sigma * normal()) * MS
    if (next() < 1 / 6) failed.push(took * next())
    else if (took >= cut * MS) others.push(took)
  }
  const sorted = others.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return row({
    roots: sorted.length + failed.length,
    failed_roots: failed.length,
    quickest: at(0),
    quarter: at(0.25),
    median: at(0.5),
    upper_quarter: at(0.75),
    quickest_failed: Math.min(...failed),
  })
}

it.each([25, 60, 200])('%i requests that take from 100 to 300 ms evenly seldom do', (traces) => {
  const next = random(traces)
  let wrong = 0
  for (let i = 0; i < 500; i++) {
    const took = Array.from({ length: traces }, () => (100 + 200 * next()) * MS).sort(
      (a, b) => a - b,
    )
    const at = (share: number) => took[Math.floor(share * (traces - 1))]!
    const quartiles = { quarter: at(0.25), median: at(0.5), upper_quarter: at(0.75) }
    if (keptByTail(row({ roots: traces + 9, failed_roots: 9, quickest: at(0), ...quartiles })))
      wrong++
  }
  expect(wrong / 500).toBeLessThan(0.1)
})

it('few stores without a sampler look sampled, and most with one do', () => {
  const next = random(7)
  let [wrong, right] = [0, 0]
  for (let i = 0; i < 500; i++) {
    const sigma = 0.1 + 1.2 * next()
    const slow = 60 * 30 ** next()
    if (keptByTail(rowOf(next, 200, slow, sigma))) wrong++
    const cut = [100, 250, 500, 1000, 2000][i % 5]!
    if (keptByTail(rowOf(next, 2000, cut / 3, 0.5 + next(), cut))) right++
  }
  expect(wrong / 500).toBeLessThan(0.02)
  expect(right / 500).toBeGreaterThan(0.9)
})
