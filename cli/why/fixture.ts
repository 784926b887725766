/** Seeded traces of a small shop of three services, with planted faults. */
import type { WhyReport } from './report.ts'
import { CALL, FAILED, type LogLine, type Operation, type TraceRow } from './tree.ts'

/** Times in ms. The faults of one window; each defaults to none. */
export interface Faults {
  /** Extra own time of `SELECT products`. */
  slowSelect?: number
  /** Extra own time of every fourth trace's `SELECT products`. */
  slowFourth?: number
  /** Extra time that the shop waits for the payment service, which does not spend it. */
  waiting?: number
  /** `SELECT products` of one list; usually 1. */
  selects?: number
  /** Every how many payments fail, with a log line; 0 for none. */
  failing?: number
  /** Every how many payments fail with another log line; 0 for none. */
  expired?: number
  /** Every how many payments are refused once, at once, and tried again after 20 ms; 0 for none. */
  retried?: number
  /** Every how many payments do not reach their service, with a log line of the caller; 0 for none. */
  refused?: number
  /** Every how many purchases fail at their `SELECT products`, with a log line of the caller; 0 for none. */
  broken?: number
  /** Purchases are checked by the payment service first. */
  checked?: boolean
  /** Every how many lists end before they log; 0 for none. */
  early?: number
  /** Own times of the payment service are so many times the usual. */
  paymentTimes?: number
  /** Own times of all services are so many times the usual, and one in ten gets 20 ms more: a busy machine. */
  allTimes?: number
  /** Share of purchases among the requests. */
  purchases?: number
}

/** A row that can be written to. */
export type MadeTrace = TraceRow & {
  [Column in 'ids' | 'parents' | 'operations' | 'starts' | 'durations' | 'flags']: number[]
}

export const OPERATIONS: Operation[] = [
  { service: 'gateway', name: 'GET /products' },
  { service: 'gateway', name: 'POST /buy' },
  { service: 'gateway', name: 'HTTP GET' },
  { service: 'gateway', name: 'HTTP POST' },
  { service: 'shop', name: 'list' },
  { service: 'shop', name: 'buy' },
  { service: 'shop', name: 'SELECT products' },
  { service: 'shop', name: 'HTTP POST' },
  { service: 'payment', name: 'charge' },
  { service: 'payment', name: 'INSERT payments' },
  { service: 'payment', name: 'check' },
]
export const LINES: LogLine[] = [
  { text: 'listed * products', isError: false },
  { text: 'card declined', isError: true },
  { text: 'connect ECONNREFUSED *', isError: true },
  { text: 'card expired', isError: true },
  { text: 'cannot read products', isError: true },
]
const number = new Map(OPERATIONS.map(({ service, name }, i) => [`${service} ${name}`, i]))

