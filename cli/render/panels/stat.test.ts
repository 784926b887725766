/** Single figures. */
import { expect, it } from 'vitest'
import type { Table } from '../../result.ts'
import { at, screen, visible } from '../fixture.ts'
import { renderStat } from './stat.ts'

const columns: Table['columns'] = [
  { name: 'rps', type: 'Float64', unit: 'reqps' },
  { name: 'p95', type: 'Float64', unit: 'ns' },
  { name: 'error_share', type: 'Float64', unit: 'percentunit' },
  { name: 'oldest', type: "DateTime64(9, 'UTC')" },
]
const rows = [{ rps: 12.345, p95: 45e6, error_share: 0.02, oldest: at(0) }]

it('shows each figure above its name', () => {
  expect(renderStat({ title: 'Last hour', columns, rows }, screen(80))).toMatchInlineSnapshot(`
    "Last hour  2026-11-22 +01:00
    12.3 req/s    45.0 ms    2.00%          13:00:00
    rps           p95        error_share    oldest"
  `)
})

it('makes figures bold and failures red', () => {
  expect(visible(renderStat({ title: '', columns, rows }, screen(80, 1)))).toMatchInlineSnapshot(`
    "␛2m2026-11-22 +01:00␛22m
    ␛1m12.3 req/s␛22m    ␛1m45.0 ms␛22m    ␛31m2.00%␛39m          ␛1m13:00:00␛22m
    ␛2mrps␛22m           ␛2mp95␛22m        ␛2merror_share␛22m    ␛2moldest␛22m"
  `)
})

it('names figures by the texts of their row, and wraps between figures', () => {
  const services = ['shop', '日本語', 'payments', 'cart'].map((service, i) => ({
    service,
    rps: 12.3 * i,
    p95: i * 1e6,
  }))
  const result = {
    title: 'By service',
    columns: [{ name: 'service', type: 'String' }, ...columns.slice(0, 2)],
    rows: services,
  }
  expect(renderStat(result, screen(80))).toMatchInlineSnapshot(`
    "By service
    0 req/s     0 ns        12.3 req/s    1.00 ms       24.6 req/s      2.00 ms
    shop rps    shop p95    日本語 rps    日本語 p95    payments rps    payments p95
    36.9 req/s    3.00 ms
    cart rps      cart p95"
  `)
})

it('says in one line that there are no rows', () => {
  expect(renderStat({ title: 'Last hour', columns, rows: [] }, screen(80))).toBe(
    'Last hour  no rows',
  )
})
