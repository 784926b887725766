/** Bounds of a window as text. */
import { expect, it } from 'vitest'
import { clickhouseTime } from './window.ts'

const NOW = BigInt(Date.parse('2026-11-22T12:00:00Z')) * 1_000_000n + 123_456_789n

it('keeps nine digits for ClickHouse, also before 1970', () => {
  expect(clickhouseTime(NOW)).toBe('2026-11-22 12:00:00.123456789')
  expect(clickhouseTime(-1n)).toBe('1969-12-31 23:59:59.999999999')
})
