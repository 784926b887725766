/**
 * Charts over time.
 *
 * One file: the drawn charts are its length.
 */
import { describe, expect, it, test } from 'vitest'
import type { Column, Table } from '../../result.ts'
import { at, plain, screen, visible } from '../fixture.ts'
import { textWidth } from '../text.ts'
import { renderTimeseries } from './timeseries.ts'

const time: Column = { name: 'time', type: "DateTime64(9, 'UTC')" }
const rps: Column = { name: 'rps', type: 'Float64', unit: 'reqps' }

const latency: Table = {
  title: 'Latency',
  columns: [
    time,
    ...['p50', 'p95', 'p99'].map(
      (name): Column => ({ name, type: 'Nullable(Float64)', unit: 'ns' }),
    ),
  ],
  rows: Array.from({ length: 60 }, (_, i) =>
    (i > 20 && i < 26) || i === 50 || i === 52
      ? { time: at(i), p50: null, p95: null, p99: null }
      : {
          time: at(i),
          p50: 1e6 + Math.sin(i / 5) * 3e5,
          p95: 14e6 + Math.sin(i / 3) * 4e6,
          p99: i === 40 ? 4e7 : 24e6 + Math.cos(i) * 2e6,
        },
  ),
}

const byStatus: Table = {
  title: 'Requests per second',
  columns: [time, { name: 'http_status', type: 'String' }, rps],
  rows: Array.from({ length: 60 }, (_, i) =>
    ['200', '201', '404', '500', '503', '401', '302', '304', '418'].flatMap((status, k) =>
      status === '500' && i % 17 !== 0
        ? []
        : [{ time: at(i), http_status: status, rps: (12 + Math.sin(i / 4 + k) * 3) / (k + 1) }],
    ),
  ).flat(),
}

const one = (rows: Table['rows'], column = rps): Table => ({
  title: 'One',
  columns: [time, column],
  rows,
})

