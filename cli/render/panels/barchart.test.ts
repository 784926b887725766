/** Bar charts. */
import { expect, it } from 'vitest'
import type { Table } from '../../result.ts'
import { screen, visible } from '../fixture.ts'
import { textWidth } from '../text.ts'
import { renderBarchart } from './barchart.ts'

const baskets: Table = {
  title: 'Customers by units bought',
  columns: [
    { name: 'basket', type: 'String' },
    { name: 'customers', type: 'Nullable(UInt64)' },
    { name: 'share', type: 'Nullable(Float64)', unit: 'percentunit' },
  ],
  rows: [
    { basket: '1–5', customers: 120, share: 0.6 },
    { basket: '6–10', customers: 31, share: 0.155 },
    { basket: '11–20', customers: 1, share: 0.005 },
    { basket: '21 and more', customers: 0, share: 0 },
    { basket: '日本語 🫠', customers: 64, share: 0.32 },
    { basket: 'unknown', customers: null, share: null },
  ],
}

it('draws a bar for every value above zero, to an eighth of a column', () => {
  expect(renderBarchart(baskets, screen(80))).toMatchInlineSnapshot(`
    "Customers by units bought
    basket       customers   share
    ───────────  ─────────  ──────  ────────────────────────────────────────────────
    1–5                120   60.0%  ████████████████████████████████████████████████
    6–10                31   15.5%  ████████████▍
    11–20                1  0.500%  ▍
    21 and more          0      0%
    日本語 🫠           64   32.0%  █████████████████████████▋
    unknown              –       –"
  `)
})

it('does not stretch over the widest screens', () => {
  expect(renderBarchart(baskets, screen(160))).toMatchInlineSnapshot(`
    "Customers by units bought
    basket       customers   share
    ───────────  ─────────  ──────  ────────────────────────────────────────────────────────────
    1–5                120   60.0%  ████████████████████████████████████████████████████████████
    6–10                31   15.5%  ███████████████▌
    11–20                1  0.500%  ▌
    21 and more          0      0%
    日本語 🫠           64   32.0%  ████████████████████████████████
    unknown              –       –"
  `)
})

it('colours bars', () => {
  const rows = baskets.rows.slice(0, 1)
  expect(visible(renderBarchart({ ...baskets, rows }, screen(80, 1)))).toMatchInlineSnapshot(`
    "␛1mCustomers by units bought␛22m
    ␛1mbasket␛22m  ␛1mcustomers␛22m  ␛1mshare␛22m
    ␛2m──────␛22m  ␛2m─────────␛22m  ␛2m─────␛22m  ␛2m──────────────────────────────────────────────────────␛22m
    1–5           120  60.0%  ␛36m██████████████████████████████████████████████████████␛39m"
  `)
})

it('has no bars where all is zero', () => {
  const rows = [{ basket: 'none', customers: 0, share: 0 }]
  expect(renderBarchart({ ...baskets, rows }, screen(80))).not.toContain('█')
})

it('says in one line that there are no rows', () => {
  expect(renderBarchart({ ...baskets, rows: [] }, screen(80))).toBe(
    'Customers by units bought  no rows',
  )
})

it.each([30, 40, 80, 160])('is never wider than %d columns', (width) => {
  for (const line of renderBarchart(baskets, screen(width)).split('\n').slice(1)) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
  }
})
