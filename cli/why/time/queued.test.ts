/** Messages that wait for a consumer, and clocks that differ. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { randomFrom } from '../fixture.ts'
import { shownFindings } from '../report.ts'
import { buildTree, MESSAGE, type TraceRow } from '../tree.ts'
import { evidence } from '../words/evidence.ts'

const OPERATIONS = [
  { service: 'shop', name: 'buy' },
  { service: 'shop', name: 'publish' },
  { service: 'mail', name: 'send' },
]
const MS = 1e6

/** A request of 20 ms with a message, which is taken after a wait and processed in about `work` ms. */
function row(i: number, after: boolean, wait: number, work: number): TraceRow {
  return {
    ...{ id: `${after}${i}`, after, ids: [1, 2, 3], parents: [0, 1, 2], operations: [0, 1, 2] },
    starts: [0, 5 * MS, (7 + wait) * MS].map((start) => start + i * 600 * MS),
    durations: [20 * MS, 2 * MS, work * MS],
    ...{ flags: [0, 0, MESSAGE], lines: [] },
  }
}

function findings(wait: [before: number, after: number], work: [number, number], offset = 0) {
  const random = randomFrom(5)
  const rows = [0, 1].flatMap((side) =>
    Array.from({ length: 100 }, (_, i) =>
      row(
        i,
        side === 1,
        wait[side]! * random() + side * offset,
        work[side]! * (0.8 + 0.4 * random()),
      ),
    ),
  )
  return analyse({ rows, operations: OPERATIONS, lines: [] }).findings
}

test.each<[string, [number, number], [number, number], string]>([
  ['a queue that grows', [5, 400], [10, 10], 'waiting between: mail queued'],
  ['a slow consumer', [5, 5], [10, 200], 'slower: mail '],
])('%s is found though requests are as fast', (_, wait, work, expected) => {
  const [first] = findings(wait, work)
  expect(`${first?.kind}: ${first?.service} ${first?.detail ?? ''}`).toBe(expected)
  expect(first?.share).toBeUndefined()
})

test('messages that are not taken in the window wait, too', () => {
  const random = randomFrom(5)
  const rows = [false, true].flatMap((after) =>
    Array.from({ length: 200 }, (_, i) => {
      const whole = row(i, after, (after ? 400 : 5) * random(), 10)
      return after && i % 3 === 0 ? { ...whole, ids: [1, 2] } : whole
    }),
  )
  const { findings: all } = analyse({ rows, operations: OPERATIONS, lines: [] })
  const [first, ...others] = shownFindings(all)
  expect(others).toEqual([])
  expect(evidence(first!)).toContain('67 more messages not taken in the window')
  expect(all.find(({ kind }) => kind === 'no longer called')).toMatchObject({ repeated: true })
})

test('waits are told as they are measured, but for what all share since', () => {
  const [first] = findings([40, 400], [10, 10], 300)
  const of = ({ before, after }: { before: number; after: number }) =>
    [before, after].map((value) => Math.round(value / MS / 10))
  expect(of(first!)).toEqual([2, 17])
  expect(Math.round(first!.waits!.shared / MS / 10)).toBe(32)
})

test('a clock that jumps is not a queue', () => {
  expect(findings([5, 5], [10, 10], 300)).toEqual([])
})

test('a wait shorter than the work on a message is not a queue that grows', () => {
  expect(findings([5, 400], [300, 300])).toEqual([])
})

test('the time of messages is apart from that of the request', () => {
  const [request, publish, send] = buildTree(row(0, true, 100, 50), OPERATIONS)
  expect([request, publish, send].map((node) => node!.path / MS)).toEqual([18, 2, 50])
  expect(request!.whole).toBe(request!.duration)
})
