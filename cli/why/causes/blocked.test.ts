/** What holds what a span waits for: locks and pools, not pauses and mere company. */
import { expect, test } from 'vitest'
import { cpuTime } from '../../../test/cpu.ts'
import type { WhyFinding } from '../finding.ts'
import { randomFrom } from '../fixture.ts'
import type { Operation, TraceRow } from '../tree.ts'
import { sentence } from '../words/sentences.ts'
import { withBlockers } from './blocked.ts'

const OPERATIONS: Operation[] = ['POST /buy', 'connect', 'transaction', 'COMMIT', 'render'].map(
  (name) => ({ service: 'shop', name }),
)
const [ROOT, CONNECT, TRANSACTION, COMMIT, RENDER] = OPERATIONS.keys()
const MS = 1e6

const slower = (name: string, score: number): WhyFinding => ({
  ...{ kind: 'slower', service: 'shop', name, before: 0.03 * MS, after: 20 * MS, unit: 'ns' },
  ...{ interval: [1, 2], count: 300, spans: [300, 300], traces: [], score, certain: true },
})

interface Made {
  start: number
  spans: [operation: number, parent: number, start: number, end: number][]
}

const rows = (made: Made[]): TraceRow[] =>
  made.map(({ spans }, i) => ({
    ...{ id: String(i), after: true, lines: [], flags: spans.map(() => 0) },
    ids: spans.map((_, at) => at + 1),
    parents: spans.map(([, parent]) => parent),
    operations: spans.map(([operation]) => operation),
    starts: spans.map(([, , start]) => start * MS),
    durations: spans.map(([, , start, end]) => (end - start) * MS),
  }))

/** Requests that arrive at random, in ms; each takes one of `size` members for `held()` ms after the others. */
function queueing(
  size: number,
  held: (random: () => number) => number,
  { every = 60, count = 600 } = {},
) {
  const random = randomFrom(5)
  const free = Array.from({ length: size }, () => 0)
  let at = 0
  return Array.from({ length: count }, (): Made => {
    at -= every * Math.log(1 - random())
    const asked = at + 2 + random()
    const member = free.indexOf(Math.min(...free))
    const taken = Math.max(asked + 0.03, free[member]! + 0.02)
    const end = taken + held(random)
    free[member] = end
    return {
      start: at,
      spans: [
        [ROOT!, 0, at, end + 1 + random()],
        [RENDER!, 1, at + 0.1, at + 1 + random()],
        [TRANSACTION!, 1, at + 1.9, end + 0.05],
        [CONNECT!, 3, asked, taken],
        [COMMIT!, 3, end - 0.4, end],
      ],
    }
  })
}

const found = (made: Made[], findings = [slower('connect', 0.5)]) =>
  withBlockers(findings, rows(made), { operations: OPERATIONS, usual: () => 0.05 * MS })

const long = (random: () => number) => (random() < 0.15 ? 200 : 1.5)

test.each(['certain', 'uncertain'])(
  'a lock that one request at a time holds is named by its holder: first, if %s',
  (how) => {
    const holder = { ...slower('transaction', 0.4), certain: how === 'certain' }
    const findings = found(queueing(1, long), [slower('connect', 0.5), holder])
    expect(findings.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'slower transaction',
      'slower connect',
      'blocked by connect',
    ])
    expect(sentence(findings[2]!)).toMatch(
      /^connect in shop waits for transaction of other requests: \d+ of \d+ waits end when one of them does$/,
    )
    expect(findings[2]!.traces.length).toBeGreaterThan(0)
  },
)

test('a pool whose members are all taken is, too', () => {
  const [, blocked] = found(queueing(3, () => 200, { every: 62, count: 900 }))
  expect(blocked).toMatchObject({ kind: 'blocked by', detail: 'transaction' })
})

test('requests that wait for the same thing at once, which no span holds, do not blame each other', () => {
  // Once a second something else takes the lock for 400 ms.
  const made = queueing(1, () => 1.5, { every: 50 }).map(({ start, spans }): Made => {
    const [from, until] = [Math.floor(start / 1000) * 1000, Math.floor(start / 1000) * 1000 + 400]
    const delay = start >= from && start < until ? until - start : 0
    return {
      start,
      spans: spans.map(([operation, parent, begin, end]) => [
        operation,
        parent,
        operation === COMMIT ? begin + delay : begin,
        operation === RENDER ? end : end + delay,
      ]),
    }
  })
  expect(found(made).map(({ kind }) => kind)).toEqual(['slower'])
})

test('a pause of the process that ends all spans under way blames none of them', () => {
  const random = randomFrom(9)
  const pauses = Array.from({ length: 200 }, (_, i) => i * 300 + 200 * random())
  // A time by the clock of work, which stands still for 80 ms in each pause.
  const stopped = (at: number) => pauses.reduce((now, pause) => (now >= pause ? now + 80 : now), at)
  let at = 0
  const made = Array.from({ length: 2000 }, (): Made => {
    at -= 8 * Math.log(1 - random())
    const times = [0, 0.1, 6 + 6 * random(), 13, 13.1, 20 + 10 * random(), 31].map((time) =>
      stopped(at + time),
    )
    return {
      start: at,
      spans: [
        [ROOT!, 0, times[0]!, times[6]!],
        [RENDER!, 1, times[1]!, times[2]!],
        [CONNECT!, 1, times[3]!, times[4]!],
        [TRANSACTION!, 1, times[4]!, times[5]!],
        [COMMIT!, 4, times[4]! + 1, times[5]!],
      ],
    }
  })
  expect(found(made).map(({ kind }) => kind)).toEqual(['slower'])
})

test('requests beside each other without a lock are not taken for holders', () => {
  const random = randomFrom(11)
  let at = 0
  const made = Array.from({ length: 900 }, (): Made => {
    at -= 30 * Math.log(1 - random())
    const wait = random() < 0.2 ? 20 + 80 * random() : 0.03
    const held = 20 + 10 * random()
    return {
      start: at,
      spans: [
        [ROOT!, 0, at, at + wait + held + 3],
        [CONNECT!, 1, at + 1, at + 1 + wait],
        [TRANSACTION!, 1, at + 1 + wait, at + 1 + wait + held],
      ],
    }
  })
  expect(found(made).map(({ kind }) => kind)).toEqual(['slower'])
})

test('a trace of a hundred thousand waits takes less than ten seconds of CPU time, not a minute', () => {
  const calls = Array.from({ length: 200_000 }, (_, i): Made['spans'][number] => [
    i % 2 === 0 ? CONNECT! : RENDER!,
    1,
    i,
    i + 20,
  ])
  const spent = cpuTime()
  expect(found([{ start: 0, spans: [[ROOT!, 0, 0, 200_020], ...calls] }])).toHaveLength(1)
  expect(spent()).toBeLessThan(10_000)
})
