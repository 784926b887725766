/** Benchmark of one trace by id, and of an unknown id, on two tables with the same spans. */
// npx tsx bench/query/trace.ts <directory>, after `bench/query/main.ts <spans> <directory>`.
import { readFileSync } from 'node:fs'
import { Session as ChdbSession } from 'chdb'
import { OtraceError } from '../../cli/errors.ts'
import { readFilters } from '../../cli/options/filters.ts'
import { readOptions } from '../../cli/options/options.ts'
import type { BoundQuery } from '../../cli/query/compose/bound-query.ts'
import type { SpansSource } from '../../cli/query/compose/source.ts'
import { readSchemas } from '../../cli/query/files.ts'
import type { Session } from '../../cli/session/session.ts'
import { spansOfTrace } from '../../cli/session/trace/read-spans.ts'
import { findTrace } from '../../cli/session/trace/read-trace.ts'
import type { Store } from '../../cli/store/client.ts'
import { SHOWN_COLUMNS } from '../../cli/trace/model/span-row.ts'
import { asStore } from '../../test/schemas/engine.ts'

const TRACES = 25
/** Seconds of spans per insert. */
const SLICE = 600
const directory = process.argv[2]
if (!directory) throw new Error('no directory: npx tsx bench/query/trace.ts <directory>')
const session = open(directory)
/** More sessions, so that concurrent statements don't wait for each other. */
const others = [open(directory), open(directory), open(directory)]
const stock = { database: 'otel', table: 'otel_traces' }
const own = { database: 'own', table: 'otel_traces' }
/** The exporter's own recipe. */
const LOOKUP = `WITH
  (SELECT min(Start) FROM otel_traces_trace_id_ts WHERE TraceId = {id:String}) AS start,
  (SELECT max(End) + 1 FROM otel_traces_trace_id_ts WHERE TraceId = {id:String}) AS end
SELECT * FROM otel_traces WHERE TraceId = {id:String} AND Timestamp >= start AND Timestamp <= end`

const schema = readSchemas().find(({ name }) => name === 'otel-map')!
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
      (id) => run(hand(place, LOOKUP, id)),
      (id) => run(spansOfTrace(source(place), id, { columns: SHOWN_COLUMNS })),
    ])
    console.log(
      `${(place === own ? 'own' : 'stock').padEnd(6)} ${what.padEnd(9)} ${asked!.toFixed(1).padStart(9)} ${byHand!.toFixed(1).padStart(14)} ${(asked! / byHand!).toFixed(2).padStart(9)} ${scanned!.toFixed(1).padStart(20)}`,
    )
  }
}
for (const each of [...others, session]) each.close()

/** The collector's tables with the exporter's rows, and the exporter's lookup table. */
function prepare(): void {
  if (column("SELECT count() FROM system.databases WHERE name = 'own'")[0] !== '0') return
  session.query('CREATE DATABASE own')
  for (const name of ['otel_traces', 'otel_traces_trace_id_ts', 'otel_traces_trace_id_ts_mv']) {
    const path = new URL(`../../collector/schema/${name}.sql`, import.meta.url)
    session.query(readFileSync(path, 'utf8').replace(/\botel\./g, 'own.'))
  }
  // Insert in order of time, so that a part has a time range and not a few operations.
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

function hand({ database }: typeof stock, sql: string, id: string): BoundQuery {
  return { sql: sql.replaceAll(/\botel_traces/g, `${database}.otel_traces`), params: { id } }
}

function open(folder: string): ChdbSession {
  const opened = new ChdbSession(folder)
  opened.query(
    'SET optimize_functions_to_subcolumns = 0, use_statistics = 0, use_query_condition_cache = 0, optimize_and_compare_chain = 0',
  )
  return opened
}

/** The work of `otrace trace <id>` on a known table. */
async function throughOtrace(place: typeof stock, id: string): Promise<void> {
  let turn = 0
  const ask: Store['ask'] = (statement) => asStore(others[turn++ % others.length]!).ask(statement)
  const store = { ...asStore(session), ask, local: place === own }
  const siblingTables = new Set(['otel_traces_trace_id_ts'])
  const context = {} as Session['context']
  const opened = {
    store,
    source: source(place),
    options: readOptions({}, { env: {}, now: () => 10n ** 18n }),
    context,
    columns: new Map(),
    indexes: new Map(),
    siblingTables,
  }
  await findTrace(opened, id, { detail: 'outline' }).catch((error) => {
    if (!(error instanceof OtraceError && error.exit === 5)) throw error
  })
}

function source(place: typeof stock): SpansSource {
  return {
    schema,
    library: { functions: '', relations: {} },
    ...place,
    filters: readFilters({}),
  }
}

function run({ sql, params }: BoundQuery): void {
  session.queryBind(sql, params, 'JSONCompactEachRow')
}

/** Medians in milliseconds over the ids, of the second run of each. The first warms up. */
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
