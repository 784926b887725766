/**
 * Tables: widths, wrapping, alignment, and moved columns.
 *
 * One file: the drawn tables are its length.
 */
import { describe, expect, it } from 'vitest'
import type { Cell, Table } from '../../result.ts'
import { at, plain, screen, visible } from '../fixture.ts'
import { textWidth } from '../text.ts'
import { renderTable } from './table.ts'

const slow: Table = {
  title: 'Slow requests',
  columns: [
    { name: 'time', type: "DateTime64(9, 'UTC')" },
    { name: 'trace_id', type: 'String' },
    { name: 'service', type: 'LowCardinality(String)' },
    { name: 'method', type: 'String' },
    { name: 'route', type: 'String' },
    { name: 'status', type: 'String' },
    { name: 'duration', type: 'UInt64', unit: 'ns' },
  ],
  rows: [
    ['shop', '/product/{id}', '500', 2_000_000_000],
    ['traffic', '/products/{id}/reviews/{review}/comments', '200', 1_234_567],
    ['shop', '/product/{id}', '404', 999],
  ].map(([service, route, status, duration], i) => ({
    time: `2026-11-22T12:0${i}:05.123456789Z`,
    trace_id: `${i}af7651916cd43dd8448eb211c80319c`,
    service: service!,
    method: 'POST',
    route: route!,
    status: status!,
    duration: duration!,
  })),
}

const mixed: Table = {
  title: 'Events',
  columns: [
    { name: 'time', type: "DateTime64(9, 'UTC')" },
    { name: 'service', type: 'String' },
    { name: 'event', type: 'String' },
    { name: 'attributes', type: 'Map(String, String)' },
    { name: 'rate', type: 'Array(Nullable(Float64))', unit: 'reqps' },
    { name: 'tags', type: 'Array(String)' },
    { name: 'share', type: 'Nullable(Float64)', unit: 'percentunit' },
    { name: 'n', type: 'Nullable(UInt64)' },
  ],
  rows: [
    {
      time: '2026-11-22T23:00:05.123456789Z',
      service: '日本語サービス',
      event: 'user successfully logged 🫠',
      attributes: { 'user.id': 'a76afb96', 'db.query': 'SELECT "x"' },
      rate: [1, 2, null, 4, 5, 0, 3],
      tags: ['a', 'b'],
      share: 0.25,
      n: 12345678901234567890n,
    },
    {
      time: '2026-11-21T10:00:00.000000000Z',
      service: 'shop',
      event: 'evil \x1b[31mred\n',
      attributes: {},
      rate: [],
      tags: [],
      share: null,
      n: null,
    },
    {
      time: '2026-11-21T10:00:00.000000000Z',
      service: 'ที่ shop',
      event: '👨‍👩‍👧 family',
      attributes: { empty: '', nested: ['x', null, { deep: true }] },
      rate: [0, 0, 0],
      tags: ['x'],
      share: 0,
      n: 3,
    },
  ],
}

const services: Table = {
  title: 'Services',
  columns: [
    { name: 'service', type: 'LowCardinality(String)' },
    { name: 'requests', type: 'UInt64' },
    { name: 'rps', type: 'Float64', unit: 'reqps' },
    { name: 'errors', type: 'UInt64' },
    { name: 'error_share', type: 'Float64', unit: 'percentunit' },
    { name: 'p50', type: 'Float64', unit: 'ns' },
    { name: 'p95', type: 'Float64', unit: 'ns' },
    { name: 'p99', type: 'Float64', unit: 'ns' },
  ],
  rows: [
    ['recommendation-agent', 123_456, 34.29, 125, 0.00101, 19.9e6, 265e6, 75e9],
    ['shop', 500, 0.0278, 0, 0, 9.87e6, 12.3e6, 12.4e6],
  ].map(([service, requests, rps, errors, error_share, p50, p95, p99]) => ({
    service: service!,
    requests: requests!,
    rps: rps!,
    errors: errors!,
    error_share: error_share!,
    p50: p50!,
    p95: p95!,
    p99: p99!,
  })),
}

const number: Table['columns'] = [{ name: 'n', type: 'Float64' }]

