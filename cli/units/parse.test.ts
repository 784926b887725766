/** Typed numbers with units, and their limits. */
import { expect, it } from 'vitest'
import { readCount, readSeconds, readSize } from './parse.ts'

it('reads seconds of a duration', () => {
  expect(readSeconds('--timeout', '1m30s')).toBe(90)
  expect(readSeconds('--timeout', '250ms')).toBe(0.25)
  expect(() => readSeconds('--timeout', '0')).toThrow("--timeout '0' is not longer than 0")
})

it('counts rows up to what LIMIT takes with one more', () => {
  expect(readCount('--limit', '4294967294', 20)).toBe(4_294_967_294)
  expect(() => readCount('--limit', '4294967295', 20)).toThrow('--limit')
  expect(() => readCount('--limit', '0', 20)).toThrow('--limit')
})

it('reads bytes of a size that has a unit', () => {
  expect([readSize('--memory', '500MB'), readSize('--memory', '1GiB')]).toEqual([5e8, 2 ** 30])
  expect(() => readSize('--memory', '5')).toThrow("--memory '5' is not a size")
})
