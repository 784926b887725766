/** `otrace attributes` over ClickStack's rollup: same rows, or a fallback to spans. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findRollup } from '../../cli/commands/attributes/rollup.ts'
import { readFilters } from '../../cli/options/filters.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import type { SpansSource } from '../../cli/query/compose/source.ts'
import { readLibrary, readQuery, readSchemas } from '../../cli/query/files.ts'
import { stripHeader } from '../../cli/query/header.ts'
import { clickhouseTime } from '../../cli/query/window.ts'
import type { Row } from '../../cli/result.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, asStore, distribute, startEngine, store } from './engine.ts'
import { FROM, makeSpans, TO } from './spans.ts'

const MINUTE = 60_000_000_000n
const MIDDLE = FROM + (TO - FROM) / 2n
/** Spans without sampling. */
const spans = makeSpans().map((span) => {
  const { SampleRate, ...attributes } = span.attributes
  return { ...span, traceState: '', attributes }
})
const folder = temporaryFolder()
let session: Session

/** ClickStack's rollup (its seed `otel_traces_rollups.sql`). */
const ROLLUP = `CREATE TABLE otel_traces_kv_rollup_15m
  (Timestamp DateTime, ColumnIdentifier LowCardinality(String), Key LowCardinality(String), Value String, count UInt64)
  ENGINE = SummingMergeTree PARTITION BY toDate(Timestamp) ORDER BY (ColumnIdentifier, Key, Timestamp, Value)`

function fill(column: string): string {
  const pairs =
    column === 'NativeColumn'
      ? "ARRAY JOIN [('ServiceName', toString(ServiceName)), ('SpanName', toString(SpanName))] AS pair"
      : `ARRAY JOIN ${column} AS pair`
  return `CREATE MATERIALIZED VIEW otel_traces_of_${column} TO otel_traces_kv_rollup_15m AS
    SELECT toStartOfFifteenMinutes(Timestamp) AS Timestamp, '${column}' AS ColumnIdentifier,
      pair.1 AS Key, pair.2 AS Value, count() AS count
    FROM otel_traces ${pairs} GROUP BY ALL`
}

/** One span with an adjusted count of two. */
const SAMPLED = {
  by_state: "'ot=th:8' AS TraceState",
  by_rate: "mapConcat(SpanAttributes, map('SampleRate', '2')) AS SpanAttributes",
}

/** A copy of the spans with a rollup of these columns, over the second half or over all. */
function rolledUp(database: string, columns: string[], young = false): void {
  const copy = (condition: string) =>
    session.query(
      `INSERT INTO otel_traces SELECT * FROM clickstack.otel_traces WHERE Timestamp ${condition} toDateTime64('${clickhouseTime(MIDDLE)}', 9, 'UTC')`,
    )
  session.query(`CREATE DATABASE ${database}`)
  session.query(`USE ${database}`)
  session.query('CREATE TABLE otel_traces AS clickstack.otel_traces')
  if (young) copy('<')
  session.query(ROLLUP)
  for (const column of columns) session.query(fill(column))
  if (!young) copy('<')
  copy('>=')
}

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'clickstack', spans)
  const attributes = ['NativeColumn', 'SpanAttributes', 'ResourceAttributes']
  rolledUp('rolled', attributes)
  rolledUp('young', attributes, true)
  rolledUp('native', ['NativeColumn'])
  for (const [database, change] of Object.entries(SAMPLED)) {
    rolledUp(database, attributes)
    session.query(
      `INSERT INTO ${database}.otel_traces SELECT * REPLACE (${change}) FROM ${database}.otel_traces LIMIT 1`,
    )
  }
})

afterAll(() => {
  session.close()
  folder.remove()
})

function source(database: string, flags = {}, from = FROM + 7n * MINUTE, to = TO): SpansSource {
  return {
    schema: readSchemas().find(({ name }) => name === 'clickstack')!,
    library: readLibrary(),
    database,
    table: 'otel_traces',
    filters: readFilters(flags),
    window: { from, to, bucket: 60 },
  }
}

