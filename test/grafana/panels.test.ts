/**
 * Every panel of every dashboard, as Grafana's data source treats it, against the commands.
 *
 * One file: each panel is asked once, of one store, for all that is checked about it.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dashboard } from '../../cli/commands/grafana/dashboards.ts'
import { callingServer } from '../../cli/query/compose/server-functions.ts'
import { readLibrary, readQueryFiles, readSql } from '../../cli/query/files.ts'
import type { Query } from '../../cli/query/query-file.ts'
import { removeFolder, temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { startEngine, store } from '../schemas/engine.ts'
import { type Front, serve } from '../schemas/front.ts'
import { FROM, makeSpans, type Span, TO } from '../schemas/spans.ts'
import { type Chosen, expand, type Frame, longToWide } from './plugin.ts'

const spans = withRepeats(makeSpans())
/** Delivered twice, and once before its end was known. */
const TWICE = spans.find((span, i) => spans.indexOf(span) !== i)!
spans.push({ ...TWICE, duration: TWICE.duration - 1n })
/** Requests of services whose names Grafana quotes. */
const [QUOTED, ESCAPED] = ["o'brien", 'back\\']
for (const [i, service] of [QUOTED, ESCAPED].entries()) {
  const ids = { traceId: `${i}f`.repeat(16), spanId: `${i}f`.repeat(8), parentId: '' }
  const request = spans.find(({ name }) => name === 'POST /product/{id}')!
  spans.push({ ...request, ...ids, name: `POST /${service}`, service })
}
const folder = temporaryFolder()
const written = mkdtempSync(join(tmpdir(), 'otrace-grafana-'))
const RANGE = { from: Number(FROM / 1_000_000n), to: Number(TO / 1_000_000n), interval: 60 }
const WINDOW = ['--from', '2025-10-09T08:55:23Z', '--to', '2025-10-09T09:55:23Z']
/** One user's requests, and every service. */
const CHOSEN: Chosen = {
  service: undefined,
  operation: undefined,
  trace_id: [TWICE.traceId],
  user_id: ['user-5'],
  attribute: ['http.route'],
  product_id: ['product-2'],
}
let session: Session
let front: Front
let boards: Dashboard[]
/** The same without views. */
let plain: Dashboard[]

/** A call more than four times under one span. */
function withRepeats(spans: Span[]): Span[] {
  const call = spans.find(({ name }) => name === 'UPDATE products')!
  const again = [1, 2, 3, 4, 5, 6].map((i) => ({ ...call, spanId: `${i}`.repeat(16) }))
  return [...spans, ...again]
}

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', spans)
  front = await serve(folder.path)
  mkdirSync(join(written, 'queries'))
  writeFileSync(
    join(written, 'queries', 'busy.sql'),
    `-- Busy minutes
-- @panel timeseries
SELECT count() AS n, concat(service, '
  -- a text of two lines, and ', /* without this */ 'more') AS whose, toStartOfMinute(spans.time) AS at
FROM spans
GROUP BY whose, at -- in any order
ORDER BY whose, at DESC
`,
  )
  boards = await write('viewed')
  plain = await write('plain', '--no-views')
  const ddl = await runHere(['schema', '--views', '--database', 'otel_map'])
  for (const statement of ddl.stdout.split(';\n').filter((text) => text.trim())) {
    session.query(statement)
  }
})

/** The dashboards that the command writes. */
async function write(name: string, ...flags: string[]): Promise<Dashboard[]> {
  const own = ['--shop', '--queries', join(written, 'queries')]
  const args = ['grafana', '--out', join(written, name), '--database', 'otel_map', ...own]
  const { stdout, exit, stderr } = await runHere([...args, ...flags])
  expect({ exit, stderr }).toMatchObject({ exit: 0 })
  const paths = stdout.trim().split('\n')
  return paths.map((path) => JSON.parse(readFileSync(path, 'utf8')))
}

afterAll(() => {
  front?.stop()
  session?.close()
  folder.remove()
  removeFolder(written)
})

