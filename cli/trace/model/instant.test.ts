/** Times to the nanosecond. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatInstant, moved, nanosBetween, parseInstant, unixNanos } from './instant.ts'

test('every nanosecond survives reading and writing', () => {
  const seconds = fc.integer({ min: -2_000_000_000, max: 9_000_000_000 })
  fc.assert(
    fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (seconds, nanos) => {
      const text = formatInstant({ seconds, nanos })
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
      expect(parseInstant(text)).toEqual({ seconds, nanos })
      expect(unixNanos({ seconds, nanos })).toBe(`${BigInt(seconds) * 10n ** 9n + BigInt(nanos)}`)
    }),
  )
})

test('a time plus the difference to another is the other time', () => {
  const length = fc.integer({ min: -9e15, max: 9e15 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), length, (nanos, ns) => {
      const from = { seconds: 1_700_000_000, nanos }
      expect(nanosBetween(from, moved(from, ns))).toBe(ns)
    }),
  )
})

test.each([
  ['2026-11-22T15:30:00Z', 0],
  ['2026-11-22T15:30:00.5Z', 500_000_000],
  ['2026-11-22 15:30:00.000000001', 1],
])('%s has %i ns', (text, nanos) => {
  expect(parseInstant(text)).toEqual({ seconds: 1_795_361_400, nanos })
})
