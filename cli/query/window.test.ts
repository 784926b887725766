/** Bounds of a window as text. */
import { expect, it } from 'vitest'
import { clickhouseTime, incompleteStarts } from './window.ts'

const NOW = BigInt(Date.parse('2026-11-22T12:00:00Z')) * 1_000_000n + 123_456_789n

it('keeps nine digits for ClickHouse, also before 1970', () => {
  expect(clickhouseTime(NOW)).toBe('2026-11-22 12:00:00.123456789')
  expect(clickhouseTime(-1n)).toBe('1969-12-31 23:59:59.999999999')
})

it('finds the buckets that a window covers in part, and those that have not ended', () => {
  const minute = 60_000_000_000n
  const start = NOW - (NOW % minute)
  const window = { from: start - 3n * minute - 1n, to: start + 2n * minute, bucket: 60 }
  const clocks = (to: bigint, now: bigint) =>
    incompleteStarts({ ...window, to }, now).map((time) => time.slice(11, 16))
  const later = NOW + 5_000_000_000n
  expect(clocks(NOW, later)).toEqual(['11:56', '12:00'])
  expect(clocks(start, later)).toEqual(['11:56'])
  expect(clocks(window.to, later)).toEqual(['11:56', '12:00', '12:01'])
})

it('finds the buckets whose spans an SDK may not have sent yet', () => {
  const start = NOW - (NOW % 1_000_000_000n)
  const last = (seconds: bigint) => {
    const window = { from: start - seconds * 1_000_000_000n, to: start, bucket: 1 }
    return incompleteStarts(window, start).length
  }
  expect([600n, 60n, 20n, 5n].map(last)).toEqual([5, 5, 2, 1])
})