describe('lines', () => {
  it('leave gaps where there is nothing, and differ without colour', () => {
    expect(renderTimeseries(latency, screen(80))).toMatchInlineSnapshot(`
      "Latency  2026-11-22 +01:00 · 1m buckets
      40 ms ┤                                                ╔╗
            │                                                ║║
      30 ms ┤                                                ║║
            │═══╗╔═════╗  ╔════╗ ╔════      ═══╗╔═════╗ ╔════╝║ ╔═════╗╔═  ═   ╔════╗
      20 ms ┤   ╚┏━━━┓ ╚══╝    ╚═╝             ╚╝     ╚═╝     ┏═━━┓   ╚╝     ══╝    ╚═
            │━━━━┛   ┗━━━━┓       ┏━━━      ━━━━━┓        ┏━━━┛   ┗━━━━━┓        ┏━━━━
      10 ms ┤             ┗━━━━━━━┛              ┗━━━━━━━━┛             ┗  ━ ━━━━┛
            │
       0 ns ┤─────────────────────────      ─────────────────────────────  ─ ─────────
            └┬────────────┬───────────┬───────────┬───────────┬───────────┬───────────
             13:00      13:10       13:20       13:30       13:40       13:50
      ── p50  last  792 µs  max 1.30 ms
      ━━ p95  last 16.9 ms  max 18.0 ms
      ══ p99  last 22.5 ms  max 40.0 ms"
    `)
  })

  it('grow with the screen', () => {
    expect(renderTimeseries(latency, screen(160))).toMatchInlineSnapshot(`
      "Latency  2026-11-22 +01:00 · 1m buckets
      40 ms ┤                                                                                                      ╔═╗
            │                                                                                                      ║ ║
            │                                                                                                      ║ ║
      30 ms ┤                                                                                                      ║ ║
            │═════╗         ╔════╗         ╔════╗         ╔═════╗              ══╗          ╔════╗         ╔════╗  ║ ║    ╔═══════╗            ══          ╔════╗
            │     ╚═════════╝    ╚═════════╝    ╚═════════╝     ╚═               ╚══════════╝    ╚═════════╝    ╚══╝ ╚════╝       ╚═════════        ═══════╝    ╚═════
      20 ms ┤
            │  ┏━━━━━━━━━━━━━━━━━━━┓                            ┏━             ━━━━━┓                           ┏━━━━━━━━━━━━━━━━━━━┓                           ┏━━━━━
            │━━┛                   ┗━━━━━━━┓            ┏━━━━━━━┛                   ┗━━━━━━━┓           ┏━━━━━━━┛                   ┗━━━━┓               ┏━━━━━━┛
      10 ms ┤                              ┗━━━━━━━━━━━━┛                                   ┗━━━━━━━━━━━┛                                ┗━━   ━━   ━━━━━┛
            │
            │
       0 ns ┤─────────────────────────────────────────────────────             ─────────────────────────────────────────────────────────────   ──   ──────────────────
            └┬────────────┬────────────┬────────────┬───────────┬────────────┬────────────┬────────────┬───────────┬────────────┬────────────┬────────────┬───────────
             13:00      13:05        13:10        13:15       13:20        13:25        13:30        13:35       13:40        13:45        13:50        13:55
      ── p50  last  792 µs  max 1.30 ms
      ━━ p95  last 16.9 ms  max 18.0 ms
      ══ p99  last 22.5 ms  max 40.0 ms"
    `)
  })

  it('differ by colour where there is some', () => {
    expect(visible(renderTimeseries(latency, screen(80, 1)))).toMatchInlineSnapshot(`
      "␛1mLatency␛22m  ␛2m2026-11-22 +01:00 · 1m buckets␛22m
      ␛2m40 ms ┤␛22m                                                ␛32m╔╗␛39m
      ␛2m      │␛22m                                                ␛32m║║␛39m
      ␛2m30 ms ┤␛22m                                                ␛32m║║␛39m
      ␛2m      │␛22m␛32m═══╗╔═════╗␛39m  ␛32m╔════╗␛39m ␛32m╔════␛39m      ␛32m═══╗╔═════╗␛39m ␛32m╔════╝║␛39m ␛32m╔═════╗╔═␛39m  ␛32m═␛39m   ␛32m╔════╗␛39m
      ␛2m20 ms ┤␛22m   ␛32m╚␛39m␛35m┏━━━┓␛39m ␛32m╚══╝␛39m    ␛32m╚═╝␛39m             ␛32m╚╝␛39m     ␛32m╚═╝␛39m     ␛35m┏␛39m␛32m═␛39m␛35m━━┓␛39m   ␛32m╚╝␛39m     ␛32m══╝␛39m    ␛32m╚═␛39m
      ␛2m      │␛22m␛35m━━━━┛␛39m   ␛35m┗━━━━┓␛39m       ␛35m┏━━━␛39m      ␛35m━━━━━┓␛39m        ␛35m┏━━━┛␛39m   ␛35m┗━━━━━┓␛39m        ␛35m┏━━━━␛39m
      ␛2m10 ms ┤␛22m             ␛35m┗━━━━━━━┛␛39m              ␛35m┗━━━━━━━━┛␛39m             ␛35m┗␛39m  ␛35m━␛39m ␛35m━━━━┛␛39m
      ␛2m      │␛22m
      ␛2m 0 ns ┤␛22m␛36m─────────────────────────␛39m      ␛36m─────────────────────────────␛39m  ␛36m─␛39m ␛36m─────────␛39m
      ␛2m      └┬────────────┬───────────┬───────────┬───────────┬───────────┬───────────␛22m
      ␛2m       13:00      13:10       13:20       13:30       13:40       13:50␛22m
      ␛36m──␛39m p50  ␛2mlast␛22m  792 µs  ␛2mmax␛22m 1.30 ms
      ␛35m━━␛39m p95  ␛2mlast␛22m 16.9 ms  ␛2mmax␛22m 18.0 ms
      ␛32m══␛39m p99  ␛2mlast␛22m 22.5 ms  ␛2mmax␛22m 40.0 ms"
    `)
  })

  it('show the six series with the highest sums, and say how many are left out', () => {
    expect(renderTimeseries(byStatus, screen(80))).toMatchInlineSnapshot(`
      "Requests per second  2026-11-22 +01:00 · 1m buckets
      15 req/s ┤    ╭──────╮                     ╭──────╮                      ╭──────
               │ ╭──╯      ╰──╮               ╭──╯      ╰───╮              ╭───╯
               │─╯            ╰──╮          ╭─╯             ╰─╮          ╭─╯
      10 req/s ┤                 ╰───╮  ╭───╯                 ╰───╮  ╭───╯
               │··                   ╰──╯                         ╰──╯     ··
               │━━━━━━━━━━━┓       ···  ┏━━━━━━━━━━━━━━·┓            ┏━━━━━━━━━━━━━━━━
       5 req/s ┤══··╗······┗━━··━━━━━━══┛═··══··══·╗····┗━··━━━━━━━═━┛··══··══··╗·····
               │    ╚═════════╌╌··═══╝··╌╮         ╚══════╌╌╌╌··══╝·╌╌╮         ╚═════
               │╌╌╍╍╌╌╍╍╌╌╍╯╍╍╍╍╍╍╍╍╍╍╍╍╍╰╍╍╌╌╍╍╌╌╍╍╌╌╍╍╯╍╍╍╍╍╍╍╍╍╍╍╍╍╰╍╌╌╍╍╌╌╍╍╌╌╍╍╌╌
       0 req/s ┤
               └┬───────────┬───────────┬──────────┬───────────┬───────────┬──────────
                13:00     13:10       13:20      13:30       13:40       13:50
      ── 200         last 14.5 req/s  max 15.0 req/s
      ━━ 201         last 5.94 req/s  max 7.50 req/s
      ══ 404         last 3.14 req/s  max 4.99 req/s
      ╌╌ 503         last 2.34 req/s  max 3.00 req/s
      ╍╍ 401         last 2.39 req/s  max 2.50 req/s
      ·· others (4)  last 4.81 req/s  max 8.11 req/s
      others: 302, 304, 418, 500"
    `)
  })

  it('colour failures as such', () => {
    const names = ['200', '404', '500']
    const rows = names.map((name, i) => ({ time: at(0), http_status: name, rps: i + 1 }))
    const text = visible(renderTimeseries({ ...byStatus, rows }, screen(80, 1)))
    expect(text.split('\n').slice(-3)).toMatchInlineSnapshot(`
      [
        "␛36m──␛39m 200  ␛2mlast␛22m 1.00 req/s  ␛2mmax␛22m 1.00 req/s",
        "␛33m━━␛39m 404  ␛2mlast␛22m 2.00 req/s  ␛2mmax␛22m 2.00 req/s",
        "␛31m══␛39m 500  ␛2mlast␛22m 3.00 req/s  ␛2mmax␛22m 3.00 req/s",
      ]
    `)
  })

  it('draw a single point', () => {
    expect(renderTimeseries(one([{ time: at(3), rps: 12.5 }]), screen(80))).toMatchInlineSnapshot(`
      "One  2026-11-22 +01:00
      12.5 req/s ┤──────
                 │
        10 req/s ┤
                 │
       7.5 req/s ┤
                 │
         5 req/s ┤
                 │
       2.5 req/s ┤
                 │
         0 req/s ┤
                 └┬─────
                  13:03:00
      ── rps  last 12.5 req/s  max 12.5 req/s"
    `)
  })

  it('draw values that are all equal', () => {
    const rows = Array.from({ length: 30 }, (_, i) => ({ time: at(i, 10), rps: 5 }))
    expect(renderTimeseries(one(rows), screen(80))).toMatchInlineSnapshot(`
      "One  2026-11-22 +01:00 · 10 s buckets
      5 req/s ┤───────────────────────────────────────────────────────────────────────
              │
      4 req/s ┤
              │
      3 req/s ┤
              │
      2 req/s ┤
              │
      1 req/s ┤
              │
      0 req/s ┤
              └┬──────────────┬─────────────┬─────────────┬─────────────┬─────────────
               13:00        13:01         13:02         13:03         13:04
      ── rps  last 5.00 req/s  max 5.00 req/s"
    `)
  })

  it('have no axis where there is nothing but zeros and gaps', () => {
    const rows = [0, 0, null].map((rps, i) => ({ time: at(i), rps }))
    expect(renderTimeseries(one(rows), screen(80))).toBe('One  nothing above 0')
    const columns = [time, rps, { name: 'p95', type: 'Nullable(UInt64)', unit: 'ns' } as const]
    const both = rows.map((row) => ({ ...row, rps: 2, p95: null }))
    expect(renderTimeseries({ title: 'RED', columns, rows: both }, screen(80))).toMatch(
      /^RED {2}2026-11-22 \+01:00 · 1m buckets\n +2 req\/s ┤[\s\S]+\n\np95: nothing above 0$/,
    )
  })

  it('count up to a single call', () => {
    const rows = [0, 1, 0].map((calls, i) => ({ time: at(i), calls }))
    const calls: Column = { name: 'calls', type: 'UInt64', unit: 'short' }
    expect(renderTimeseries(one(rows, calls), screen(80))).toMatchInlineSnapshot(`
      "One  2026-11-22 +01:00 · 1m buckets
      1 ┤      ╭─────╮
        │      │     │
        │      │     │
        │      │     │
        │      │     │
        │      │     │
        │      │     │
        │      │     │
      0 ┤──────╯     ╰─────
        └┬───────────┬─────
         13:00     13:02
      ── calls  last 0  max 1"
    `)
  })

  it('keep the height of a spike among ten thousand buckets', () => {
    const rows = Array.from({ length: 10_080 }, (_, i) => ({
      time: at(i),
      rps: i === 5000 ? 100 : 10 + 5 * Math.sin(i / 229),
    }))
    expect(renderTimeseries(one(rows), screen(80))).toMatchInlineSnapshot(`
      "One  2026-11-22 → 2026-11-29 +01:00 · 1m buckets · peak of each column
      100 req/s ┤                                  ╭╮
                │                                  ││
       80 req/s ┤                                  ││
                │                                  ││
       60 req/s ┤                                  ││
                │                                  ││
       40 req/s ┤                                  ││
                │                                  ││
       20 req/s ┤                                  ││
                │──────────────────────────────────╯╰─────────────────────────────────
        0 req/s ┤
                └─────┬─────────┬─────────┬─────────┬────────┬─────────┬─────────┬────
                    11-23     11-24     11-25     11-26    11-27     11-28     11-29
      ── rps  last 10.2 req/s  max 100 req/s"
    `)
  })

  it('go below zero', () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ time: at(i, 5), x: Math.sin(i / 5) * 10 }))
    expect(
      renderTimeseries(one(rows, { name: 'x', type: 'Float64' }), screen(80)),
    ).toMatchInlineSnapshot(`
      "One  2026-11-22 +01:00 · 5 s buckets
       10 ┤           ╭────────╮                                                ╭─────
          │       ╭───╯        ╰───╮                                        ╭───╯
        5 ┤   ╭───╯                ╰─╮                                    ╭─╯
          │ ╭─╯                      ╰───╮                              ╭─╯
        0 ┤─╯                            ╰╮                          ╭──╯
          │                               ╰─╮                      ╭─╯
       -5 ┤                                 ╰───╮                ╭─╯
          │                                     ╰───╮        ╭───╯
      -10 ┤                                         ╰────────╯
          └┬──────────────────────┬─────────────────────┬──────────────────────┬──────
           13:00                13:01                 13:02                  13:03
      ── x  last 9.98543  max 9.99574"
    `)
  })

  it('keep a place for buckets without a row', () => {
    const rows = [0, 1, 2, 7, 8, 9].map((i) => ({ time: at(i), rps: 4 }))
    expect(renderTimeseries(one(rows), screen(80)).split('\n')[1]).toBe(
      '4 req/s ┤──────────────────                        ──────────────────',
    )
  })

  it('stand in charts of their own where units differ', () => {
    const columns = [time, rps, { name: 'p95', type: 'Float64', unit: 'ns' } as const]
    const rows = [0, 1].map((i) => ({ time: at(i), rps: i, p95: 1e6 * i }))
    expect(renderTimeseries({ title: 'RED', columns, rows }, screen(80))).toMatchInlineSnapshot(`
      "RED  2026-11-22 +01:00 · 1m buckets
        1 req/s ┤      ╭─────
                │      │
      0.8 req/s ┤      │
                │      │
      0.6 req/s ┤      │
                │      │
      0.4 req/s ┤      │
                │      │
      0.2 req/s ┤      │
                │      │
        0 req/s ┤──────╯
                └┬───────────
                 13:00
      ── rps  last 1.00 req/s  max 1.00 req/s

        1 ms ┤      ╭─────
             │      │
      800 µs ┤      │
             │      │
      600 µs ┤      │
             │      │
      400 µs ┤      │
             │      │
      200 µs ┤      │
             │      │
        0 ns ┤──────╯
             └┬───────────
              13:00
      ── p95  last 1.00 ms  max 1.00 ms"
    `)
  })

  it('show days as days, whatever the zone', () => {
    const columns: Column[] = [
      { name: 'day', type: 'Date' },
      { name: 'bytes', type: 'UInt64', unit: 'bytes' },
    ]
    const rows = Array.from({ length: 9 }, (_, i) => ({ day: `2026-11-0${i + 1}`, bytes: i * 1e6 }))
    const newYork = { ...screen(80), timeZone: 'America/New_York' }
    expect(renderTimeseries({ title: 'Stored', columns, rows }, newYork)).toMatchInlineSnapshot(`
      "Stored  2026-11-01 → 2026-11-09 · 1d buckets
      8 MiB ┤                                                ╭─────
            │                                          ╭─────╯
      6 MiB ┤                                    ╭─────╯
            │                              ╭─────╯
      4 MiB ┤                        ╭─────╯
            │                  ╭─────╯
      2 MiB ┤            ╭─────╯
            │      ╭─────╯
        0 B ┤──────╯
            └┬───────────┬───────────┬───────────┬───────────┬─────
             11-01     11-03       11-05       11-07       11-09
      ── bytes  last 7.63 MiB  max 7.63 MiB"
    `)
  })
})

