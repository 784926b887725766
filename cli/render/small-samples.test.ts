/** Marks of percentiles from small samples. */
import { expect, it } from 'vitest'
import { at, plain, screen } from './fixture.ts'
import { renderHeatmap } from './panels/heatmap.ts'
import { renderTable } from './panels/table.ts'
import { renderTimeseries } from './panels/timeseries.ts'
import { fewSamples } from './small-samples.ts'

const quantiles = ['p50', 'p95', 'p99'].map((name) => ({
  name,
  type: 'Nullable(UInt64)',
  unit: 'ns' as const,
}))
const samples = { name: 'samples', type: 'UInt64' }
const row = (count: number) => ({ p50: 1e6, p95: 20e6, p99: 300e6, samples: count })

it.each([
  ['p50', 1, 1],
  ['p50', 2, undefined],
  ['p95', 19, 19],
  ['p95', 20, undefined],
  ['p99', 99, 99],
  ['p99', 100, undefined],
  ['p999', 999, 999],
  ['p999', 1000, undefined],
  ['p99.9', 999, 999],
  ['p95_caller', 19, 19],
  ['p95_caller', 20, undefined],
  ['calls_p99', 99, 99],
  ['calls_p99', 100, undefined],
  ['total', 1, undefined],
])('%s of %d spans is marked with %s', (name, count, mark) => {
  const column = { name, type: 'UInt64' }
  const result = { title: '', columns: [column, samples], rows: [], samples: 'samples' }
  expect(fewSamples(column, { [name]: 1, samples: count }, result)).toBe(mark)
})

it('marks percentiles of few spans in a table, in place of the column of their numbers', () => {
  const columns = [{ name: 'service', type: 'String' }, ...quantiles, samples]
  const rows = [
    { service: 'shop', ...row(5000) },
    { service: 'mail', ...row(24) },
    { service: 'cron', ...row(1) },
    { service: 'idle', p50: null, p95: null, p99: null, samples: 0 },
  ]
  const text = renderTable({ title: 'Services', columns, rows, samples: 'samples' }, screen(80))
  expect(text).toMatchInlineSnapshot(`
    "Services  (n): of n spans only
    service          p50          p95          p99
    ───────  ───────────  ───────────  ───────────
    shop         1.00 ms      20.0 ms       300 ms
    mail         1.00 ms      20.0 ms  (24) 300 ms
    cron     (1) 1.00 ms  (1) 20.0 ms   (1) 300 ms
    idle               –            –            –"
  `)
  const narrow = renderTable({ title: '', columns, rows, samples: 'samples' }, screen(43))
  expect(narrow).toContain('p99 (24) 300 ms')
})

it('shows the numbers of spans of a result without percentiles', () => {
  const columns = [{ name: 'service', type: 'String' }, samples]
  const rows = [{ service: 'shop', samples: 3 }]
  const text = renderTable({ title: '', columns, rows, samples: 'samples' }, screen(80))
  expect(text).toContain('samples')
})

it('marks percentiles of few spans in the legend of a chart, and draws no line of their numbers', () => {
  const columns = [{ name: 'time', type: 'DateTime' }, samples, ...quantiles]
  const rows = [150, 90, 150, 10].map((count, i) => ({
    time: at(i),
    ...row(count),
    p99: i === 1 ? 400e6 : 300e6,
  }))
  const text = renderTimeseries({ title: 'Latency', columns, rows, samples: 'samples' }, screen(60))
  expect(text).toMatchInlineSnapshot(`
    "Latency
    2026-11-22 +01:00 · 1m buckets · (n): of n spans only
    400 ms ┤      ╔═════╗
           │      ║     ║
    300 ms ┤══════╝     ╚═══════════
           │
    200 ms ┤
           │
    100 ms ┤
           │
      0 ns ┤──━━──━━──━━──━━──━━──━━
           └┬───────────┬───────────
            13:00     13:02
    ── p50  last      1.00 ms  max     1.00 ms
    ━━ p95  last (10) 20.0 ms  max     20.0 ms
    ══ p99  last  (10) 300 ms  max (90) 400 ms"
  `)
})

const rates = [
  { name: 'time', type: 'DateTime' },
  { name: 'rps', type: 'Nullable(Float64)', unit: 'reqps' as const },
  { name: 'covered', type: 'Float64', unit: 'percentunit' as const },
]

it('draws a bucket within a part of the window as incomplete, without its rate in the legend', () => {
  const rows = [20, 21, 20, 100].map((rps, i) => ({ time: at(i), rps, covered: i < 3 ? 1 : 0.2 }))
  const result = { title: 'Rates', columns: rates, rows, covered: 'covered' }
  expect(renderTimeseries(result, screen(60))).toMatchInlineSnapshot(`
    "Rates  2026-11-22 +01:00 · 1m buckets · ╌ incomplete
    25 req/s ┤                  ╭─────
             │                  │
    20 req/s ┤──────────────────╯
             │
    15 req/s ┤
             │
    10 req/s ┤
             │
     5 req/s ┤
             │
     0 req/s ┤
             └┬───────────┬─────╌╌╌╌╌╌
              13:00     13:02
    ── rps  last 20.0 req/s  max 21.0 req/s"
  `)
  const coloured = renderTimeseries(result, screen(60, 1))
  expect(coloured).toContain('\x1b[2m\x1b[36m')
  expect(plain(coloured)).toContain('max 21.0 req/s')
})

it('marks buckets that have not ended, without their rates in the legend', () => {
  const rows = [20, 21, 3, 0].map((rps, i) => ({ time: at(i), rps, covered: 1 }))
  const incomplete = () => [at(2), at(3)]
  const result = { title: 'Rates', columns: rates, rows, covered: 'covered', incomplete }
  const drawn = renderTimeseries(result, screen(60))
  expect(drawn).toContain('┬╌╌╌╌╌╌╌╌╌╌╌')
  expect(drawn).toContain('last 21.0 req/s  max 21.0 req/s')
})

it('marks incomplete buckets of a heatmap, those without a row too', () => {
  const columns = [
    { name: 'time', type: 'DateTime' },
    { name: 'duration', type: 'UInt64', unit: 'ns' as const },
    { name: 'spans', type: 'UInt64' },
  ]
  const rows = [0, 1, 2].map((i) => ({ time: at(i), duration: 1e6, spans: 4 }))
  const buckets = () => [0, 1, 2, 3].map((i) => at(i))
  const result = { title: 'Durations', columns, rows, buckets, incomplete: () => [at(0), at(3)] }
  expect(renderHeatmap(result, screen(60))).toMatchInlineSnapshot(`
    "Durations  2026-11-22 +01:00 · 1m buckets · ╌ incomplete
    1 ms │██████████████████
         └┬╌╌╌╌╌──────┬─────╌╌╌╌╌╌
          13:00     13:02
    · 1  ▒ 2  ▓ 3  █ 4  spans"
  `)
})

it('draws the buckets of a window within one bucket as usual', () => {
  const rows = [{ time: at(0), rps: 20, covered: 0.3 }]
  const text = renderTimeseries({ title: '', columns: rates, rows, covered: 'covered' }, screen(60))
  expect(text).toContain('last 20.0 req/s  max 20.0 req/s')
  expect(text).not.toContain('incomplete')
})