const find = (asked: SpansSource) => findRollup({ store: asStore(session), source: asked })
const text = (name: string) => stripHeader(readQuery(`internal/attributes/${name}.sql`))

/** The most frequent of many values are approximate. */
const known = (rows: Row[]) =>
  rows.map(({ examples, ...row }) =>
    Number(row.values) > 3 ? row : { ...row, examples: [...(examples as string[])].sort() },
  )

describe('otrace attributes', () => {
  it('reads the rollup, in whole quarters of an hour', async () => {
    const asked = source('rolled', {}, FROM + 7n * MINUTE, TO - 20n * MINUTE)
    const rollup = (await find(asked))!
    expect(rollup).toMatchObject({ table: 'otel_traces_kv_rollup_15m' })
    const quarter = 15n * MINUTE
    expect(rollup.window.from % quarter).toBe(0n)
    expect(rollup.window.to % quarter).toBe(0n)
    expect(rollup.window.from).toBeLessThanOrEqual(asked.window!.from)
    expect(rollup.window.from).toBeGreaterThan(asked.window!.from - quarter)
    expect(rollup.window.to).toBeGreaterThanOrEqual(asked.window!.to)
    expect(rollup.window.to).toBeLessThan(asked.window!.to + quarter)

    const rounded = { ...asked, window: rollup.window }
    const given = { limit: 500, rollup: rollup.table }
    const statement = compose(text('keys-of-rollup'), given, rounded)
    const rows = await ask(session, statement)
    const wanted = await ask(session, compose(text('keys'), { limit: 500 }, rounded))
    expect(new Set(wanted.map((row) => row.on))).toEqual(new Set(['span', 'resource', 'event']))
    expect(known(rows)).toEqual(known(wanted))
    expect(rows.map((row) => Object.keys(row))).toEqual(wanted.map((row) => Object.keys(row)))
  })

  it('reads the spans if the rollup is incomplete', async () => {
    expect(await find(source('clickstack'))).toBeUndefined()
    expect(await find(source('native'))).toBeUndefined()
    expect(await find(source('young'))).toBeUndefined()
    expect(await find(source('young', {}, MIDDLE + 20n * MINUTE))).toBeDefined()
    expect(await find(source('rolled', {}, TO + 60n * MINUTE, TO + 90n * MINUTE))).toBeUndefined()
  })

  it.each(Object.keys(SAMPLED))('reads the spans if one is sampled (%s)', async (database) => {
    expect(await find(source(database, {}, FROM))).toBeUndefined()
    expect(await find({ ...source(database, {}, FROM), weighted: false })).toBeDefined()
  })

  it('reads the spans if there are filters', async () => {
    for (const flags of [
      { service: ['shop'] },
      { traceAttr: ['user.id'] },
      { where: 'true' },
      { dedupe: true },
    ]) {
      expect(await find(source('rolled', flags))).toBeUndefined()
    }
  })

  it('reads the spans if the rollup is only one shard of a cluster', async () => {
    distribute(session, 'clickstack')
    session.query(ROLLUP.replace('TABLE ', 'OR REPLACE TABLE clickstack.distributed_'))
    session.query(
      'INSERT INTO clickstack.distributed_otel_traces_kv_rollup_15m SELECT * FROM rolled.otel_traces_kv_rollup_15m',
    )
    const asked = { ...source('clickstack'), table: 'distributed_otel_traces' }
    expect(await find(asked)).toBeUndefined()
    session.query(
      "CREATE OR REPLACE TABLE clickstack.distributed_otel_traces_kv_rollup_15m AS rolled.otel_traces_kv_rollup_15m ENGINE = Distributed('alone', 'rolled', 'otel_traces_kv_rollup_15m')",
    )
    expect(await find(asked)).toBeDefined()
  })
})
