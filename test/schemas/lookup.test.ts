/** A trace by its id with every state of the lookup table: complete, no duplicates. */
import type { Session as ChdbSession } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFilters } from '../../cli/options/filters.ts'
import { readOptions } from '../../cli/options/options.ts'
import { readSchemas } from '../../cli/query/files.ts'
import type { Session } from '../../cli/session/session.ts'
import { locateTrace } from '../../cli/session/trace/locate-trace.ts'
import { findTrace } from '../../cli/session/trace/read-trace.ts'
import { temporaryFolder } from '../folder.ts'
import { asStore, databaseOf, startEngine, store } from './engine.ts'
import { schemas } from './rows.ts'
import { makeSpans } from './spans.ts'

const LOOKUP = 'otel_traces_trace_id_ts'
const LONG = 'abcdef0123456789abcdef0123456789'
const MIDDLE = '(SELECT quantileExact(0.5)(Timestamp) FROM otel_map.otel_traces)'

/** The spans in the lookup table; undefined without a table. */
const KNOWN: Record<string, string | undefined> = {
  whole: '1',
  missing: undefined,
  empty: '0',
  'younger than the spans': `Timestamp >= ${MIDDLE}`,
  'no longer filled': `Timestamp < ${MIDDLE}`,
  'filled with the middle only': `Timestamp BETWEEN ${MIDDLE} - 600 AND ${MIDDLE} + 600`,
}

const folder = temporaryFolder()
let engine: ChdbSession
/** Trace id → number of its spans, as stored. */
let stored: Map<string, number>

beforeAll(async () => {
  engine = await startEngine(folder.path)
  store(engine, 'otel-map', makeSpans())
  // One trace spans all the others, and none of its spans points to the missing ones.
  engine.query(
    `INSERT INTO otel_map.otel_traces SELECT * REPLACE ('${LONG}' AS TraceId, '' AS ParentSpanId) FROM otel_map.otel_traces WHERE cityHash64(SpanId) % 20 = 0 AND TraceState = '' AND NOT mapContains(SpanAttributes, 'SampleRate')`,
  )
  const counts = `SELECT TraceId, count() FROM otel_map.otel_traces WHERE TraceId != '' GROUP BY TraceId ORDER BY TraceId = '${LONG}' DESC, min(Timestamp)`
  const lines = engine.query(counts, 'TSV').trimEnd().split('\n')
  const middle = lines.length / 2
  // The long one and the oldest, those beside the middle, and the newest. OTRACE_LONG=1: twice as many.
  const more = process.env.OTRACE_LONG ? 1 : 0
  const chosen = [
    ...lines.slice(0, 2 + more),
    ...lines.slice(middle - 1 - more, middle + 1 + more),
    ...lines.slice(-1 - 2 * more),
  ]
  stored = new Map(chosen.map((line) => [line.slice(0, 32), Number(line.slice(33))]))
  expect(stored.get(LONG)).toBeGreaterThan(20)
})

afterAll(() => {
  engine.close()
  folder.remove()
})

function sessionWith(siblings: string[], schemaName = 'otel-map'): Session {
  const schema = readSchemas().find(({ name }) => name === schemaName)!
  const source = {
    schema,
    library: { functions: '', relations: {} },
    database: databaseOf(schemaName),
    table: schemas[schemaName]!.table,
    filters: readFilters({}),
  }
  const options = readOptions({}, { env: {}, now: () => 10n ** 18n })
  const context = {} as Session['context']
  return {
    store: asStore(engine),
    source,
    options,
    context,
    columns: new Map(),
    indexes: new Map(),
    siblingTables: new Set(siblings),
  }
}

