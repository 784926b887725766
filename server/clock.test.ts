/** Timestamps in nanoseconds. */
import { afterEach, expect, test, vi } from 'vitest'
import { now } from './clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('each reading is later than the one before', () => {
  const times = Array.from({ length: 1000 }, now).map(
    ([seconds, nanoseconds]) => BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
  )
  for (let i = 1; i < times.length; i++) expect(times[i]! > times[i - 1]!).toBe(true)
})

test('follows the wall clock when it is set', () => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1), toFake: ['Date'] })
  expect(now()[0]).toBe(Date.UTC(2030, 0, 1) / 1000)
  vi.setSystemTime(Date.UTC(2029, 0, 1))
  expect(now()[0]).toBe(Date.UTC(2029, 0, 1) / 1000)
})
