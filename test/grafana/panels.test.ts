/** Every panel of every dashboard, as Grafana's data source treats it, against the commands. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dashboard } from '../../cli/commands/grafana/dashboards.ts'
import type { FilterFlags } from '../../cli/options/filters.ts'
import { defaults } from '../../cli/query/bind.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import { readQueryFiles } from '../../cli/query/files.ts'
import type { Query } from '../../cli/query/query-file.ts'
import { removeFolder, temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { ask, startEngine, store } from '../schemas/engine.ts'
import { type Front, serve } from '../schemas/front.ts'
import { sourceOf } from '../schemas/source.ts'
import { FROM, makeSpans, TO } from '../schemas/spans.ts'
import { type Chosen, expand, type Frame, longToWide } from './plugin.ts'

const spans = makeSpans()
const folder = temporaryFolder()
const written = mkdtempSync(join(tmpdir(), 'otrace-grafana-'))
const RANGE = { from: Number(FROM / 1_000_000n), to: Number(TO / 1_000_000n), interval: 60 }
const TRACE = spans[0]!.traceId
/** One user's requests, and every service. */
const CHOSEN: Chosen = {
  service: undefined,
  operation: undefined,
  trace_id: [TRACE],
  user_id: ['user-5'],
  attribute: ['http.route'],
  product_id: ['product-2'],
}
let session: Session
let front: Front
let boards: Dashboard[]

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', spans)
  front = await serve(folder.path)
  const own = join(written, 'queries')
  mkdirSync(own)
  writeFileSync(
    join(own, 'busy.sql'),
    '-- Busy minutes\n-- @panel timeseries\nSELECT count() AS n, service, toStartOfMinute(spans.time) AS at FROM spans GROUP BY service, at ORDER BY service, at DESC\n',
  )
  boards = await write(written, own)
  const ddl = await runHere(['schema', '--views', '--database', 'otel_map'])
  for (const statement of ddl.stdout.split(';\n').filter((text) => text.trim())) {
    session.query(statement)
  }
})

