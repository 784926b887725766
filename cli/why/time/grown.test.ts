/** Times and calls that grow by less than twice, and what only seems to. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { shownFindings } from '../report.ts'

const REQUESTS = 600
const names = { operations: OPERATIONS, lines: LINES }

function compare(after: Faults, usual: Faults = {}, seed = 1) {
  const random = randomFrom(seed * 7919)
  return analyse({
    ...names,
    rows: [
      ...makeTraces(REQUESTS, false, random, usual),
      ...makeTraces(REQUESTS, true, random, { ...usual, ...after }),
    ],
  })
}

test.each<[string, Faults, Faults, string[]]>([
  [
    'a statement by two fifths',
    { slowSelect: 0.9 },
    { purchases: 0 },
    ['slower shop SELECT products'],
  ],
  ['calls by two fifths', { selects: 14 }, { selects: 10 }, ['more calls shop SELECT products']],
  [
    'a wait by two fifths',
    { waiting: 7 },
    { waiting: 4.5, purchases: 1 },
    ['waiting between payment charge'],
  ],
  [
    'two operations by half',
    { paymentTimes: 1.5, purchases: 1 },
    { purchases: 1 },
    ['slower payment charge', 'slower payment INSERT payments'],
  ],
])('%s: named, with its share of the change', (_, after, usual, expected) => {
  for (const seed of [1, 2]) {
    const { findings, unexplained } = compare(after, usual, seed)
    const shown = shownFindings(findings)
    expect(shown.map(({ kind, service, name }) => `${kind} ${service} ${name}`)).toEqual(expected)
    expect(shown.every(({ certain }) => certain)).toBe(true)
    expect(Math.abs(unexplained!)).toBeLessThan(0.35)
  }
})

test('all operations by an eighth are another window, not any of them', () => {
  for (const seed of [1, 2]) {
    const random = randomFrom(seed * 7919)
    const longer = (times: number[]) => times.map((time) => Math.round(1.12 * time))
    const after = makeTraces(1000, true, random).map((row) => ({
      ...row,
      starts: longer(row.starts),
      durations: longer(row.durations),
    }))
    const rows = [...makeTraces(1000, false, random), ...after]
    const { findings, changed } = analyse({ ...names, rows })
    expect(changed.meanDifference[0]).toBeGreaterThan(0)
    expect(findings).toEqual([])
  }
})

test('a statement that takes longer in one type of request does not in another mix of types', () => {
  const random = randomFrom(7919)
  const some = (after: boolean, lists: number, purchases: number) => [
    ...makeTraces(lists, after, random, { purchases: 0 }),
    ...makeTraces(purchases, after, random, { purchases: 1, slowSelect: 3 }),
  ]
  const { findings, changed } = analyse({
    ...names,
    rows: [...some(false, 700, 300), ...some(true, 300, 700)],
  })
  expect(changed.meanDifference[0]).toBeGreaterThan(0)
  expect(findings).toEqual([])
})
