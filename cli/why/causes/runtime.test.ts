/** Findings about garbage collection, from counters of processes. */

import { expect, test } from 'vitest'
import type { WhyFinding } from '../finding.ts'
import { COMMANDS } from '../fixture.ts'
import { nextCommand } from '../report.ts'
import { evidence } from '../words/evidence.ts'
import { sentence } from '../words/sentences.ts'
import { type CounterPart, withCollections } from './runtime.ts'

const MS = 1e6
const slower: WhyFinding = {
  ...{ kind: 'slower throughout', service: 'shop', name: '', before: 5 * MS, after: 15 * MS },
  ...{ unit: 'ns', interval: [9 * MS, 11 * MS], count: 300, spans: [300, 300], traces: [] },
  ...{ score: 0.5, certain: true },
}

/** Ten seconds in twenty parts. @param shares seconds of collections in a second, by part */
function counters(shares: number[]): CounterPart[] {
  let [time, count] = [40, 100]
  const parts = shares.flatMap((share, part) => {
    time += share / 2
    count += Math.round(share * 20)
    const own = { service: 'shop', process: 'a 1', at: (part + 1) * 500 * MS }
    return [
      { ...own, key: 'v8js.gc.major.duration', unit: 1e9, highest: time },
      { ...own, key: 'v8js.gc.major.count', unit: 0, highest: count },
    ]
  })
  return ORDERS.flatMap((order) => parts.map((part) => ({ ...part, order })))
}
const ORDERS = ['start', 'end'] as const
const about = (usual: number, every = 7) =>
  Array.from({ length: 20 }, (_, i) => usual * (1 + ((i * every) % 5) / 10))
const byKey = (parts: CounterPart[]) => parts.toSorted((a, b) => (a.key < b.key ? -1 : 1))
const found = (before: number[], after: number[], means: [number, number] = [6 * MS, 20 * MS]) =>
  withCollections([slower], [byKey(counters(before)), byKey(counters(after))], means)

test('collections that explain much of a slowdown come before what they slow down', () => {
  const findings = found(about(0.01), about(0.15))
  expect(findings.map(({ kind }) => kind)).toEqual(['garbage collection', 'slower throughout'])
  expect(sentence(findings[0]!)).toBe(
    'garbage collection takes 18% of the time of shop, instead of 1.2%',
  )
  expect(evidence(findings[0]!)).toEqual([
    expect.stringMatching(/^difference 1\d\.\d to 1\d\.\d points$/),
  ])
  expect(nextCommand(COMMANDS, findings[0]!)).toBe(
    'gc --service shop --from 2026-01-02T03:01:00Z --to 2026-01-02T03:02:00Z',
  )
})

test('they stop a service that seems to wait for another, too', () => {
  const parts = [about(0.01), about(0.15)].map((one) => byKey(counters(one)))
  const waiting = { ...slower, kind: 'waiting between', detail: 'calling', peer: 'mail' } as const
  const findings = withCollections([waiting], [parts[0]!, parts[1]!], [6 * MS, 20 * MS])
  expect(findings.map(({ kind }) => kind)).toEqual(['garbage collection', 'waiting between'])
})

test('they come behind a slowdown that they explain a small part of', () => {
  const kinds = found(about(0.01), about(0.08), [6 * MS, 500 * MS]).map(({ kind }) => kind)
  expect(kinds).toEqual(['slower throughout', 'garbage collection'])
})

test.each([
  ['a little more', about(0.01), about(0.03)],
  ['much, as before', about(0.2), about(0.22)],
  ['one long collection', about(0.01), about(0.01).with(9, 1)],
  ['no counters before', [], about(0.2)],
])('nothing is claimed of %s', (_, before, after) => {
  expect(found(before, after)).toEqual([slower])
})

test('a process that began anew has not collected less, and units follow from the names', () => {
  const [before, after] = [counters(about(0.01)), counters(about(0.15))]
  // The eleventh part is the first of a new process, whose counters begin at 0.
  const [duration, count] = [after[18]!.highest, after[19]!.highest]
  const anew = after.map((part, i) =>
    i % 40 < 20 ? part : { ...part, highest: part.highest - (i % 2 === 0 ? duration : count) },
  )
  const ns = (parts: CounterPart[]) =>
    parts.map((part) =>
      part.key.endsWith('count')
        ? part
        : { ...part, key: 'go.gc.pause_total_ns', unit: 1, highest: part.highest * 1e9 },
    )
  for (const windows of [
    [byKey(before), byKey(anew)],
    [byKey(ns(before)), byKey(ns(after))],
  ] as [CounterPart[], CounterPart[]][])
    expect(withCollections([slower], windows, [6 * MS, 20 * MS])[0]!.kind).toBe(
      'garbage collection',
    )
})

test('requests that overlap have not collected more because they end in another order', () => {
  const usual = byKey(counters(about(0.01)))
  // Every other part begins with a request whose counters are those of its end, far later.
  const early = (parts: CounterPart[]) =>
    parts.map((part, i) =>
      part.order === 'start' && Math.trunc(i / 2) % 2 === 0
        ? { ...part, highest: part.highest * 3 }
        : part,
    )
  const windows: [CounterPart[], CounterPart[]] = [usual, byKey(early(counters(about(0.01))))]
  expect(withCollections([slower], windows, [6 * MS, 20 * MS])).toEqual([slower])
})