const frames = new Map<string, Frame>()

/** What the data source reads for a target, once. */
function read(rawSql: string, chosen: Chosen = CHOSEN, range = RANGE): Frame {
  const sql = expand(rawSql, range, chosen)
  const known = frames.get(sql)
  if (known) return known
  const result = JSON.parse(session.query(sql, 'JSONCompact')) as {
    meta: { name: string; type: string }[]
    data: unknown[][]
  }
  const fields = result.meta.map(({ name, type }, i) => ({
    name,
    type,
    values: result.data.map((row) => row[i]),
  }))
  frames.set(sql, { fields })
  return { fields }
}

const panels = (of = boards) =>
  of.flatMap((board) => board.panels.map((panel) => ({ board, panel })))
const sqlOf = (title: string, of = boards) =>
  panels(of).find(({ panel }) => panel.title === title)!.panel.targets[0]!.rawSql

it('every panel answers, in the form of its format', () => {
  expect(boards.map(({ uid }) => uid)).toEqual([
    'otrace-service',
    'otrace-business',
    'otrace-runtime',
  ])
  expect(panels().length).toBeGreaterThan(15)
  for (const { board, panel } of panels()) {
    const { rawSql, queryType, format } = panel.targets[0]!
    expect(rawSql).not.toMatch(/\$__(?:from|to)\b/)
    const frame = read(rawSql)
    expect(frame.fields.length, `${board.uid} ${panel.title}`).toBeGreaterThan(1)
    expect([queryType, format]).toEqual(
      panel.type === 'timeseries'
        ? ['timeseries', 0]
        : panel.type === 'traces'
          ? ['traces', 3]
          : ['table', 1],
    )
    if (format === 0) longToWide(frame)
  }
})

it('a query file of the user has a panel of its own', async () => {
  const [own] = panels().filter(({ panel }) => panel.title === 'Busy minutes')
  expect(own?.board.uid).toBe('otrace-business')
  expect(longToWide(read(sqlOf('Busy minutes'))).fields.length).toBeGreaterThan(2)
  const wanted = await printed('busy', ...WINDOW, '--queries', join(written, 'queries'))
  expect(sorted(rowsOf('Busy minutes'))).toEqual(sorted(wanted))
})

/** Lines of a panel's SQL over the views; the others have less than 30. */
const LINES: Record<string, number> = {
  'Requests per second': 35,
  'Failed logins': 34,
  'Distribution of durations': 35,
  'Top values of an attribute': 54,
  'Errors by service, span and message': 103,
  'Garbage collection by process': 82,
  'Repeated calls: N+1 and fan-out': 147,
}

it('panels over views are short', () => {
  for (const { panel } of panels()) {
    const lines = panel.targets[0]!.rawSql.split('\n')
    const most = LINES[panel.title] ?? 29
    expect(lines.length, panel.title).toBeLessThanOrEqual(most)
    expect(Math.max(...lines.map(({ length }) => length)), panel.title).toBeLessThanOrEqual(130)
  }
})

it('every function of the library runs on the server', () => {
  const calls = readSql('shared/functions.sql').split(/^SELECT$/m)[1]!
  const [row] = JSON.parse(
    session.query(`SELECT ${callingServer(calls, readLibrary())}`, 'JSONCompact'),
  ).data
  expect(row.length).toBeGreaterThan(20)
})

it('ids of traces open the panel of a trace', () => {
  const linked = panels().filter(({ panel }) => JSON.stringify(panel).includes('var-trace_id='))
  expect(linked.map(({ panel }) => panel.title)).toEqual(
    expect.arrayContaining(['Slow requests', 'Failed logins']),
  )
  for (const { panel } of linked) {
    const url = /"url":"([^"]*var-trace_id[^"]*)"/.exec(JSON.stringify(panel))![1]!
    expect(url).toMatch(/^\/d\/otrace-service\?.*&var-trace_id=\$\{__value\.raw\}$/)
  }
  const [service] = boards
  expect(JSON.stringify(service!.templating)).toContain('"name":"trace_id"')
  expect(service!.panels.some(({ type }) => type === 'traces')).toBe(true)
})

