/** Heatmaps. */
import { expect, it } from 'vitest'
import type { Table } from '../../result.ts'
import { at, screen, visible } from '../fixture.ts'
import { textWidth } from '../text.ts'
import { renderHeatmap } from './heatmap.ts'

const columns: Table['columns'] = [
  { name: 'time', type: 'DateTime' },
  { name: 'duration', type: 'UInt64', unit: 'ns' },
  { name: 'requests', type: 'UInt64' },
]

/** A mode that wanders, and a few slow requests far from it; empty bins have no row. */
const latency: Table = {
  title: 'Latency',
  columns,
  rows: Array.from({ length: 60 }, (_, minute) =>
    Array.from({ length: 12 }, (_, bin) => {
      const mode = 200 * Math.exp(-((bin - 3 - Math.sin(minute / 9)) ** 2))
      const requests = Math.round(mode) + (bin === 10 && minute % 7 < 4 ? minute % 5 : 0)
      return { time: at(minute), duration: Math.round(1e6 * Math.SQRT2 ** bin), requests }
    }).filter(({ requests }) => requests > 0),
  ).flat(),
}

it('shades bins by count, and keeps a place for those between', () => {
  expect(renderHeatmap(latency, screen(80))).toMatchInlineSnapshot(`
    "Latency  2026-11-22 +01:00 · 1m buckets
      32 ms │ ··░    ·░░     ░ ···   ···░░    ░░ ·     ··░░   ·░░░    ░░ ··    ··░░░
            │
      16 ms │
            │
       8 ms │       ······░░░░░░░░░······
            │░░░▒▒▒▒▓▓▓▓▓▓▓██████▓▓▓▓▓▓▓▓▒▒▒░░░░····                       ····░░░▒▒
       4 ms │██████████████████████████████████▓▓▓▓▓▒▒▒▒░░░░░░░░░░░░░░▒▒▒▒▒▓▓▓▓▓████
            │███████████████████████████████████████████████████████████████████████
       2 ms │█▓▓▓▓▒▒▒▒▒░░░░░░░░░░░░░░▒▒▒▒▒▓▓▓▓▓█████████████████████████████████▓▓▓▓
            │░····                        ····░░░▒▒▒▒▓▓▓▓▓▓▓▓█████▓▓▓▓▓▓▓▓▒▒▒▒░░░···
       1 ms │                                        ······░░░░░░░░░······
            └┬───────────┬───────────┬───────────┬───────────┬───────────┬──────────
             13:00     13:10       13:20       13:30       13:40       13:50
    · 1–2  ░ 3–8  ▒ 9–24  ▓ 25–69  █ 70–200  requests"
  `)
})

it('grows with the screen', () => {
  expect(renderHeatmap(latency, screen(160))).toMatchInlineSnapshot(`
    "Latency  2026-11-22 +01:00 · 1m buckets
      32 ms │  ·····░░░       ···░░░░░          ░░   ·····       ·····░░░░░        ░░░░░   ··          ·····░░░       ···░░░░░          ░░   ·····       ·····░░░░░░
            │
      16 ms │
            │
       8 ms │               ············░░░░░░░░░░░░░░░░░░░░·············
            │░░░░░░░▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒░░░░░░░░········                                                  ·······░░░░░░░░▒▒▒
       4 ms │████████████████████████████████████████████████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓████████
            │███████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████
       2 ms │██▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓███████████████████████████████████████████████████████████████████████▓▓▓▓▓▓▓▓
            │░░··········                                                  ········░░░░░░░░▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓██████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒░░░░░░░······
       1 ms │                                                                                     ·············░░░░░░░░░░░░░░░░░░░░············
            └┬────────────┬────────────┬───────────┬────────────┬───────────┬────────────┬────────────┬───────────┬────────────┬───────────┬────────────┬───────────
             13:00      13:05        13:10       13:15        13:20       13:25        13:30        13:35       13:40        13:45       13:50        13:55
    · 1–2  ░ 3–8  ▒ 9–24  ▓ 25–69  █ 70–200  requests"
  `)
})

it('colours its shades', () => {
  const rows = [{ time: at(0), duration: 1e6, requests: 3 }]
  expect(visible(renderHeatmap({ ...latency, rows }, screen(80, 1)))).toMatchInlineSnapshot(`
    "␛1mLatency␛22m  ␛2m2026-11-22 +01:00␛22m
    ␛2m1 ms │␛22m␛36m██████␛39m
    ␛2m     └┬─────␛22m
    ␛2m      13:00␛22m
    ␛36m·␛39m ␛2m1␛22m  ␛36m▓␛39m ␛2m2␛22m  ␛36m█␛39m ␛2m3␛22m  ␛2mrequests␛22m"
  `)
})

it('merges more bins than fit, and loses no count', () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({
    time: at(i),
    duration: (i % 50) * 1e6,
    requests: i,
  }))
  expect(renderHeatmap({ ...latency, rows }, screen(80))).toMatchInlineSnapshot(`
    "Latency  2026-11-22 +01:00 · 1m buckets · 4 bins a row
    48 ms │                 ▓                 ▓▓                 █                 █
          │                ▓▓                ██                ██                ██
    40 ms │              ▓▓                ▓█                 █▓                ██
          │             ▓▒                ██                ▓█                ██
    32 ms │           ▒▓                ▓█▓                █▓                ██
          │          ▓▒                ▓▓                ▓█                ███
    24 ms │        ▒▓                 █▓                █▓                ██
          │       ▒▒                ▓▓                ▓█                 ██
    16 ms │     ▒▓                 █▓                ██                ██
          │    ▒▒                ▓▓                ▓█                 ██
     8 ms │  ░▒░                █▓                ██                ▓█
          │ ░▒                ▓█                ▓█▓                █▓
     0 ns │··                ▓▓                ██                ▓█
          └┬──────────┬──────────┬──────────┬──────────┬──────────┬──────────┬──────
           13:00    13:30      14:00      14:30      15:00      15:30      16:00
    · 1–3  ░ 4–12  ▒ 13–45  ▓ 46–164  █ 165–588  requests"
  `)
})

it('takes bins from zero below those that grow by a factor', () => {
  const rows = [0, 1e6, 2e6, 8e6].map((duration) => ({ time: at(0), duration, requests: 1 }))
  const labels = renderHeatmap({ ...latency, rows }, screen(80))
    .split('\n')
    .slice(1, 6)
  expect(labels.map((line) => line.trim())).toEqual([
    '8 ms │██████',
    '4 ms │',
    '2 ms │██████',
    '1 ms │██████',
    '0 ns │██████',
  ])
})

it('says in one line that there are no rows, and shows other columns as a table', () => {
  expect(renderHeatmap({ ...latency, rows: [] }, screen(80))).toBe('Latency  no rows')
  const two = { ...latency, columns: columns.slice(0, 2) }
  expect(renderHeatmap(two, screen(80))).toContain('───')
})

it.each([40, 80, 160])('is never wider than %d columns', (width) => {
  for (const line of renderHeatmap(latency, screen(width)).split('\n').slice(1)) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
  }
})
