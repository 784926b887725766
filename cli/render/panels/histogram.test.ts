/** Histograms: bars, quantiles, errors, series and widths. */
import { expect, it } from 'vitest'
import type { Row, Table } from '../../result.ts'
import { plain, screen, visible } from '../fixture.ts'
import { textWidth } from '../text.ts'
import { renderHistogram } from './histogram.ts'

const columns: Table['columns'] = [
  { name: 'series', type: 'String' },
  { name: 'duration', type: 'UInt64', unit: 'ns' },
  { name: 'up_to', type: 'UInt64', unit: 'ns' },
  { name: 'spans', type: 'UInt64' },
  { name: 'errors', type: 'UInt64' },
  { name: 'share', type: 'Float64', unit: 'percentunit' },
  ...['p50', 'p95', 'p99'].map((name) => ({ name, type: 'Nullable(UInt64)', unit: 'ns' as const })),
  { name: 'samples', type: 'UInt64' },
]

/** Bins of a fifth of a decade from 1 ms. */
function bins(series: string, counts: [spans: number, errors?: number][], marks: Row[]): Row[] {
  const total = counts.reduce((sum, [spans]) => sum + spans, 0)
  return counts.map(([spans, errors = 0], i) => ({
    series,
    duration: Math.ceil(1e6 * 10 ** (i / 5)),
    up_to: Math.ceil(1e6 * 10 ** ((i + 1) / 5)),
    spans,
    errors,
    share: spans / total,
    ...{ p50: null, p95: null, p99: null },
    ...marks[i],
    samples: total,
  }))
}

/** Most requests at 5 ms, and 21 of 439 that waited for a slow disk. */
const slowDisk: Table = {
  title: 'Distribution of durations',
  columns,
  rows: bins(
    '',
    [[1], [21], [103, 4], [199], [92], [2], [0], [0], [0], [0], [17], [4, 4]],
    [{}, {}, {}, { p50: 4_980_000 }, {}, {}, {}, {}, {}, {}, { p95: 152e6, p99: 154e6 }],
  ),
  samples: 'samples',
}

it('shows both humps of a distribution, its quantiles and its errors', () => {
  expect(renderHistogram(slowDisk, screen(80))).toMatchInlineSnapshot(`
    "Distribution of durations  439 spans · ▒ errors
    1.00 ms │▏                                     1  0.23%
    1.58 ms │███▋                                 21   4.8%
    2.51 ms │█████████████████▒                  103    23%
    3.98 ms │██████████████████████████████████  199    45% ◂ p50 4.98 ms
    6.31 ms │███████████████▊                     92    21%
    10.0 ms │▍                                     2  0.46%
    15.8 ms │
    25.1 ms │
    39.8 ms │
    63.1 ms │
     100 ms │██▉                                  17   3.9% ◂ p95 152 ms  p99 154 ms
     158 ms │▒                                     4  0.91%"
  `)
  expect(renderHistogram(slowDisk, screen(160))).toMatchInlineSnapshot(`
    "Distribution of durations  439 spans · ▒ errors
    1.00 ms │▍                                                                                   1  0.23%
    1.58 ms │████████▌                                                                          21   4.8%
    2.51 ms │████████████████████████████████████████▒▒                                        103    23%
    3.98 ms │████████████████████████████████████████████████████████████████████████████████  199    45% ◂ p50 4.98 ms
    6.31 ms │█████████████████████████████████████                                              92    21%
    10.0 ms │▊                                                                                   2  0.46%
    15.8 ms │
    25.1 ms │
    39.8 ms │
    63.1 ms │
     100 ms │██████▉                                                                            17   3.9% ◂ p95 152 ms  p99 154 ms
     158 ms │▒▒                                                                                  4  0.91%"
  `)
})

it('is the same in colour, with errors in red', () => {
  const coloured = renderHistogram(slowDisk, screen(80, 1))
  expect(plain(coloured)).toBe(renderHistogram(slowDisk, screen(80)))
  expect(visible(coloured).split('\n')[3]).toMatchInlineSnapshot(
    `"␛2m2.51 ms │␛22m␛36m█████████████████␛39m␛31m▒␛39m                  103    23%"`,
  )
})

it('draws one histogram for each series, and marks quantiles of few spans', () => {
  const rows = [
    ...bins('GET', [[3], [12, 1], [5]], [{}, { p50: 2e6 }, { p95: 3e6, p99: 3.9e6 }]),
    ...bins('POST', [[1, 1]], [{ p50: 1.2e6, p95: 1.2e6, p99: 1.2e6 }]),
  ]
  expect(renderHistogram({ ...slowDisk, rows }, screen(60))).toMatchInlineSnapshot(`
    "Distribution of durations  ▒ errors · (n): of n spans only

    GET  20 spans
    1.00 ms │██▌          3   15%
    1.58 ms │█████████▒  12   60% ◂ p50 2.00 ms
    2.51 ms │████▏        5   25% ◂ p95 3.00 ms  p99 (20) 3.90 …

    POST  1 span
    1.00 ms │▒▒▒▒▒▒▒▒▒▒   1  100% ◂ p50 (1) 1.20 ms  p95 (1) 1.…"
  `)
})

it('fits any screen from 40 columns', () => {
  for (const width of [40, 60, 80, 120, 200]) {
    const lines = renderHistogram(slowDisk, screen(width)).split('\n')
    expect(Math.max(...lines.map((line) => textWidth(line)))).toBeLessThanOrEqual(width)
  }
})

it('shows a result of other columns as a table, and none as a sentence', () => {
  const [name, duration] = columns
  const table = { title: '', columns: [name!, duration!], rows: [{ series: 'a', duration: 5 }] }
  expect(renderHistogram(table, screen(40))).toContain('──')
  expect(renderHistogram({ ...slowDisk, rows: [] }, screen(80))).toBe(
    'Distribution of durations  no rows',
  )
})
