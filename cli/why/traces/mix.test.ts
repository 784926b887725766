/** Another mix of the same types of request. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { changedLines, nothing } from '../words/changes.ts'
import { explained } from '../words/evidence.ts'

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
    /^mix {7}buy \(shop\): \d+% → \d+% of requests; by this alone, the mean rises to \S+ ms from \S+ ms$/,
  )
  expect(lines.at(-1)).toBe(
    'The mix of requests changed. No type of request did by more than chance.',
  )
  expect(nothing(changed)).toMatch(/^Nothing but the mix of requests changed/)
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
    /^Left unexplained: \d+% of the change in the mean duration; another mix of requests makes \d+% of it\.$/,
  )
})

test.each<[string, Faults, boolean]>([
  ['by chance, or little', { purchases: 0.25 }, false],
  ['of types that one window alone has', { purchases: 0 }, false],
  ['of chosen requests', { purchases: 0.8 }, true],
])('another mix is not told %s', (_, faults, chosen) => {
  expect(compare({ purchases: 0.2 }, faults, chosen).changed.mix).toBeUndefined()
})
