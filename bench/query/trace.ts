/**
 * Measures one trace by its id, and an id that is not there, on the table that main.ts filled and on the collector's own with the same
 * spans: `npx tsx bench/query/trace.ts <directory>`, after `main.ts <spans> <directory>`.
 */
import { readFileSync } from 'node:fs'
import { Session } from 'chdb'
import type { Asking } from '../../cli/asking.ts'
import { readProfiles } from '../../cli/catalogue.ts'
import { OtraceError } from '../../cli/errors.ts'
import { findTrace } from '../../cli/find-trace.ts'
import type { Source, Statement } from '../../cli/query/compose.ts'
import { readPopulation } from '../../cli/query/population.ts'
import { spansOfTrace } from '../../cli/read-trace.ts'
import type { Store } from '../../cli/store/store.ts'
import { SHOWN_COLUMNS } from '../../cli/trace/span.ts'
import { asStore } from '../../test/schemas/engine.ts'

const TRACES = 25
/** Seconds of spans that are stored at once. */
const SLICE = 600
const directory = process.argv[2]
if (!directory) throw new Error('which directory?')
const session = open(directory)
/** What goes out at once does not wait for its turn on one session. */
const others = [open(directory), open(directory), open(directory)]
const stock = { database: 'otel', table: 'otel_traces' }
const own = { database: 'own', table: 'otel_traces' }
/** The exporter's own recipe. */
const LOOKUP = `WITH
  (SELECT min(Start) FROM otel_traces_trace_id_ts WHERE TraceId = {id:String}) AS start,
  (SELECT max(End) + 1 FROM otel_traces_trace_id_ts WHERE TraceId = {id:String}) AS end
SELECT * FROM otel_traces WHERE TraceId = {id:String} AND Timestamp >= start AND Timestamp <= end`

const profile = readProfiles().find(({ name }) => name === 'otel-map')!
prepare()
const ids = column(
  `SELECT TraceId FROM otel.otel_traces_trace_id_ts WHERE cityHash64(TraceId) % 20000 = 7 LIMIT ${TRACES}`,
)
const missing = ids.map((id) => `${id.slice(0, 31)}${id.endsWith('0') ? '1' : '0'}`)
console.log('median of        otrace, ms    by hand, ms    ratio    without the lookup table, ms')
for (const place of [stock, own]) {
  for (const [what, some] of Object.entries({ 'a trace': ids, 'no trace': missing })) {
    const [asked, byHand, scanned] = await measure(some, [
      (id) => throughOtrace(place, id),
      (id) => question(hand(place, LOOKUP, id)),
      (id) => question(spansOfTrace(source(place), id, { columns: SHOWN_COLUMNS })),
    ])
    console.log(
      `${(place === own ? 'own' : 'stock').padEnd(6)} ${what.padEnd(9)} ${asked!.toFixed(1).padStart(9)} ${byHand!.toFixed(1).padStart(14)} ${(asked! / byHand!).toFixed(2).padStart(9)} ${scanned!.toFixed(1).padStart(20)}`,
    )
  }
}
for (const each of [...others, session]) each.close()

/** The collector's tables, filled from the exporter's, and the lookup table that the exporter would have made. */
function prepare(): void {
  if (column("SELECT count() FROM system.databases WHERE name = 'own'")[0] !== '0') return
  session.query('CREATE DATABASE own')
  for (const name of ['otel_traces', 'otel_traces_trace_id_ts', 'otel_traces_trace_id_ts_mv']) {
    const path = new URL(`../../collector/schema/${name}.sql`, import.meta.url)
    session.query(readFileSync(path, 'utf8').replace(/\botel\./g, 'own.'))
  }
  // As spans come: each part holds a time, not operations.
  for (const from of column(
    `SELECT DISTINCT toUnixTimestamp(toStartOfInterval(Timestamp, INTERVAL ${SLICE} SECOND)) AS t FROM otel.otel_traces ORDER BY t`,
  )) {
    session.query(`INSERT INTO own.otel_traces SELECT * FROM otel.otel_traces
      WHERE Timestamp >= fromUnixTimestamp(${from}) AND Timestamp < fromUnixTimestamp(${Number(from) + SLICE})`)
  }
  session.query('OPTIMIZE TABLE own.otel_traces_trace_id_ts FINAL')
  session.query(`CREATE TABLE otel.otel_traces_trace_id_ts (
    TraceId String CODEC(ZSTD(1)), Start DateTime CODEC(Delta(4), ZSTD(1)), End DateTime CODEC(Delta(4), ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1)
    ENGINE = MergeTree PARTITION BY toDate(Start) ORDER BY (TraceId, Start)`)
  session.query(`INSERT INTO otel.otel_traces_trace_id_ts
    SELECT TraceId, min(Timestamp), max(Timestamp) FROM otel.otel_traces GROUP BY TraceId`)
}

function hand({ database }: typeof stock, sql: string, id: string): Statement {
  return { sql: sql.replaceAll(/\botel_traces/g, `${database}.otel_traces`), params: { id } }
}

function open(folder: string): Session {
  const opened = new Session(folder)
  opened.query(
    'SET optimize_functions_to_subcolumns = 0, use_statistics = 0, use_query_condition_cache = 0',
  )
  return opened
}

/** What `otrace trace <id>` does once it knows the table. */
async function throughOtrace(place: typeof stock, id: string): Promise<void> {
  let turn = 0
  const ask: Store['ask'] = (statement) => asStore(others[turn++ % others.length]!).ask(statement)
  const store = { ...asStore(session), ask, local: place === own }
  const beside = new Set(['otel_traces_trace_id_ts'])
  const context = {} as Asking['context']
  const asking = { store, source: source(place), flags: {}, context, columns: new Map(), beside }
  await findTrace(asking, id, { detail: 'outline' }).catch((error) => {
    if (!(error instanceof OtraceError && error.exit === 5)) throw error
  })
}

function source(place: typeof stock): Source {
  return {
    profile,
    red: '',
    percentiles: '',
    ...place,
    population: readPopulation({}),
  }
}

function question({ sql, params }: Statement): void {
  session.queryBind(sql, params, 'JSONCompactEachRow')
}

/** Medians in milliseconds over the ids, of their second time: the first warms. */
async function measure(
  some: string[],
  candidates: ((id: string) => void | Promise<void>)[],
): Promise<number[]> {
  const times = candidates.map(() => [] as number[])
  for (const warm of [false, true]) {
    for (const id of some) {
      for (const [i, candidate] of candidates.entries()) {
        const start = performance.now()
        await candidate(id)
        if (warm) times[i]!.push(performance.now() - start)
      }
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!)
}

function column(sql: string): string[] {
  return session.query(sql, 'TSV').trimEnd().split('\n')
}
