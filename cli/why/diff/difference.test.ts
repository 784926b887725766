/** The order of differences, and counts that grow while they are read. */
import { expect, it } from 'vitest'
import { type Predicate, rankDifferences } from './difference.ts'
import { bestPair } from './pair.ts'
import { foldSame } from './together.ts'

const one = (key: string, value: string | undefined, counts: [number, number]): Predicate => ({
  ...{ place: 'attribute', key, counts, hash: key },
  ...(value === undefined ? {} : { value }),
})
const groups = [300, 3000].map((n) => ({ spans: n, traces: n, independent: n })) as [
  { spans: number; traces: number; independent: number },
  { spans: number; traces: number; independent: number },
]

it('a value comes before an absent attribute of the same weight', () => {
  const all = [one('a', undefined, [200, 10]), one('b', 'x', [200, 10])]
  const { differences } = rankDifferences(all, [], groups)
  expect(differences.map(({ key }) => key)).toEqual(['b', 'a'])
})

it('a share is never above 1 where spans arrive between two statements', () => {
  const { differences } = rankDifferences([one('a', 'x', [301, 0])], [], groups)
  expect(differences[0]).toMatchObject({ shares: [1, 0], counts: [300, 0] })
})

it('absent attributes of equal counts are one row', () => {
  const keys = ['a', 'b', 'c']
  const all = [...keys.map((key) => one(key, undefined, [200, 10])), one('d', 'x', [200, 10])]
  const folded = foldSame(rankDifferences(all, [], groups).differences)
  expect(folded.map(({ key, twins }) => [key, twins])).toEqual([
    ['d', []],
    ['a', ['b absent', 'c absent']],
  ])
})

it('differences of the same spans are one row, those of as many other spans are not', () => {
  const all = ['1', '1', '2'].map((fingerprint, i) => ({
    ...one(`k${i}`, undefined, [200, 10]),
    fingerprint,
  }))
  const folded = foldSame(rankDifferences(all, [], groups).differences)
  expect(folded.map(({ key, twins }) => [key, twins])).toEqual([
    ['k0', ['k1 absent']],
    ['k2', []],
  ])
})

it('names the pair that together tells more than any value alone', () => {
  const both = rankDifferences(
    [one('tenant', 't7', [150, 600]), one('version', '2', [160, 700])],
    [],
    groups,
  ).differences.map((difference) => ({
    one: difference,
    bit: difference.key === 'tenant' ? 0 : 1,
  }))
  const combinations = (together: number) => [
    { mask: 0, counts: [120, 1800] as [number, number] },
    { mask: 1, counts: [20, 500 - together] as [number, number] },
    { mask: 2, counts: [30, 600 - together] as [number, number] },
    { mask: 3, counts: [130, 100 + together] as [number, number] },
  ]
  const pair = bestPair(both, combinations(0))!
  expect(pair.names.toSorted()).toEqual(['tenant=t7', 'version=2'])
  expect(pair.coverage).toBeCloseTo(130 / 300)
  expect(pair.precision).toBeCloseTo(130 / 230)
  expect(bestPair(both, combinations(400))).toBeUndefined()
  expect(bestPair([], [])).toBeUndefined()
})
