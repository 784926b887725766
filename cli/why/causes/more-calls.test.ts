/** A call that is new, through a client span like others. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { CALL, type TraceRow } from '../tree.ts'
import { sentence } from '../words/sentences.ts'

test('a new call is of the span above its client span, and not twice the client spans', () => {
  const random = randomFrom(7919)
  const rows = [false, true].flatMap((after) =>
    makeTraces(400, after, random, after ? { checked: true } : {}),
  )
  const { findings, unexplained } = analyse({ rows, operations: OPERATIONS, lines: LINES })
  expect(findings.map(sentence)).toEqual([
    expect.stringMatching(
      /^buy in shop now calls check of payment in (\d+) of \1 spans, before in none$/,
    ),
  ])
  expect(Math.abs(unexplained!)).toBeLessThan(0.2)
})

test('a call that few spans made before is newly called', () => {
  const random = randomFrom(7919)
  const rows = [0, 1].flatMap((selects) => makeTraces(400, selects === 1, random, { selects }))
  const { findings } = analyse({ rows, operations: OPERATIONS, lines: LINES })
  const found = findings.find(({ kind }) => kind === 'newly called')
  const list = { service: 'shop', name: 'list', detail: 'SELECT products', before: 0 }
  expect(found).toMatchObject(list)
  expect(found!.traces.length).toBeGreaterThan(0)
})

const CALLS = [
  ...['buy', 'POST', 'GET'].map((name) => ({ service: 'shop', name })),
  ...['charge', 'check', 'item'].map((name) => ({ service: 'payment', name })),
]
const [POST, GET, CHARGE, CHECK, ITEM] = [1, 2, 3, 4, 5]

/** A purchase with calls: pairs of a client span and the span of its server. */
function purchase(i: number, after: boolean, calls: [client: number, server: number][]): TraceRow {
  const spans = calls.flatMap(([client, server], at) => {
    const [id, start] = [2 + 2 * at, 1e6 + at * 4e6]
    return [
      [id, 1, client, start, 3e6, CALL],
      [id + 1, id, server, start + 1e6, 1e6, 0],
    ]
  })
  const all = [[1, 0, 0, 0, 2e6 + calls.length * 4e6, 0], ...spans]
  const [ids, parents, operations, starts, durations, flags] = all[0]!.map((_, k) =>
    all.map((span) => span[k]!),
  ) as [number[], number[], number[], number[], number[], number[]]
  return {
    id: `${after}${i}`,
    after,
    ids,
    parents,
    operations,
    starts,
    durations,
    flags,
    lines: [],
  }
}

/** Findings about calls between purchases with the usual ones and `some` of as many with others. */
function found(
  of: number,
  some: number,
  [usual, others]: [usual: [number, number][], others: [number, number][]],
) {
  const rows = [false, true].flatMap((after) =>
    Array.from({ length: of }, (_, i) => purchase(i, after, after && i < some ? others : usual)),
  )
  const { findings } = analyse({ rows, operations: CALLS, lines: [] })
  return findings.filter(({ kind }) => kind === 'more calls' || kind === 'newly called')
}

// z of 2.88 and 2.84: 2.71 is asked of one test, 2.94 of two.
test('client spans and what they call are one test, not two', () => {
  expect(found(20, 7, [[[POST, CHARGE]], Array(3).fill([POST, CHARGE])])).toMatchObject([
    { kind: 'more calls', name: 'charge', certain: true },
  ])
  expect(found(30, 8, [[], [[POST, CHECK]]])).toMatchObject([
    { kind: 'newly called', detail: 'check', count: 8 },
  ])
})

test('a new call through two client spans is not more calls of either', () => {
  const usual: [number, number][] = [
    [POST, CHARGE],
    [GET, ITEM],
  ]
  const others: [number, number][] = [...usual, [GET, CHECK], [POST, CHECK]]
  expect(found(40, 40, [usual, others])).toMatchObject([
    { kind: 'newly called', name: 'buy', detail: 'check' },
  ])
})
