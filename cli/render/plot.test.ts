/** Lines of a chart, drawn with characters. */
import { expect, it, test } from 'vitest'
import { formatRound, type Unit } from '../units/units.ts'
import { axisFor } from './plot.ts'

test.each<[number[], Unit, string]>([
  [[44], 'reqps', '50 req/s, 40 req/s, 30 req/s, 20 req/s, 10 req/s, 0 req/s'],
  [[6.25], 'reqps', '7.5 req/s, 5 req/s, 2.5 req/s, 0 req/s'],
  [[602e6], 'ns', '750 ms, 500 ms, 250 ms, 0 ns'],
  [[0.3], 'reqps', '0.3 req/s, 0.2 req/s, 0.1 req/s, 0 req/s'],
  [[1], 'short', '1, 0'],
  [[2], 'short', '2, 1, 0'],
  [[7], 'short', '8, 6, 4, 2, 0'],
  [[1], 'percentunit', '100%, 80%, 60%, 40%, 20%, 0%'],
  [[8e6], 'bytes', '8 MiB, 6 MiB, 4 MiB, 2 MiB, 0 B'],
  [[100e9], 'ns', '2m, 1m 30s, 1m, 30 s, 0 ns'],
  [[5000], 's', '1h 30m, 1h, 30m, 0 s'],
  [[10, -10], 'short', '10, 5, 0, -5, -10'],
  [[-3.5], 'short', '0, -1, -2, -3, -4'],
  [[1.5, -0.001], 'short', '1.5, 1, 0.5, 0, -0.5'],
])('an axis for %j in %s has the labels %s', (values, unit, labels) => {
  const { ticks } = axisFor(values, 8, unit)
  expect(ticks.map((tick) => formatRound(tick, unit)).join(', ')).toBe(labels)
})

it('leaves no more than a quarter of the plot empty, and nothing above it', () => {
  for (let high = 1e-6; high < 1e6; high *= 1.07) {
    const { min, max, rows, ticks } = axisFor([high], 8, 'reqps')
    expect(min).toBe(0)
    expect(max).toBeGreaterThanOrEqual(high)
    expect(high / max).toBeGreaterThan(0.74)
    expect(rows % (ticks.length - 1)).toBe(0)
    expect(rows).toBeGreaterThanOrEqual(8)
  }
})