describe('a table', () => {
  it('stands side by side on a wide screen', () => {
    expect(renderTable(slow, screen(160))).toMatchInlineSnapshot(`
      "Slow requests  2026-11-22 +01:00
      time          trace_id                          service  method  route                                     status  duration
      ────────────  ────────────────────────────────  ───────  ──────  ────────────────────────────────────────  ──────  ────────
      13:00:05.123  0af7651916cd43dd8448eb211c80319c  shop     POST    /product/{id}                             500       2.00 s
      13:01:05.123  1af7651916cd43dd8448eb211c80319c  traffic  POST    /products/{id}/reviews/{review}/comments  200      1.23 ms
      13:02:05.123  2af7651916cd43dd8448eb211c80319c  shop     POST    /product/{id}                             404       999 ns"
    `)
  })

  it('shortens ids to prefixes on a narrower one', () => {
    expect(renderTable(slow, screen(80))).toMatchInlineSnapshot(`
      "Slow requests  2026-11-22 +01:00
      time          service  route                                     duration
      ────────────  ───────  ────────────────────────────────────────  ────────
      13:00:05.123  shop     /product/{id}                               2.00 s
        trace_id 0af7651916cd43dd8448eb211c80319c  method POST  status 500
      13:01:05.123  traffic  /products/{id}/reviews/{review}/comments   1.23 ms
        trace_id 1af7651916cd43dd8448eb211c80319c  method POST  status 200
      13:02:05.123  shop     /product/{id}                               999 ns
        trace_id 2af7651916cd43dd8448eb211c80319c  method POST  status 404"
    `)
  })

  it('shortens names first, in their middle', () => {
    expect(renderTable(slow, screen(112))).toMatchInlineSnapshot(`
      "Slow requests  2026-11-22 +01:00
      time          trace_id   service  method  route                                     status  duration
      ────────────  ─────────  ───────  ──────  ────────────────────────────────────────  ──────  ────────
      13:00:05.123  0af76519…  shop     POST    /product/{id}                             500       2.00 s
      13:01:05.123  1af76519…  traffic  POST    /products/{id}/reviews/{review}/comments  200      1.23 ms
      13:02:05.123  2af76519…  shop     POST    /product/{id}                             404       999 ns"
    `)
  })

  it('colours by meaning', () => {
    expect(visible(renderTable(slow, screen(160, 1)))).toMatchInlineSnapshot(`
      "␛1mSlow requests␛22m  ␛2m2026-11-22 +01:00␛22m
      ␛1mtime␛22m          ␛1mtrace_id␛22m                          ␛1mservice␛22m  ␛1mmethod␛22m  ␛1mroute␛22m                                     ␛1mstatus␛22m  ␛1mduration␛22m
      ␛2m────────────␛22m  ␛2m────────────────────────────────␛22m  ␛2m───────␛22m  ␛2m──────␛22m  ␛2m────────────────────────────────────────␛22m  ␛2m──────␛22m  ␛2m────────␛22m
      13:00:05.123  0af7651916cd43dd8448eb211c80319c  ␛94mshop␛39m     POST    /product/{id}                             ␛31m500␛39m       2.00 s
      13:01:05.123  1af7651916cd43dd8448eb211c80319c  ␛96mtraffic␛39m  POST    /products/{id}/reviews/{review}/comments  200      1.23 ms
      13:02:05.123  2af7651916cd43dd8448eb211c80319c  ␛94mshop␛39m     POST    /product/{id}                             ␛33m404␛39m       999 ns"
    `)
  })

  it('keeps its columns under wide characters, and shows controls', () => {
    expect(renderTable(mixed, screen(160))).toMatchInlineSnapshot(`
      "Events  2026-11-21 → 2026-11-23 +01:00
      time                     service         event                        attributes                                rate     tags  share                     n
      ───────────────────────  ──────────────  ───────────────────────────  ────────────────────────────────────────  ───────  ────  ─────  ────────────────────
      2026-11-23 00:00:05.123  日本語サービス  user successfully logged 🫠  user.id=a76afb96 db.query="SELECT \\"x\\""  ▂▄ ▇█▁▅  a, b  25.0%  12345678901234567890
      2026-11-21 11:00:00.000  shop            evil \\x1b[31mred\\n                                                                        –                     –
      2026-11-21 11:00:00.000  ที่ shop          👨‍👩‍👧 family                    empty="" nested=[x, –, {deep=true}]       ▁▁▁      x        0%                     3"
    `)
  })

  it('puts what is long below its row, several on a line where they fit', () => {
    expect(renderTable(mixed, screen(80))).toMatchInlineSnapshot(`
      "Events  2026-11-21 → 2026-11-23 +01:00
      time                     service         rate     tags  share
      ───────────────────────  ──────────────  ───────  ────  ─────
      2026-11-23 00:00:05.123  日本語サービス  ▂▄ ▇█▁▅  a, b  25.0%
        event user successfully logged 🫠
        attributes user.id=a76afb96 db.query="SELECT \\"x\\""  n 12345678901234567890
      2026-11-21 11:00:00.000  shop                               –
        event evil \\x1b[31mred\\n
      2026-11-21 11:00:00.000  ที่ shop          ▁▁▁      x        0%
        event 👨‍👩‍👧 family  attributes empty="" nested=[x, –, {deep=true}]  n 3"
    `)
  })

  it('continues the branches of a tree between its rows', () => {
    const calls = ['edge', '├─ a', '│  ├─ b', '│  └─ c', '└─ d', '   └─ e', 'f']
    const rows = calls.map((call) => ({ call, text: 'x'.repeat(60) }))
    const columns = ['call', 'text'].map((name) => ({ name, type: 'String' }))
    const lines = renderTable({ title: '', columns, rows }, screen(45)).split('\n')
    const branches = ['│  ', '│  │  ', '│  │  ', '│     ', '   │  ', '      ', '  ']
    expect(
      lines.filter((line) => /[x…]$/.test(line)).map((line) => line.split(/text| {5}x/)[0]),
    ).toEqual(branches.flatMap((branch) => [branch, branch]))
  })

  it('notes which moved columns are empty everywhere', () => {
    const keys: Table['columns'] = ['user.id', 'colour'].map((name) => ({ name, type: 'String' }))
    const rows = slow.rows.map((row, i) => ({
      ...row,
      'user.id': i === 1 ? '277c8af2-08db-40ce-9448-09dc4f5c077c' : '',
      colour: '',
    }))
    const result = { ...slow, columns: [...slow.columns, ...keys], rows }
    expect(renderTable(result, screen(80))).toMatchInlineSnapshot(`
      "Slow requests  2026-11-22 +01:00 · no colour
      time          service  route                                 duration  user.id
      ────────────  ───────  ────────────────────────────────────  ────────  ─────────
      13:00:05.123  shop     /product/{id}                           2.00 s
        trace_id 0af7651916cd43dd8448eb211c80319c  method POST  status 500
      13:01:05.123  traffic  /products/{id}/rev…{review}/comments   1.23 ms  277c8af2…
        trace_id 1af7651916cd43dd8448eb211c80319c  method POST  status 200
      13:02:05.123  shop     /product/{id}                           999 ns
        trace_id 2af7651916cd43dd8448eb211c80319c  method POST  status 404"
    `)
  })

  it('names a column of empty texts beside the title, as one of NULL', () => {
    const rows = slow.rows.map((row) => ({ ...row, method: '', status: null }))
    const [title, heads] = renderTable({ ...slow, rows }, screen(160)).split('\n')
    expect(title).toBe('Slow requests  2026-11-22 +01:00 · no method, status')
    expect(heads).not.toMatch(/method|status/)
  })

  it('shows messages whole, and a stack trace in three lines', () => {
    const result: Table = {
      title: 'Errors',
      columns: ['service', 'name', 'message', 'trace_id'].map((name) => ({ name, type: 'String' })),
      rows: [
        'Insufficient quantity for product <id>',
        `Error: no\n${'    at Layer.handle [as handle] (file:///app/layer.js:95:5)\n'.repeat(9)}`,
      ].map((message) => ({
        service: 'shop',
        name: 'repository_update_product_quantity',
        message,
        trace_id: '0af7651916cd43dd8448eb211c80319c',
      })),
    }
    expect(renderTable(result, screen(80))).toMatchInlineSnapshot(`
      "Errors
      service  name                                trace_id
      ───────  ──────────────────────────────────  ────────────────────────────────
      shop     repository_update_product_quantity  0af7651916cd43dd8448eb211c80319c
        message Insufficient quantity for product <id>
      shop     repository_update_product_quantity  0af7651916cd43dd8448eb211c80319c
        message Error: no\\n    at Layer.handle [as handle]
                (file:///app/layer.js:95:5)\\n    at Layer.handle [as handle]
                (file:///app/layer.js:95:5)\\n    at Layer.handle [as handle] (file://…"
    `)
  })

  it('keeps services with their rates and durations in rows at 80 columns', () => {
    expect(renderTable(services, screen(80))).toMatchInlineSnapshot(`
      "Services
                                                     error_
      service              requests     rps  errors   share      p50      p95      p99
      ───────────────────  ────────  ──────  ──────  ──────  ───────  ───────  ───────
      recommend…ion-agent   123,456    34.3     125  0.101%  19.9 ms   265 ms   1m 15s
      shop                      500  0.0278       0      0%  9.87 ms  12.3 ms  12.4 ms"
    `)
  })

  it('moves numbers, the last first, where there is nothing else to move', () => {
    expect(renderTable(services, screen(50))).toMatchInlineSnapshot(`
      "Services
                                                  error_
      service           requests     rps  errors   share
      ────────────────  ────────  ──────  ──────  ──────
      recommen…n-agent   123,456    34.3     125  0.101%
        p50 19.9 ms  p95 265 ms  p99 1m 15s
      shop                   500  0.0278       0      0%
        p50 9.87 ms  p95 12.3 ms  p99 12.4 ms"
    `)
  })

  it('keeps the duration beside attributes of which one is too long', () => {
    const shown = { 'http.route': '/product/{id}', 'http.request.method': 'POST' }
    const row = { time: at(0), service: 'shop', name: 'POST /product/{id}', status: 'unset' }
    const path = { 'url.path': `/product/${'long'.repeat(12)}` }
    const rows = [{ ...row, duration: 993e6, ...shown, ...path }]
    const columns = Object.keys(rows[0]!).map((name) => ({
      name,
      type: name === 'time' ? 'DateTime64(9)' : name === 'duration' ? 'UInt64' : 'String',
      ...(name === 'duration' ? { unit: 'ns' as const } : {}),
    }))
    const drawn = renderTable({ title: '', columns, rows }, screen(80))
    expect(drawn).toMatch(/POST \/\S*\{id\} +993 ms +\/product\/\{id\} +POST$/m)
  })

  it.each([59, 65, 80])('keeps a number beside long names at %d columns', (width) => {
    const route = (end: string) => `GET /api/v2/organisations/{organisation_id}/shelves/{id}/${end}`
    const ends = ['reviews', 'comments']
    const row = {
      time: at(0),
      service: 'recommendation-agent',
      status: 200,
      trace_id: 'a'.repeat(32),
    }
    const rows = ends.map((end) => ({ ...row, route: route(end), duration: 9e8, spans: 7 }))
    const column = (name: string) => [
      ...[...slow.columns, { name: 'spans', type: 'UInt64' }].filter((one) => one.name === name),
    ]
    const shown = (...names: string[]) => {
      const columns = names.flatMap(column)
      const code = columns.map((one) => (one.name === 'status' ? { ...one, type: 'UInt16' } : one))
      const lines = renderTable({ title: '', columns: code, rows }, screen(width)).split('\n')
      return lines.filter((line) => line.includes('…') && !line.includes('  trace_id'))
    }
    const first = [
      shown('time', 'trace_id', 'service', 'route', 'status', 'duration'),
      shown('service', 'route', 'duration', ...Array<string>(9).fill('spans')),
      shown('spans', 'service', 'route', 'status', 'duration', 'trace_id'),
    ]
    for (const lines of first) {
      expect(lines).toEqual(ends.map((end) => expect.stringMatching(`GET /.*…[^ ]*${end}`)))
    }
    expect(first[0]!.join('').match(/900 ms/g)).toHaveLength(2)
    expect(first[1]!.join('').match(/900 ms/g)).toHaveLength(2)
  })

  it('breaks heads into the fewest lines that there is room for', () => {
    const columns: Table['columns'] = [
      { name: 'table', type: 'String' },
      ...['uncompressed', 'bytes_per_span', 'delay_max'].map((name) => ({ name, type: 'Float64' })),
    ]
    const row = {
      table: 'otel.otel_traces',
      uncompressed: 17.9,
      bytes_per_span: 39.3,
      delay_max: 6,
    }
    const result = { title: '', columns, rows: [row] }
    const heads = (width: number) =>
      renderTable(result, screen(width)).split('\n').slice(0, -2).join('\n')
    expect(heads(57)).toBe('table             uncompressed  bytes_per_span  delay_max')
    expect(heads(56)).toMatchInlineSnapshot(`
      "                                  bytes_  delay_
      table             uncompressed  per_span     max"
    `)
    expect(heads(47)).toMatchInlineSnapshot(`
      "                                 bytes_  delay_
      table            uncompressed  per_span     max"
    `)
  })

  it('says the unit of a rate in its head, once', () => {
    const columns = services.columns.map((one) =>
      one.name === 'rps' ? { ...one, name: 'rate' } : one,
    )
    const rows = services.rows.map((row) => ({ ...row, rate: row.rps! }))
    const lines = renderTable({ ...services, columns, rows }, screen(100)).split('\n')
    expect(lines[1]).toContain('  rate req/s  ')
    expect(lines.slice(2).join('')).not.toContain('req/s')
  })

  it('wraps a column that stands alone, and cuts nothing', () => {
    const explain = 'Filter (WHERE + Projection + Change column names to column identifiers)'
    const columns = [{ name: 'explain', type: 'String' }]
    expect(
      renderTable({ title: '', columns, rows: [{ explain }] }, screen(40)),
    ).toMatchInlineSnapshot(`
      "explain
      ────────────────────────────────────────
      Filter (WHERE + Projection + Change
      column names to column identifiers)"
    `)
  })

  it('becomes records on the narrowest screen, and cuts nothing', () => {
    expect(renderTable(mixed, screen(20))).toMatchInlineSnapshot(`
      "Events
      2026-11-21 →
      2026-11-23 +01:00
      ── 1 ───────────────
      time        2026-11-23
                  00:00:05.
                  123
      service     日本語サー
                  ビス
      event       user succe
                  ssfully
                  logged 🫠
      attributes  user.id=a7
                  6afb96
                  db.query="
                  SELECT
                  \\"x\\""
      rate        ▂▄ ▇█▁▅
      tags        a, b
      share       25.0%
      n           1234567890
                  1234567890
      ── 2 ───────────────
      time        2026-11-21
                  11:00:00.
                  000
      service     shop
      event       evil \\x1b[
                  31mred\\n
      attributes
      rate
      tags
      share       –
      n           –
      ── 3 ───────────────
      time        2026-11-21
                  11:00:00.
                  000
      service     ที่ shop
      event       👨‍👩‍👧 family
      attributes  empty=""
                  nested=[x,
                  –, {deep=
                  true}]
      rate        ▁▁▁
      tags        x
      share       0%
      n           3"
    `)
  })

  it('says in one line that there are no rows', () => {
    expect(renderTable({ ...slow, rows: [] }, screen(80))).toBe('Slow requests  no rows')
    expect(renderTable({ ...slow, title: '', rows: [] }, screen(80))).toBe('no rows')
  })

  it('colours only what the same text without colour has', () => {
    for (const width of [60, 80, 100, 160]) {
      for (const result of [slow, mixed, services]) {
        expect(plain(renderTable(result, screen(width, 1)))).toBe(
          renderTable(result, screen(width)),
        )
      }
    }
  })

  it.each([60, 80, 81, 95, 100, 120, 160])('is never wider than %d columns', (width) => {
    for (const result of [slow, mixed, services]) {
      for (const line of renderTable(result, screen(width)).split('\n')) {
        expect(textWidth(line)).toBeLessThanOrEqual(width)
      }
    }
  })

  it.each([30, 40])('is never wider than %d columns where there are no ids', (width) => {
    for (const result of [mixed, services]) {
      for (const line of renderTable(result, screen(width)).split('\n')) {
        expect(textWidth(line)).toBeLessThanOrEqual(width)
      }
    }
  })

  it.each([40, 80, 100, 160])('shows trace ids at %d columns as prefixes that differ', (width) => {
    const rows = slow.rows.map((row, i) => ({
      ...row,
      trace_id: `69a1c2d3e4f5${i}`.padEnd(32, 'a'),
    }))
    const text = renderTable({ ...slow, rows }, screen(width))
    for (const i of rows.keys()) expect(text).toContain(`69a1c2d3e4f5${i}`)
  })

  it.each([40, 80, 100])('keeps them whole at %d columns with --full-ids', (width) => {
    const text = renderTable(slow, { ...screen(width), fullIds: true })
    for (const { trace_id } of slow.rows) expect(text).toContain(trace_id)
  })

  it('cuts nothing in a pipe, and has one line for each row', () => {
    const long = 'SELECT '.repeat(200)
    const result = {
      ...mixed,
      rows: mixed.rows.map((row, i) => (i === 1 ? { ...row, event: `${long}${i}` } : row)),
    }
    const text = renderTable(result, { ...screen(80), unbounded: true })
    expect(text).toContain(`${long}1`)
    expect(text.split('\n').length).toBe(3 + result.rows.length)
    expect(text).not.toContain('…')
    expect(Math.max(...text.split('\n').map((line) => textWidth(line)))).toBeLessThan(1_700)
    for (const { trace_id } of slow.rows) {
      expect(renderTable(slow, { ...screen(80), unbounded: true })).toContain(trace_id)
    }
  })

  it('keeps the columns of an unbounded screen together where one text is very long', () => {
    const columns = ['name', 'end'].map((name) => ({ name, type: 'String' }))
    const rows = [500, 10].map((length) => ({ name: 'x'.repeat(length), end: '|' }))
    const text = renderTable({ title: 'T', columns, rows }, { ...screen(80), unbounded: true })
    const lines = text.split('\n').filter((line) => line.includes('|'))
    expect(lines.map((line) => line.indexOf('|'))).toEqual([502, 202])
  })

  it('says the offset beside each time where it changes, and the date where there are two', () => {
    const times = ['2026-10-25T00:30:00.500000000Z', '2026-10-25T01:30:00.000000000Z']
    const rows = times.map((time) => ({ time }))
    const columns = [{ name: 'time', type: "DateTime64(9, 'UTC')" }]
    expect(renderTable({ title: '', columns, rows }, screen(80))).toMatchInlineSnapshot(`
      "time
      ──────────────────────────────
      2026-10-25 02:30:00.500 +02:00
      2026-10-25 02:30:00.000 +01:00"
    `)
  })

  it.each<[Cell, string]>([
    [0.1 + 0.2, '0.3'],
    [12.3456789, '12.3457'],
    [1_234_567, '1,234,567'],
    [-1_234_567.891, '-1,234,570'],
    [1234.5, '1,234.5'],
    [1e21, '1e+21'],
    [9007199254740993n, '9007199254740993'],
    [-0.5, '-0.5'],
    [null, '–'],
    [true, 'true'],
  ])('shows %s as %s', (n, text) => {
    const lines = renderTable({ title: '', columns: number, rows: [{ n }] }, screen(80)).split('\n')
    expect(lines.at(-1)!.trim()).toBe(text)
  })

  it('groups the digits of counts, and neither of years, ports and statuses nor of ids', () => {
    const columns = ['UInt64', 'Nullable(Int64)', 'Float64', 'UInt32', 'Nullable(UInt16)'].map(
      (type) => ({ name: type, type }),
    )
    const row = Object.fromEntries(columns.map(({ name }) => [name, 4800]))
    const line = renderTable({ title: '', columns, rows: [row] }, screen(100))
      .split('\n')
      .at(-1)!
    expect(line.trim().split(/ +/)).toEqual(['4,800', '4,800', '4,800', '4800', '4800'])
    const id = [{ name: 'id', type: 'UInt64', unit: 'none' as const }]
    expect(renderTable({ title: '', columns: id, rows: [{ id: 4800 }] }, screen(80))).toContain(
      '4800',
    )
  })

  it('draws ten thousand rows, each once and in order', () => {
    const rows = Array.from({ length: 10_000 }, (_, n) => ({ n, time: at(n) }))
    const columns = [...number, { name: 'time', type: 'DateTime' }]
    const lines = renderTable({ title: '', columns, rows }, screen(80)).split('\n').slice(-10_000)
    expect(lines.map((line) => Number(line.trim().split(' ')[0]!.replace(',', '')))).toEqual(
      rows.map(({ n }) => n),
    )
  })
})

it('keeps rows beside one name of kilobytes, and shows its both ends', () => {
  const columns = [
    { name: 'service', type: 'String' },
    { name: 'name', type: 'String' },
    { name: 'spans', type: 'UInt64' },
  ]
  const huge = `start${'x'.repeat(5_000)}end`
  const rows = [
    { service: 'shop', name: 'GET /', spans: 3 },
    { service: huge, name: 'POST /', spans: 2 },
    { service: 'web', name: huge, spans: 1 },
  ]
  const lines = renderTable({ title: '', columns, rows }, screen(200)).split('\n')
  expect(lines).toHaveLength(2 + rows.length)
  expect(lines[2]).toMatch(/^shop +GET \/ +3$/)
  expect(lines[3]).toMatch(/^startx+…x+end +POST \/ +2$/)
})
