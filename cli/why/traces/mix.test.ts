/** Another mix of the same types of request. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { type Changed, changedBetween } from '../changed.ts'
import type { Both } from '../finding.ts'
import { type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { changedLines, nothing } from '../words/changes.ts'
import { explained } from '../words/evidence.ts'
import { mixShare } from './mix.ts'

function compare(usual: Faults, faults: Faults, chosen = false) {
  const random = randomFrom(17)
  const rows = [...makeTraces(400, false, random, usual), ...makeTraces(400, true, random, faults)]
  return analyse({ rows, operations: OPERATIONS, lines: LINES, chosen })
}

test('more requests of the type that takes longest are told as the change of the mean', () => {
  const { changed, findings, unexplained } = compare({ purchases: 0.2 }, { purchases: 0.8 })
  expect(findings).toEqual([])
  const { name, shares, added } = changed.mix!
  expect(name).toBe('buy (shop)')
  expect(shares[1] - shares[0]).toBeCloseTo(0.6, 1)
  expect(added / (changed.mean[1] - changed.mean[0])).toBeCloseTo(1, 1)
  expect(unexplained).toBe(1)
  const lines = changedLines(changed, ['1h', '1h'])
  expect(lines.find((line) => line.startsWith('mix'))).toMatch(
    /^mix {7}buy \(shop\): \d+% → \d+% of requests; by the mix alone, the mean rises to \S+ ms from \S+ ms$/,
  )
  expect(lines.at(-1)).toBe(
    'The mix of requests changed. No type of request did by more than chance.',
  )
  expect(nothing(changed)).toBe(
    'The mix of requests changed; no other significant change in 800 requests.',
  )
})

test('fewer of them make the mean fall', () => {
  const { changed } = compare({ purchases: 0.8 }, { purchases: 0.2 })
  expect(changedLines(changed, ['1h', '1h']).join('\n')).toMatch(/alone, the mean falls to/)
})

test('a slower type keeps its share of a rise that the mix has a part of', () => {
  const { changed, findings, unexplained } = compare(
    { purchases: 0.2 },
    { purchases: 0.8, waiting: 30 },
  )
  expect(findings[0]?.kind).toBe('waiting between')
  const ofMix = changed.mix!.added / (changed.mean[1] - changed.mean[0])
  const sum = findings.reduce((total, { share = 0 }) => total + share, 0)
  expect(sum + unexplained!).toBeCloseTo(1)
  expect(Math.abs(unexplained! - ofMix)).toBeLessThan(0.1)
  expect(explained(findings, { changed, rose: 'duration' }).join()).toMatch(
    /^Left unexplained: \d+% of the change in the mean duration; another mix of requests makes up \d+% of the change\.$/,
  )
})

interface Type {
  /** Before and after. */
  counts: Both<number>
  /** ms, before and after. */
  times: Both<number>
}

/** What changed between requests of so many types: `t0`, `t1` … */
function changedOf(types: Type[], seed = 1): Changed {
  const random = randomFrom(seed * 7919)
  const requests = types.flatMap(({ counts, times }, type) =>
    ([0, 1] as const).flatMap((side) =>
      Array.from({ length: counts[side] }, () => ({
        ...{ side, duration: times[side] * 1e6, failed: false, type: `t${type}` },
        start: random() * 3.6e12,
      })),
    ),
  )
  const changed = changedBetween(requests, { nameOf: String, labelOf: String })
  return { ...changed, failuresFrom: 'status' }
}

test('the mean that another mix changes is that of types in both windows', () => {
  const gone: Type = { counts: [9900, 0], times: [1, 1] }
  const slow: Type = { counts: [50, 50], times: [10_000, 10_000] }
  const fast: Type = { counts: [50, 950], times: [10, 10] }
  const changed = changedOf([gone, slow, fast])
  expect(changed.goneTypes).toEqual(['t0'])
  expect(changedLines(changed, ['1h', '1h']).find((line) => line.startsWith('mix'))).toBe(
    'mix       t1: 50% → 5% of the requests of types in both windows; by their mix alone, their mean falls to 510 ms from 5.00 s',
  )
  expect(nothing({ ...changed, slowest: undefined, certain: false })).toBe(
    'Types of request are new or gone, and the mix of requests changed; no other significant change in 11,000 requests.',
  )
})

