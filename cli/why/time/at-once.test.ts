/** Calls that ran at once and now run one after another, and calls that only seem to. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { randomFrom } from '../fixture.ts'
import { MESSAGE, type TraceRow } from '../tree.ts'
import { sentence } from '../words/sentences.ts'

const OPERATIONS = [
  { service: 'shop', name: 'POST /orders' },
  { service: 'shop', name: 'GET' },
  { service: 'prices', name: 'GET /price' },
  { service: 'shop', name: 'INSERT orders' },
  { service: 'mail', name: 'order placed' },
]

interface Way {
  /** How many of the calls run at a time. */
  width: number
  /** ms that one of them takes more. */
  slower?: number
  calls?: number
  writes?: number
  /** Consumers of messages that it sends. */
  messages?: number
}

/** An order asks for six prices, and writes then. Each price is a client span with the span of its server below. */
function order(
  i: number,
  after: boolean,
  random: () => number,
  { width, slower = 0, calls = 6, writes = 1, messages = 0 }: Way,
): TraceRow {
  const spans = [[1, 0, 0, 0, 0]]
  const about = (ms: number) => ms * (0.7 + 0.6 * random())
  const free = Array.from({ length: width }, () => about(1))
  for (let call = 0; call < calls; call++) {
    const place = free.indexOf(Math.min(...free))
    const [start, took] = [free[place]!, about(5) + (call === 2 ? slower : 0)]
    spans.push(
      [2 + 2 * call, 1, 1, start, took + 1],
      [3 + 2 * call, 2 + 2 * call, 2, start + 0.5, took],
    )
    free[place] = start + took + 1
  }
  let end = Math.max(...free) + 0.1
  for (let write = 0; write < writes; write++) {
    const took = about(4)
    spans.push([90 + write, 1, 3, end, took])
    end += took + 0.1
  }
  for (let message = 0; message < messages; message++) spans.push([200 + message, 1, 4, 1, 1])
  spans[0]![4] = end + 1
  const column = (k: number) => spans.map((span) => span[k]!)
  const nanos = (k: number) => column(k).map((ms) => Math.round(ms * 1e6))
  return {
    ...{ id: `${after}${i}`, after, ids: column(0), parents: column(1), operations: column(2) },
    ...{
      starts: nanos(3),
      durations: nanos(4),
      flags: column(2).map((of) => (of === 4 ? MESSAGE : (of % 2) * 2)),
      lines: [],
    },
  }
}

function found(before: Way, after: Way) {
  const random = randomFrom(7)
  const rows = [before, after].flatMap((way, side) =>
    Array.from({ length: 100 }, (_, i) => order(i, side === 1, random, way)),
  )
  return analyse({ rows, operations: OPERATIONS, lines: [] })
}

test.each<[string, Way]>([
  ['one after another, no longer at once', { width: 1 }],
  ['fewer at once', { width: 2 }],
  ['one after another, no longer at once', { width: 1, messages: 7 }],
])('six calls at once that are made %s are what takes longer: %j', (words, after) => {
  const { findings, unexplained } = found({ ...after, width: 6 }, after)
  const calls = 'its calls of GET /price of prices'
  const how = words.startsWith('fewer') ? `fewer of ${calls} at once` : `${calls} ${words}`
  const [first] = findings.map(sentence)
  expect(first).toMatch(/: its calls take [\d.]+ ms instead of [\d.]+ ms$/)
  expect(first).toContain(`POST /orders in shop makes ${how}: `)
  expect(findings).toHaveLength(1)
  expect(Math.abs(unexplained!)).toBeLessThan(0.1)
})

test('one slow call among six at once is a slower operation, not calls one after another', () => {
  const { findings } = found({ width: 6 }, { width: 6, slower: 40 })
  expect(findings.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['slower GET /price'])
})

test.each<[string, Way]>([
  ['more calls after them', { width: 6, writes: 10 }],
  ['fewer calls', { width: 6, calls: 2 }],
])('%s are not calls one after another', (_, after) => {
  const { findings } = found({ width: 6 }, after)
  expect(findings.map(({ kind }) => kind)).not.toContain('one after another')
})

test('calls that begin to run at once make nothing worse', () => {
  expect(found({ width: 1 }, { width: 6 }).findings).toEqual([])
})
