/** One trace by its id, whatever the lookup table knows: the same spans, and none lost or counted twice. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asking } from '../../cli/asking.ts'
import { readProfiles } from '../../cli/catalogue.ts'
import { findTrace } from '../../cli/find-trace.ts'
import { locateTrace } from '../../cli/locate-trace.ts'
import { readPopulation } from '../../cli/query/population.ts'
import { temporaryFolder } from '../otrace.ts'
import { asStore, databaseOf, startEngine, store } from './engine.ts'
import { schemas } from './rows.ts'
import { makeSpans } from './spans.ts'

const LOOKUP = 'otel_traces_trace_id_ts'
const LONG = 'abcdef0123456789abcdef0123456789'
const MIDDLE = '(SELECT quantileExact(0.5)(Timestamp) FROM otel_map.otel_traces)'

/** What the lookup table was filled from; undefined where there is none. */
const KNOWN: Record<string, string | undefined> = {
  whole: '1',
  missing: undefined,
  empty: '0',
  'younger than the spans': `Timestamp >= ${MIDDLE}`,
  'no longer filled': `Timestamp < ${MIDDLE}`,
  'filled with the middle only': `Timestamp BETWEEN ${MIDDLE} - 600 AND ${MIDDLE} + 600`,
}

const folder = temporaryFolder()
let session: Session
/** Trace id → number of its spans, as stored. */
let stored: Map<string, number>

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', makeSpans())
  // One trace runs as long as all the others together, and nothing in it points to what is missing.
  session.query(
    `INSERT INTO otel_map.otel_traces SELECT * REPLACE ('${LONG}' AS TraceId, '' AS ParentSpanId) FROM otel_map.otel_traces WHERE cityHash64(SpanId) % 20 = 0 AND TraceState = '' AND NOT mapContains(SpanAttributes, 'SampleRate')`,
  )
  const counts = `SELECT TraceId, count() FROM otel_map.otel_traces WHERE TraceId != '' GROUP BY TraceId ORDER BY TraceId = '${LONG}' DESC, min(Timestamp)`
  const lines = session.query(counts, 'TSV').trimEnd().split('\n')
  const middle = lines.length / 2
  const chosen = [...lines.slice(0, 3), ...lines.slice(middle - 2, middle + 2), ...lines.slice(-3)]
  stored = new Map(chosen.map((line) => [line.slice(0, 32), Number(line.slice(33))]))
  expect(stored.get(LONG)).toBeGreaterThan(20)
}, 60_000)

afterAll(() => {
  session.close()
  folder.remove()
})

function asking(beside: string[], schema = 'otel-map'): Asking {
  const profile = readProfiles().find(({ name }) => name === schema)!
  const source = {
    profile,
    red: '',
    percentiles: '',
    database: databaseOf(schema),
    table: schemas[schema]!.table,
    population: readPopulation({}),
  }
  const flags = {}
  const context = {} as Asking['context']
  return {
    store: asStore(session),
    source,
    flags,
    context,
    columns: new Map(),
    beside: new Set(beside),
  }
}

describe.each(Object.keys(KNOWN))('with a lookup table that is %s', (kind) => {
  const known = KNOWN[kind]
  let asked: Asking

  beforeAll(() => {
    session.query(`DROP TABLE IF EXISTS otel_map.${LOOKUP}`)
    asked = asking(known === undefined ? [] : [LOOKUP])
    if (known === undefined) return
    session.query(
      `CREATE TABLE otel_map.${LOOKUP} (TraceId String, Start DateTime, End DateTime) ENGINE = MergeTree PARTITION BY toDate(Start) ORDER BY (TraceId, Start)`,
    )
    session.query(
      `INSERT INTO otel_map.${LOOKUP} SELECT TraceId, min(Timestamp), max(Timestamp) FROM otel_map.otel_traces WHERE ${known} GROUP BY TraceId`,
    )
  })

  it('every trace is whole', async () => {
    const found = new Map<string, number>()
    for (const id of stored.keys()) {
      const { trace } = await findTrace(asked, id, {})
      found.set(id, trace.spans.length + trace.duplicates.copies)
    }
    expect(found).toEqual(stored)
  })

  it('the first digits do as well', async () => {
    for (const id of stored.keys()) {
      const { trace } = await findTrace(asked, id.slice(0, 12), {})
      expect(trace.id).toBe(id)
      expect(trace.spans.length + trace.duplicates.copies).toBe(stored.get(id))
    }
  })

  it('what is not there is not found', async () => {
    await expect(findTrace(asked, 'f'.repeat(32), {})).rejects.toMatchObject({ exit: 5 })
    await expect(findTrace(asked, 'f'.repeat(9), {})).rejects.toMatchObject({ exit: 5 })
  })
})

/** Lookup tables of others, filled by the statement of their own materialized view; and when a span starts. */
const OTHERS = {
  signoz: {
    table: 'trace_summary',
    key: 'PARTITION BY toDate(end) ORDER BY trace_id',
    time: 'timestamp',
  },
  jaeger: { table: 'trace_id_timestamps', key: 'ORDER BY trace_id', time: 'start_time' },
}

describe.each(Object.entries(OTHERS))('the lookup table of %s', (schema, { table, key, time }) => {
  const database = databaseOf(schema)
  const spans = `${database}.${schemas[schema]!.table}`
  let asked: Asking

  beforeAll(() => {
    asked = asking([table], schema)
    store(session, schema, makeSpans())
    session.query(`CREATE TABLE ${database}.${table} (trace_id String, start SimpleAggregateFunction(min, DateTime64(9)),
      end SimpleAggregateFunction(max, DateTime64(9))) ENGINE = AggregatingMergeTree ${key}`)
    session.query(`INSERT INTO ${database}.${table} SELECT trace_id, min(${time}), max(${time}) FROM ${spans}
      WHERE ${time} > (SELECT quantileExact(0.5)(${time}) FROM ${spans}) GROUP BY trace_id`)
  })

  it('says when a trace was, and what it does not know is found as well', async () => {
    const sql = `SELECT toString(trace_id), count(), toUnixTimestamp64Nano(toDateTime64(min(${time}), 9)) FROM ${spans}
      WHERE trace_id NOT LIKE '' GROUP BY trace_id ORDER BY min(${time})`
    const all = session.query(sql, 'TSV').trimEnd().split('\n')
    for (const line of [...all.slice(0, 3), ...all.slice(-3)]) {
      const [id = '', count, start] = line.split('\t')
      const { trace } = await findTrace(asked, id, {})
      expect([id, trace.spans.length + trace.duplicates.copies]).toEqual([id, Number(count)])
      const known = all.indexOf(line) > 3
      const located = await locateTrace(asked, id)
      expect(located?.window?.outside).toBe(known ? undefined : true)
      if (known) expect(located?.window?.from).toBe(BigInt(start!))
    }
    await expect(findTrace(asked, 'f'.repeat(32), {})).rejects.toMatchObject({ exit: 5 })
  })
})