describe.each(Object.keys(KNOWN))('with a lookup table that is %s', (kind) => {
  const known = KNOWN[kind]
  let session: Session

  beforeAll(() => {
    engine.query(`DROP TABLE IF EXISTS otel_map.${LOOKUP}`)
    session = sessionWith(known === undefined ? [] : [LOOKUP])
    if (known === undefined) return
    engine.query(
      `CREATE TABLE otel_map.${LOOKUP} (TraceId String, Start DateTime, End DateTime) ENGINE = MergeTree PARTITION BY toDate(Start) ORDER BY (TraceId, Start)`,
    )
    engine.query(
      `INSERT INTO otel_map.${LOOKUP} SELECT TraceId, min(Timestamp), max(Timestamp) FROM otel_map.otel_traces WHERE ${known} GROUP BY TraceId`,
    )
  })

  it('finds every span of every trace', async () => {
    const found = new Map<string, number>()
    for (const id of stored.keys()) {
      const { trace } = await findTrace(session, id, {})
      found.set(id, trace.spans.length + trace.duplicates.rows)
    }
    expect(found).toEqual(stored)
  })

  it('finds a trace by the first digits of its id', async () => {
    // The long one, one of the middle and the newest.
    for (const id of [0, 2, -1].map((i) => [...stored.keys()].at(i)!)) {
      const { trace } = await findTrace(session, id.slice(0, 12), {})
      expect(trace.id).toBe(id)
      expect(trace.spans.length + trace.duplicates.rows).toBe(stored.get(id))
    }
  })

  it('reports an unknown id as not found', async () => {
    await expect(findTrace(session, 'f'.repeat(32), {})).rejects.toMatchObject({ exit: 5 })
    await expect(findTrace(session, 'f'.repeat(9), {})).rejects.toMatchObject({ exit: 5 })
  })
})

/** Other vendors' lookup tables, filled by their materialized views, and the start column. */
const OTHERS = {
  signoz: {
    table: 'trace_summary',
    key: 'PARTITION BY toDate(end) ORDER BY trace_id',
    time: 'timestamp',
  },
  jaeger: { table: 'trace_id_timestamps', key: 'ORDER BY trace_id', time: 'start_time' },
}

describe.each(Object.entries(OTHERS))(
  'the lookup table of %s',
  (schemaName, { table, key, time }) => {
    const database = databaseOf(schemaName)
    const spans = `${database}.${schemas[schemaName]!.table}`
    let asked: Session

    beforeAll(() => {
      asked = sessionWith([table], schemaName)
      store(engine, schemaName, makeSpans())
      engine.query(`CREATE TABLE ${database}.${table} (trace_id String, start SimpleAggregateFunction(min, DateTime64(9)),
      end SimpleAggregateFunction(max, DateTime64(9))) ENGINE = AggregatingMergeTree ${key}`)
      engine.query(`INSERT INTO ${database}.${table} SELECT trace_id, min(${time}), max(${time}) FROM ${spans}
      WHERE ${time} > (SELECT quantileExact(0.5)(${time}) FROM ${spans}) GROUP BY trace_id`)
    })

    it('gives the times of a trace, and traces missing from it are found too', async () => {
      const sql = `SELECT toString(trace_id), count(), toUnixTimestamp64Nano(toDateTime64(min(${time}), 9)) FROM ${spans}
      WHERE trace_id NOT LIKE '' GROUP BY trace_id ORDER BY min(${time})`
      const all = engine.query(sql, 'TSV').trimEnd().split('\n')
      for (const line of [...all.slice(0, 3), ...all.slice(-3)]) {
        const [id = '', count, start] = line.split('\t')
        const { trace } = await findTrace(asked, id, {})
        expect([id, trace.spans.length + trace.duplicates.rows]).toEqual([id, Number(count)])
        const known = all.indexOf(line) > 3
        const located = await locateTrace(asked, id)
        expect(located?.window?.inverted).toBe(known ? undefined : true)
        if (known) expect(located?.window?.from).toBe(BigInt(start!))
      }
      await expect(findTrace(asked, 'f'.repeat(32), {})).rejects.toMatchObject({ exit: 5 })
    })
  },
)