/** A generator of numbers from 0 to 1: xorshift, 32 bits. */
export function randomFrom(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

interface Made {
  operation: string
  /** Own time before, between and after the children, in ms. */
  own: number
  children?: Made[]
  lines?: number[]
  isError?: boolean
}

/** `count` traces of one window. */
export function makeTraces(
  count: number,
  after: boolean,
  random: () => number,
  faults: Faults = {},
): MadeTrace[] {
  return Array.from({ length: count }, (_, i) =>
    makeTrace(`${after ? 'a' : 'b'}${i}`, i, after, random, faults),
  )
}

function makeTrace(
  id: string,
  i: number,
  after: boolean,
  random: () => number,
  faults: Faults,
): MadeTrace {
  const {
    slowSelect = 0,
    slowFourth = 0,
    waiting = 0,
    selects = 1,
    failing = 0,
    expired = 0,
    retried = 0,
    refused = 0,
    broken = 0,
    checked = false,
    early = 0,
    paymentTimes = 1,
    allTimes = 1,
    purchases = 0.4,
  } = faults
  // Log-normal, by the sum of twelve: the usual spread of latencies.
  const about = (ms: number) => {
    let sum = -6
    for (let k = 0; k < 12; k++) sum += random()
    const own = ms * Math.exp(0.5 * sum)
    return allTimes === 1 ? own : own * allTimes + (random() < 0.1 ? 20 : 0)
  }
  const every = (n: number) => n > 0 && i % n === 0
  const select = (): Made => ({
    operation: 'shop SELECT products',
    own: about(2) + slowSelect + (every(4) ? slowFourth : 0),
  })
  const list: Made = {
    operation: 'gateway GET /products',
    own: about(1),
    children: [
      {
        operation: 'gateway HTTP GET',
        own: about(1),
        children: [
          {
            operation: 'shop list',
            own: about(3),
            children: Array.from({ length: selects }, select),
            lines: every(early) ? [] : [0],
          },
        ],
      },
    ],
  }
  const unreached = every(refused)
  const isExpired = every(expired)
  const declined = every(failing) || unreached || isExpired
  const isBroken = every(broken)
  const fails = declined || isBroken
  const charge: Made = {
    operation: 'payment charge',
    own: about(4) * paymentTimes,
    children: declined
      ? []
      : [{ operation: 'payment INSERT payments', own: about(3) * paymentTimes }],
    lines: declined ? [isExpired ? 3 : 1] : [],
    isError: declined,
  }
  const busy = (): Made => ({
    operation: 'shop HTTP POST',
    own: about(0.2),
    isError: true,
    children: [{ operation: 'payment charge', own: about(0.2), lines: [1], isError: true }],
  })
  const check = (): Made => ({
    operation: 'shop HTTP POST',
    own: about(1),
    children: [{ operation: 'payment check', own: about(10) }],
  })
  const pay: Made = {
    operation: 'shop HTTP POST',
    own: about(1) + waiting,
    isError: declined,
    children: unreached ? [] : [charge],
    lines: unreached ? [2] : [],
  }
  const buy: Made = {
    operation: 'gateway POST /buy',
    own: about(1),
    isError: fails,
    children: [
      {
        operation: 'gateway HTTP POST',
        own: about(1),
        isError: fails,
        children: [
          {
            operation: 'shop buy',
            own: about(3) + (every(retried) ? 20 : 0),
            isError: fails,
            lines: isBroken ? [4] : [],
            children: [
              { ...select(), isError: isBroken },
              ...(checked ? [check()] : []),
              ...(every(retried) ? [busy()] : []),
              ...(isBroken ? [] : [pay]),
            ],
          },
        ],
      },
    ],
  }
  return rowOf(id, after, random() < purchases ? buy : list)
}

function rowOf(id: string, after: boolean, root: Made): MadeTrace {
  const row: MadeTrace = {
    id,
    after,
    ids: [],
    parents: [],
    operations: [],
    starts: [],
    durations: [],
    flags: [],
    lines: [],
  }
  const add = (made: Made, parent: number, start: number): number => {
    const { operation, own, children = [], lines = [], isError = false } = made
    const at = row.ids.length
    row.ids.push(at + 1)
    row.parents.push(parent)
    row.operations.push(number.get(operation)!)
    row.starts.push(Math.round(start * 1e6))
    row.durations.push(0)
    row.flags.push((isError ? FAILED : 0) + (operation.includes(' HTTP ') ? CALL : 0))
    for (const line of lines) row.lines.push([at + 1, line])
    const part = own / (children.length + 1)
    let end = start + part
    for (const child of children) end = add(child, at + 1, end) + part
    row.durations[at] = Math.round(end * 1e6) - Math.round(start * 1e6)
    return end
  }
  add(root, 0, 0)
  return row
}

/** What commands of a report are made of. */
export const COMMANDS: Pick<WhyReport, 'command' | 'times'> = {
  command: (words) => words.join(' '),
  times: [
    { from: '2026-01-02T03:00:00Z', to: '2026-01-02T03:01:00Z' },
    { from: '2026-01-02T03:01:00Z', to: '2026-01-02T03:02:00Z' },
  ],
}
