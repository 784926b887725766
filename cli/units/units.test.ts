/** Units: parsing, formatting, and both in turn. */
import { describe, expect, it, test } from 'vitest'
import { parseQuantile, parseUnit } from './parse.ts'
import { formatRound, formatUnit, type Unit, units } from './units.ts'

test.each<[number | bigint, Unit, string]>([
  [0, 'ns', '0 ns'],
  [1, 'ns', '1 ns'],
  [420, 'ns', '420 ns'],
  [999, 'ns', '999 ns'],
  [5.5, 'ns', '5.50 ns'],
  [1000, 'ns', '1.00 µs'],
  [999_949, 'ns', '1.00 ms'],
  [12_345, 'ns', '12.3 µs'],
  [1_234_567, 'ns', '1.23 ms'],
  [1_234_567n, 'ns', '1.23 ms'],
  [123_456_789, 'ns', '123 ms'],
  [999_700_000, 'ns', '1.00 s'],
  [12_300_000_000, 'ns', '12.3 s'],
  [59_940_000_000, 'ns', '59.9 s'],
  [59_960_000_000, 'ns', '1m 00s'],
  [125_000_000_000, 'ns', '2m 05s'],
  [3_599_700_000_000, 'ns', '1h 00m'],
  [5_400_000_000_000, 'ns', '1h 30m'],
  [86_399_000_000_000, 'ns', '1d 00h'],
  [273_600_000_000_000n, 'ns', '3d 04h'],
  [18_446_744_073_709_551_615n, 'ns', '213504d 00h'],
  [-1_500_000, 'ns', '-1.50 ms'],
  [0, 'ms', '0 ms'],
  [0.25, 'ms', '250 µs'],
  [1500, 'ms', '1.50 s'],
  [90, 's', '1m 30s'],
  [0.000_000_4, 's', '400 ns'],
  [0, 'bytes', '0 B'],
  [512, 'bytes', '512 B'],
  [1023, 'bytes', '1023 B'],
  [1024, 'bytes', '1.00 KiB'],
  [1_048_570, 'bytes', '1.00 MiB'],
  [1_572_864, 'bytes', '1.50 MiB'],
  [5_000_000_000_000_000, 'bytes', '4547 TiB'],
  [0, 'short', '0'],
  [7, 'short', '7'],
  [999, 'short', '999'],
  [0.123456, 'short', '0.123'],
  [12_345, 'short', '12.3 K'],
  [999_999, 'short', '1.00 M'],
  [2_500_000_000n, 'short', '2.50 B'],
  [0, 'reqps', '0 req/s'],
  [12.345, 'reqps', '12.3 req/s'],
  [0.0123, 'reqps', '0.0123 req/s'],
  [12_345, 'reqps', '12.3K req/s'],
  [0, 'percentunit', '0%'],
  [0.123, 'percentunit', '12.3%'],
  [0.00012, 'percentunit', '0.0120%'],
  [0.9999, 'percentunit', '99.99%'],
  [0.99996, 'percentunit', '99.996%'],
  [1, 'percentunit', '100%'],
  [12, 'percentunit', '1200%'],
  [12.3456789, 'none', '12.3456789'],
  [9_007_199_254_740_993n, 'none', '9007199254740993'],
  [Number.NaN, 'ns', '–'],
  [Number.POSITIVE_INFINITY, 'reqps', '∞'],
  [Number.NEGATIVE_INFINITY, 'reqps', '-∞'],
])('%s in %s is shown as %s', (value, unit, text) => {
  expect(formatUnit(value, unit)).toBe(text)
})

test.each<[number, Unit, string]>([
  [0, 'reqps', '0 req/s'],
  [250, 'ms', '250 ms'],
  [1500, 'ms', '1.5 s'],
  [1e9, 'ns', '1 s'],
  [100e9, 'ns', '1m 40s'],
  [60, 's', '1m'],
  [7200, 's', '2h'],
  [86_400 * 10, 's', '10d'],
  [100, 'reqps', '100 req/s'],
  [0.105, 'reqps', '0.105 req/s'],
  [20_000, 'short', '20 K'],
  [1024, 'bytes', '1 KiB'],
  [0.25, 'percentunit', '25%'],
  [0.005, 'percentunit', '0.5%'],
])('%d in %s, being round, is shown as %s', (value, unit, text) => {
  expect(formatRound(value, unit)).toBe(text)
})