/** The dashboards that the command writes into a folder. */
async function write(folder: string, own: string, ...flags: string[]): Promise<Dashboard[]> {
  const args = ['grafana', '--out', folder, '--database', 'otel_map', '--shop', '--queries', own]
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

function read(sql: string): Frame {
  const result = JSON.parse(session.query(sql, 'JSONCompact')) as {
    meta: { name: string; type: string }[]
    data: unknown[][]
  }
  return {
    fields: result.meta.map(({ name, type }, i) => ({
      name,
      type,
      values: result.data.map((row) => row[i]),
    })),
  }
}

const panels = () => boards.flatMap((board) => board.panels.map((panel) => ({ board, panel })))
const panelOf = (title: string) => panels().find(({ panel }) => panel.title === title)!.panel

it('every panel answers, in the form of its format', () => {
  expect(boards.map(({ uid }) => uid)).toEqual([
    'otrace-service',
    'otrace-business',
    'otrace-runtime',
  ])
  expect(panels().length).toBeGreaterThan(15)
  for (const { board, panel } of panels()) {
    const [target] = panel.targets
    expect(target!.rawSql).not.toMatch(/\$__(?:from|to)\b/)
    const frame = read(expand(target!.rawSql, RANGE, CHOSEN))
    expect(frame.fields.length, `${board.uid} ${panel.title}`).toBeGreaterThan(1)
    const { queryType, format } = target!
    expect([queryType, format]).toEqual(
      panel.type === 'timeseries'
        ? ['timeseries', 0]
        : panel.type === 'traces'
          ? ['traces', 3]
          : ['table', 1],
    )
    if (format === 0 && frame.fields[0]!.values.length > 0) longToWide(frame)
  }
})

it('every panel answers the same without views', async () => {
  const plain = await write(join(written, 'plain'), join(written, 'queries'), '--no-views')
  for (const [i, board] of boards.entries()) {
    for (const [j, panel] of board.panels.entries()) {
      const sql = plain[i]!.panels[j]!.targets[0]!.rawSql
      expect(sql).not.toContain('otrace.spans')
      const [viewed, direct] = [panel.targets[0]!.rawSql, sql].map((each) =>
        read(expand(each, RANGE, CHOSEN)).fields.map(({ name, values }) => ({ name, values })),
      )
      expect(direct, panel.title).toEqual(viewed)
    }
  }
})

it('a query file of the user has a panel of its own', () => {
  const [own] = panels().filter(({ panel }) => panel.title === 'Busy minutes')
  expect(own?.board.uid).toBe('otrace-business')
  const frame = read(expand(own!.panel.targets[0]!.rawSql, RANGE, CHOSEN))
  expect(longToWide(frame).fields.length).toBeGreaterThan(2)
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
  for (const { templating } of boards) {
    const { list } = templating as { list: { name: string; query: { rawSql?: string } }[] }
    for (const { query } of list.filter((each) => each.query.rawSql)) {
      const { fields } = read(expand(query.rawSql!, RANGE, CHOSEN))
      expect(fields[0]!.values.length).toBeGreaterThan(1)
    }
  }
})

it('lines of several statuses are several fields of one frame', () => {
  const frame = read(expand(panelOf('Requests per second').targets[0]!.rawSql, RANGE, CHOSEN))
  const statuses = new Set(frame.fields.find(({ name }) => name === 'series')!.values)
  expect(statuses.size).toBeGreaterThan(1)
  const wide = longToWide(frame)
  expect(wide.fields.filter(({ name }) => name === 'rps')).toHaveLength(statuses.size)
})

const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
const shown = queries.filter(({ allTime }) => !allTime)

/** The rows of a command's statement, on the table itself. */
function asked(query: Query, flags: FilterFlags): Promise<object[]> {
  const given = Object.fromEntries(
    query.params
      .filter((param) => param.default === undefined)
      .map(({ name, label = name }) => [name, CHOSEN[label]![0]!]),
  )
  const composed = compose(query.sql, defaults(query, given), sourceOf('otel-map', flags))
  const byKind = composed.uncrossed?.() ?? composed
  return ask(session, byKind.plainNames?.() ?? byKind)
}

describe('a panel has the rows of its command', () => {
  it.each(shown)('$name', async (query) => {
    const wanted = await asked(query, {})
    const rows = rowsOf(read(expand(panelOf(query.title).targets[0]!.rawSql, RANGE, CHOSEN)))
    // The spans have no call that repeats.
    if (query.name !== 'repeats') expect(rows.length).toBeGreaterThan(0)
    expect(sorted(rows)).toEqual(sorted(wanted))
  })

  it('rps --service shop, as the command prints it', async () => {
    const window = ['--from', '2025-10-09T08:55:23Z', '--to', '2025-10-09T09:55:23Z']
    const args = ['rps', '--bucket', '1m', '--service', 'shop', ...window, '--json']
    const { stdout } = await runHere([...args, '--url', front.url, '--database', 'otel_map'])
    const sql = panelOf('Requests per second').targets[0]!.rawSql
    const rows = rowsOf(read(expand(sql, RANGE, { ...CHOSEN, service: ['shop'] })))
    expect(sorted(rows)).toEqual(sorted(JSON.parse(stdout)))
  })
})

function rowsOf({ fields }: Frame): object[] {
  return fields[0]!.values.map((_, row) =>
    Object.fromEntries(fields.map(({ name, values }) => [name, values[row]])),
  )
}

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

it('conditions on the views prune parts as on the table', () => {
  const plan = (condition: string) =>
    session.query(`EXPLAIN indexes = 1 SELECT count() FROM otrace.spans WHERE ${condition}`, 'TSV')
  expect(plan("time >= toDateTime64('2030-01-01 00:00:00', 9, 'UTC')")).toMatch(/Parts: 0\/[1-9]/)
  expect(plan("service = 'no such service'")).toMatch(/Granules: 0\/[1-9]/)
  expect(plan("trace_id = 'none'")).toMatch(/Name: idx_trace_id/)
  const red = session.query('SELECT sum(calls) > 0, sum(errors) > 0 FROM otrace.red', 'TSV')
  expect(red).toBe('1\t1\n')
})
