/** Signs of tail sampling. */
import { expect, it } from 'vitest'
import { tailSampling } from './tail-sampling.ts'

const MS = 1_000_000
const row = (changed: object) => ({
  roots: 100,
  failed_roots: 30,
  quickest: 500 * MS,
  median: 800 * MS,
  quickest_failed: 2 * MS,
  ...changed,
})

it('traces that all have an error or take long look sampled', () => {
  expect(tailSampling(row({}))).toMatchObject([
    { about: 'tail sampling', found: expect.stringMatching(/^30\.0%.*all others took 500 ms/) },
  ])
  const failed = tailSampling(row({ failed_roots: 100, quickest: 0, median: Number.NaN }))
  expect(failed).toMatchObject([
    { found: expect.stringMatching(/^100% of the traces have an error:/) },
  ])
})

it.each([
  ['quick traces without an error', { quickest: 3 * MS }],
  ['errors that are slow, too', { quickest_failed: 900 * MS }],
  ['a spread as of all requests', { quickest: 60 * MS, median: 900 * MS }],
  ['few traces', { roots: 19 }],
  ['hardly any error', { failed_roots: 2 }],
])('%s do not', (_, changed) => {
  expect(tailSampling(row(changed))).toEqual([])
})