test.each<[string, Unit, number]>([
  ['100ms', 'ns', 100_000_000],
  ['1.5s', 'ns', 1_500_000_000],
  ['.5s', 'ns', 500_000_000],
  ['0.3ms', 'ns', 300_000],
  ['0.1us', 'ns', 100],
  ['1.1µs', 'ns', 1100],
  ['1.1μs', 'ns', 1100],
  ['2m', 'ns', 120_000_000_000],
  ['2min', 'ns', 120_000_000_000],
  ['100msec', 'ns', 100_000_000],
  ['1 hr 30 mins 5 secs', 'ns', 5_405_000_000_000],
  ['1h30m', 'ns', 5_400_000_000_000],
  ['1h 30m', 'ns', 5_400_000_000_000],
  ['2m 05s', 'ns', 125_000_000_000],
  [' 100 ms ', 'ns', 100_000_000],
  ['1w', 'ns', 604_800_000_000_000],
  ['1000d', 'ns', 86_400_000_000_000_000],
  ['0', 'ns', 0],
  ['9007199254740991ns', 'ns', Number.MAX_SAFE_INTEGER],
  ['1.0ns', 'ns', 1],
  ['100ms', 'ms', 100],
  ['1.5', 'ms', 1.5],
  ['100us', 'ms', 0.1],
  ['2m', 's', 120],
  ['250ms', 's', 0.25],
  ['5', 'bytes', 5],
  ['5B', 'bytes', 5],
  ['5MB', 'bytes', 5_000_000],
  ['5mb', 'bytes', 5_000_000],
  ['5MiB', 'bytes', 5_242_880],
  ['1.1 KiB', 'bytes', 1126],
  ['1.5kB', 'bytes', 1500],
  ['10%', 'percentunit', 0.1],
  ['99.9%', 'percentunit', 0.999],
  ['0.1', 'percentunit', 0.1],
  ['1', 'percentunit', 1],
  ['29%', 'percentunit', 0.29],
  ['1000', 'short', 1000],
  ['-5', 'short', -5],
  ['12.3K', 'short', 12_300],
  ['5m', 'short', 5_000_000],
  ['0.25', 'none', 0.25],
  ['-1', 'none', -1],
  ['100', 'reqps', 100],
  ['12.5 req/s', 'reqps', 12.5],
  ['12.5/s', 'reqps', 12.5],
])('%j typed for %s is %d', (text, unit, value) => {
  expect(parseUnit(text, unit)).toBe(value)
})

test.each<[string, Unit]>([
  ['', 'ns'],
  [' ', 'ns'],
  ['ms', 'ns'],
  ['abc', 'ns'],
  ['100 parsecs', 'ns'],
  ['100MS', 'ns'],
  ['5M', 'ns'],
  ['-5ms', 'ns'],
  ['--5', 'short'],
  ['-', 'short'],
  ['1.2.3s', 'ns'],
  ['1,5s', 'ns'],
  ['1..5s', 'ns'],
  ['1e3', 'ns'],
  ['0x10', 'ns'],
  ['Infinity', 'ns'],
  ['NaN', 'none'],
  ['1.5ns', 'ns'],
  ['1.5', 'ns'],
  ['500', 'ns'],
  ['30m1h', 'ns'],
  ['1h1h', 'ns'],
  ['1h30', 'ns'],
  ['5 10%', 'percentunit'],
  ['9007199254740993', 'ns'],
  ['1234567890123456789012', 'ns'],
  ['5constructor', 'ns'],
  ['5toString', 'bytes'],
  ['1.5B', 'bytes'],
  ['5Mb/s', 'bytes'],
  ['5ms', 'bytes'],
  ['5MB', 'ns'],
  ['10%', 'short'],
  ['10 %%', 'percentunit'],
  ['10ms; DROP', 'ns'],
])('%j makes no sense for %s', (text, unit) => {
  expect(parseUnit(text, unit)).toBeUndefined()
})

describe.each(Object.keys(units) as Unit[])('%s', (unit) => {
  it('accepts its own example', () => {
    expect(parseUnit(units[unit].example, unit)).toBeGreaterThan(0)
  })

  const shown = unit === 'percentunit' ? [0, 0.001, 0.5, 1] : [0, 1, 999, 1_234_567]
  it.each(shown)('reads back what it shows for %d, to three digits', (value) => {
    const text = formatUnit(value, unit).replace(/[KM] req/, ' req')
    const scale = /[KM] req/.exec(formatUnit(value, unit))?.[0][0]
    const factor = scale === 'K' ? 1e3 : scale === 'M' ? 1e6 : 1
    const back = parseUnit(text, unit)! * factor
    expect(Math.abs(back - value)).toBeLessThanOrEqual(value * 0.005)
  })
})

test.each([
  ['p95', 0.95],
  ['P99.9', 0.999],
  ['p(50)', 0.5],
  ['median', 0.5],
  ['p0', Number.NaN],
  ['p100', Number.NaN],
  ['px', undefined],
  ['300ms', undefined],
])('%s as a quantile', (word, quantile) => {
  expect(parseQuantile(word)).toBe(quantile)
})