test('buckets of days are days of UTC, in the title and on the axis', () => {
  const columns: Column[] = [
    { name: 'time', type: "DateTime64(9, 'UTC')" },
    { name: 'rps', type: 'Float64', unit: 'reqps' },
  ]
  const rows = [1, 2, 3].map((day) => ({ time: `2026-11-0${day}T00:00:00.000000000Z`, rps: day }))
  const newYork = { ...screen(80), timeZone: 'America/New_York' }
  const lines = renderTimeseries({ title: 'Requests', columns, rows }, newYork).split('\n')
  expect(lines[0]).toBe('Requests  2026-11-01 → 2026-11-03 Z · 1d buckets')
  expect(lines.at(-2)).toMatch(/^ +11-01 +11-03$/)
})

test('lines that coincide take turns, so that each can be seen', () => {
  const rows = Array.from({ length: 20 }, (_, n) =>
    ['a', 'b', 'c'].map((series) => ({ time: at(n), series, rps: 1 })),
  ).flat()
  const columns = [
    { name: 'time', type: 'DateTime' },
    { name: 'series', type: 'String' },
    { name: 'rps', type: 'Float64', unit: 'reqps' as const },
  ]
  for (const level of [0, 1] as const) {
    const drawn = plain(renderTimeseries({ title: '', columns, rows }, screen(40, level)))
    expect(drawn).toMatch(/┤(?:──━━══){3,}/)
  }
})

