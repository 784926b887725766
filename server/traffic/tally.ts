/** Counts of the shop's responses, to check every figure about the traffic. */
import type { Errand } from './errands.ts'

/** The outcome of one request: a status code, a timeout or a failed connection. */
export type Outcome = number | 'timeout' | 'failure'

/** All requests and responses. Times are ISO-8601 in UTC. Lists are sorted, largest first. */
export interface TrafficSummary {
  seed: number
  /** When the first request was sent and the last one answered or timed out. */
  started: string
  ended: string
  /** Requests sent: the sum of `answered`, `timeouts` and `failures`. */
  requests: number
  answered: number
  /** Not answered in time. The shop may have processed them all the same. */
  timeouts: number
  /** The connection failed. */
  failures: number
  /** Answers by status code. */
  statuses: Record<string, number>
  operations: { method: string; route: string; status: number; requests: number }[]
  /** Purchases answered 200, and their units. */
  purchases: number
  units: number
  products: { productId: string; purchases: number; units: number }[]
  users: { userId: string; purchases: number; units: number }[]
  /** Requests answered 401, in total and by the user id they sent. */
  authFailures: number
  authFailureUsers: { userId: string; requests: number }[]
}

export function createTally(seed: number) {
  const started = new Date()
  let timeouts = 0
  let failures = 0
  const statuses = new Map<number, number>()
  const operations = new Map<string, TrafficSummary['operations'][number]>()
  const products = new Map<string, { purchases: number; units: number }>()
  const users = new Map<string, { purchases: number; units: number }>()
  const refused = new Map<string, number>()

  function add({ method, route, user, productId, quantity }: Errand, outcome: Outcome): void {
    if (outcome === 'timeout') timeouts++
    if (outcome === 'failure') failures++
    if (typeof outcome === 'string') return
    const status = outcome
    count(statuses, status)
    const operation = `${method} ${route} ${status}`
    const requests = (operations.get(operation)?.requests ?? 0) + 1
    operations.set(operation, { method, route, status, requests })
    if (!user || !productId || !quantity) return
    if (status === 401) count(refused, user.id)
    if (status !== 200) return
    buy(products, productId, quantity)
    buy(users, user.id, quantity)
  }

  function summary(): TrafficSummary {
    const answered = sum(statuses.values())
    const bought = [...products].map(([productId, sold]) => ({ productId, ...sold }))
    return {
      seed,
      started: started.toISOString(),
      ended: new Date().toISOString(),
      requests: answered + timeouts + failures,
      answered,
      timeouts,
      failures,
      statuses: Object.fromEntries(statuses),
      operations: largestFirst([...operations.values()], 'requests'),
      purchases: sum(bought.map(({ purchases }) => purchases)),
      units: sum(bought.map(({ units }) => units)),
      products: largestFirst(bought, 'units'),
      users: largestFirst(
        [...users].map(([userId, sold]) => ({ userId, ...sold })),
        'units',
      ),
      authFailures: sum(refused.values()),
      authFailureUsers: largestFirst(
        [...refused].map(([userId, requests]) => ({ userId, requests })),
        'requests',
      ),
    }
  }

  return { add, summary }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function buy(sold: Map<string, { purchases: number; units: number }>, key: string, units: number) {
  const before = sold.get(key) ?? { purchases: 0, units: 0 }
  sold.set(key, { purchases: before.purchases + 1, units: before.units + units })
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0)
}

function largestFirst<Key extends string, Row extends Record<Key, number>>(rows: Row[], by: Key) {
  return rows.sort((a, b) => b[by] - a[by])
}