it('the variables list services and operations', () => {
  for (const { templating } of [...boards, ...plain]) {
    const { list } = templating as { list: { name: string; query: { rawSql?: string } }[] }
    for (const { name, query } of list.filter((each) => each.query.rawSql)) {
      const { values } = read(query.rawSql!).fields[0]!
      expect(values).toContain(name === 'service' ? QUOTED : `POST /${QUOTED}`)
      expect(values.filter((value) => `${value}`.includes('\\'))).toEqual([])
    }
  }
})

it('several services are chosen at once, with quotes in their names, too', () => {
  const requests = (service?: string[]) =>
    Object.fromEntries(
      rowsOf('Services: rate, errors, duration', { ...CHOSEN, service }).map((row) => [
        row.service,
        Number(row.requests),
      ]),
    )
  const all = requests()
  expect(Object.keys(all)).toEqual(expect.arrayContaining([QUOTED, ESCAPED]))
  expect(requests(['shop', QUOTED])).toEqual({ shop: all.shop, [QUOTED]: all[QUOTED] })
})

it('lines of several statuses are several fields of one frame', () => {
  const frame = read(sqlOf('Requests per second'))
  const statuses = new Set(frame.fields.find(({ name }) => name === 'series')!.values)
  expect(statuses.size).toBeGreaterThan(1)
  const wide = longToWide(frame)
  expect(wide.fields.filter(({ name }) => name === 'rps')).toHaveLength(statuses.size)
})

/** What a command prints as JSON. */
async function printed(...args: string[]) {
  const place = ['--url', front.url, '--database', 'otel_map', '--json']
  const { stdout, stderr } = await runHere([...args, ...place])
  expect(stdout, stderr).not.toBe('')
  return JSON.parse(stdout)
}

/** What the command of a query prints for the window, the steps and the variables of a panel. */
function printedFor({ name, params, panel, allTime }: Query, { service, operation }: Chosen) {
  const required = params.filter((param) => param.default === undefined)
  const inSteps = panel === 'timeseries' || panel === 'heatmap'
  return printed(
    name,
    ...required.map((param) => CHOSEN[param.label ?? param.name]![0]!),
    ...(allTime ? [] : WINDOW),
    ...(inSteps ? ['--bucket', `${RANGE.interval}s`] : []),
    ...(service ? ['--service', service[0]!] : []),
    ...(operation ? ['--name', operation[0]!] : []),
  )
}

/** The rows of a panel, which are the same with and without views. */
function rowsOf(title: string, chosen: Chosen = CHOSEN, range = RANGE): Record<string, unknown>[] {
  const [viewed, direct] = [boards, plain].map((those) => {
    const { fields } = read(sqlOf(title, those), chosen, range)
    return fields[0]!.values.map((_, row) =>
      Object.fromEntries(fields.map(({ name, values }) => [name, values[row]])),
    )
  })
  expect(direct).toEqual(viewed)
  return viewed!
}