test('no rows is one line', () => {
  expect(renderTimeseries(one([]), screen(80))).toBe('One  no rows')
})

test('a result without times is a table', () => {
  expect(renderTimeseries({ title: '', columns: [rps], rows: [{ rps: 1 }] }, screen(80))).toContain(
    '───',
  )
})

test.each([40, 80, 160])('no line is wider than %d columns, coloured or not', (width) => {
  for (const result of [latency, byStatus]) {
    for (const level of [0, 1] as const) {
      const text = plain(renderTimeseries(result, screen(width, level)))
      for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(width)
    }
  }
})

test('the legend of a narrow screen names each line, and leaves out the highest value', () => {
  const rows = ['200', '404'].map((http_status) => ({ time: at(0), http_status, rps: 12.5 }))
  const result = { ...byStatus, rows }
  expect(renderTimeseries(result, screen(30)).split('\n').slice(-2)).toEqual([
    '── 200  last 12.5 req/s',
    '━━ 404  last 12.5 req/s',
  ])
})

test('the highest and the last value of each line stand in the legend', () => {
  const rows = [1, 9, 3].map((value, i) => ({ time: at(i), rps: value }))
  expect(renderTimeseries(one(rows), screen(80)).split('\n').at(-1)).toBe(
    '── rps  last 3.00 req/s  max 9.00 req/s',
  )
})
