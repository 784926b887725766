/** Calls that do not reach a service, and statements that fail before a call. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { CALL, FAILED, type TraceRow } from '../tree.ts'

const OPERATIONS = [
  { service: 'shop', name: 'buy' },
  { service: 'shop', name: 'INSERT orders' },
  { service: 'shop', name: 'POST' },
  { service: 'payment', name: 'charge' },
]
const LINES = [{ text: 'Error: it failed', isError: true }]

/** A purchase: a statement, then a call of the payment service by a client span. */
function row(i: number, after: boolean, failing?: 'statement' | 'call'): TraceRow {
  const at = failing === 'statement' ? 2 : failing === 'call' ? 3 : 4
  const some = <T>(all: T[]) => all.slice(0, at)
  const failed = (span: number, base = 0) =>
    base + (failing && (span === at || span === 1) ? FAILED : 0)
  return {
    ...{ id: `${after}${i}`, after, ids: some([1, 2, 3, 4]), parents: some([0, 1, 1, 3]) },
    operations: some([0, 1, 2, 3]),
    starts: some([0, 1e6, 3e6, 4e6]),
    durations: some([9e6, 1e6, 5e6, 3e6]),
    flags: some([failed(1), failed(2, CALL), failed(3, CALL), 0]),
    lines: failing ? [[at, 0]] : [],
  }
}

test.each([
  ['call', 'unreachable: payment '],
  ['statement', 'errors begin here: shop INSERT orders'],
] as const)('a failing %s is %s', (failing, expected) => {
  const rows = [false, true].flatMap((after) =>
    Array.from({ length: 60 }, (_, i) => row(i, after, after && i % 3 === 0 ? failing : undefined)),
  )
  const [first, ...others] = analyse({ rows, operations: OPERATIONS, lines: LINES }).findings
  expect(`${first?.kind}: ${first?.service} ${first?.name}`).toBe(expected)
  expect(others.map(({ kind }) => kind)).not.toContain('unreachable')
})