test('the parts of mix, of new and gone types and of types by themselves add up', () => {
  let told = 0
  for (let seed = 1; seed <= 15; seed++) {
    const random = randomFrom(seed * 104_729)
    const count = () => Math.floor(random() * 400)
    const types = Array.from({ length: 6 }, (_, i): Type => {
      const [before, after] = [count(), count()]
      const counts: Both<number> = [i === 4 ? 0 : before, i === 5 ? 0 : after]
      return { counts, times: [1 + 40 * random() ** 4, 1 + 60 * random() ** 4] }
    })
    const changed = changedOf(types, seed)
    const [before, after] = changed.mean
    if (!changed.mix || after <= before) continue
    told++
    const both = types.filter(({ counts }) => !counts.includes(0))
    const part = (some: Type[], side: 0 | 1) =>
      some.reduce((sum, { counts }) => sum + counts[side], 0) / changed.requests[side]
    const took = (some: Type[], side: 0 | 1, times = side) =>
      some.reduce((sum, one) => sum + one.counts[side] * one.times[times] * 1e6, 0) /
      changed.requests[side]
    const usual = took(both, 0) / part(both, 0)
    const own = took(both, 1) - took(both, 1, 0)
    const others = types.filter(({ counts }) => counts.includes(0))
    const ofOthers = ([0, 1] as const).map(
      (side) => took(others, side) - part(others, side) * usual,
    )
    const rise = after - before
    expect(mixShare(changed) * rise + own + ofOthers[1]! - ofOthers[0]!).toBeCloseTo(rise, 0)
  }
  expect(told).toBeGreaterThan(1)
})

test('another mix makes up all of the change at most', () => {
  const { changed, findings } = compare({ purchases: 0.2 }, { purchases: 0.8, waiting: 30 })
  const mix = { ...changed.mix!, added: 9 * changed.mean[1] }
  const said = explained(findings, { changed: { ...changed, mix }, rose: 'duration' })
  expect(said.join()).toMatch(/; another mix of requests makes up all of the change\.$/)
})

test('a line on when stands behind that on the slowest type, which it is about', () => {
  const { changed } = compare({ purchases: 0.2 }, { purchases: 0.8 })
  const slowest = { name: 'buy', before: 1e6, after: 2e6, requests: [9, 9] as Both<number> }
  const burst = { from: 0, to: 1e9, slow: 9, all: 9, part: 0.1, isOpen: false }
  const lines = changedLines({ ...changed, slowest, burst }, ['1h', '1h'], 0)
  const names = lines.map((line) => line.split(' ')[0])
  expect(names.slice(-4, -1)).toEqual(['slowest', 'when', 'mix'])
  expect(changedLines({ ...changed, slowest, burst }, ['2d', '2d'], 0, true, true)).toContain(
    'when      1970-01-01 00:00:00 to 00:00:01 UTC: 9 of 9 slow requests',
  )
})

test('types of spans without a service say that it is absent', () => {
  const random = randomFrom(17)
  const operations = OPERATIONS.map((one) => ({ ...one, service: '' }))
  const before = makeTraces(400, false, random, { purchases: 0.2 })
  const rows = [...before, ...makeTraces(400, true, random, { purchases: 0.8 })]
  expect(analyse({ rows, operations, lines: LINES }).changed.mix?.name).toContain('(absent)')
})

test.each<[string, Faults, boolean]>([
  ['by chance, or little', { purchases: 0.25 }, false],
  ['of types that one window alone has', { purchases: 0 }, false],
  ['of chosen requests', { purchases: 0.8 }, true],
])('another mix is not told %s', (_, faults, chosen) => {
  expect(compare({ purchases: 0.2 }, faults, chosen).changed.mix).toBeUndefined()
})