describe('a panel has the rows that its command prints', () => {
  const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })

  it.each(queries.map((query, i) => ({ ...query, nth: i })))('$name', async ({ nth, ...query }) => {
    const rows = rowsOf(query.title)
    expect(rows.length).toBeGreaterThan(0)
    expect(sorted(rows)).toEqual(sorted(await printedFor(query, CHOSEN)))
    // What is chosen is applied in one place: one of three, and the first of each board. OTRACE_LONG=1: all of them.
    const { board } = panels().find(({ panel }) => panel.title === query.title)!
    const titles = queries.flatMap((one) => (one.allTime ? [] : [one.title]))
    const first = board.panels.find(({ title }) => titles.includes(title))!
    const isTried = nth % 3 === 0 || query.title === first.title || process.env.OTRACE_LONG
    if (query.allTime || !isTried) return
    const operation = board.uid === 'otrace-service' ? ['POST /product/{id}'] : undefined
    const chosen = { ...CHOSEN, service: ['shop'], operation }
    expect(sorted(rowsOf(query.title, chosen))).toEqual(sorted(await printedFor(query, chosen)))
  })

  it('trace', async () => {
    const { spans: wanted } = await printed('trace', TWICE.traceId)
    expect(wanted.length).toBe(spans.filter(({ traceId }) => traceId === TWICE.traceId).length - 2)
    const rows = rowsOf('Trace').map((row) => ({
      span_id: row.spanID,
      parent_id: row.parentSpanID,
      service: row.serviceName,
      name: row.operationName,
      time: `${row.startTime} ms`,
      duration: `${row.duration} ms`,
      is_error: row.statusCode === 2,
      status_message: row.statusMessage,
      attributes: mapped(row.tags),
      resource: mapped(row.serviceTags),
    }))
    const those = wanted.map((span: Record<string, unknown>) => ({
      ...Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, span[name]])),
      time: `${milliseconds(String(span.time))} ms`,
      duration: `${Number(span.duration) / 1e6} ms`,
    }))
    expect(sorted(rows)).toEqual(sorted(those))
  })

  it('heap and event loop, of which gc has the greatest', async () => {
    const day = { ...RANGE, interval: 86_400 }
    const shown = (title: string, column: string) =>
      Object.fromEntries(rowsOf(title, CHOSEN, day).map((row) => [row.series, row[column]]))
    const gc: Record<string, unknown>[] = await printed('gc', ...WINDOW)
    const known = (value: (row: Record<string, unknown>) => unknown) =>
      Object.fromEntries(gc.map((row) => [`${row.service} ${row.pid}`, value(row)]))
    expect(gc).toHaveLength(2)
    expect(shown('Heap in use by process', 'heap')).toEqual(known((row) => row.heap_max))
    expect(shown('Longest event-loop delay by process', 'delay')).toEqual(
      known((row) => Number(row.loop_delay_max) / 1e9),
    )
  })
})

/** Pairs of a key and a value, as an object. */
const mapped = (pairs: unknown) =>
  Object.fromEntries((pairs as { key: string; value: string }[]).map((p) => [p.key, p.value]))

/** Milliseconds since 1970 of a time with nine digits, as a double. */
const milliseconds = (time: string) =>
  Number(BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1_000_000n + BigInt(time.slice(20, -1))) /
  1e6

/** Rows in one order and one spelling: numbers of 12 digits, times in milliseconds. */
function sorted(rows: object[]): string[] {
  return rows.map((row) => JSON.stringify(row, (_, value) => spelled(value))).sort()
}

function spelled(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return Number(value.toPrecision(12))
  if (typeof value !== 'string') return value
  const time = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)Z?$/.exec(value)
  if (time)
    return `${time[1]} ${time[2]!.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros))}`
  return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(Number(value).toPrecision(12)) : value
}

it('conditions on the views, and panels, prune parts as on the table', () => {
  const explained = (sql: string) => session.query(`EXPLAIN indexes = 1 ${sql}`, 'TSV')
  const plan = (condition: string) =>
    explained(`SELECT count() FROM otrace.spans WHERE ${condition}`)
  const later = { ...RANGE, from: 1_900_000_000_000, to: 1_900_000_060_000 }
  for (const those of [boards, plain]) {
    const sql = expand(sqlOf('Requests per second', those), later, CHOSEN)
    expect(explained(sql)).toMatch(/Parts: 0\/[1-9]/)
  }
  expect(plan("time >= toDateTime64('2030-01-01 00:00:00', 9, 'UTC')")).toMatch(/Parts: 0\/[1-9]/)
  expect(plan("service = 'zz, no such service'")).toMatch(/Granules: 0\/[1-9]/)
  expect(plan("trace_id = 'none'")).toMatch(/Name: idx_trace_id/)
  const red = session.query('SELECT sum(calls) > 0, sum(errors) > 0 FROM otrace.red', 'TSV')
  expect(red).toBe('1\t1\n')
})
