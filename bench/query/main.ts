/** Benchmark of queries through `spans` and by hand, on the exporter's table. */
// npx tsx bench/query/main.ts [spans] [directory]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'
import { readFilters } from '../../cli/options/filters.ts'
import { readWindow } from '../../cli/options/window.ts'
import { defaults } from '../../cli/query/bind.ts'
import type { BoundQuery } from '../../cli/query/compose/bound-query.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import type { SpansSource } from '../../cli/query/compose/source.ts'
import { readLibrary, readQuery, readQueryFiles, readSchemas } from '../../cli/query/files.ts'
import { stripHeader } from '../../cli/query/header.ts'

const WANTED = Number(process.argv[2] ?? 2_000_000)
/** Short statements run more often, because their medians vary more. */
const ROUNDS = { least: 7, most: 31, ms: 1_500 }
const BATCH = 20_000
const WEEK = 604_800_000_000_000n
/** 2026-11-01, so that runs are reproducible. */
const START = 1_793_491_200_000_000_000n
const WINDOWS = ['1h', '24h', '7d']
const GIVEN: Record<string, string> = { user_id: 'user-7', product_id: 'product-3' }

const kept = process.argv[3]
const folder = kept ?? mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const session = new Session(folder)
// The reasons are in cli/store/limits.ts and spans-table.ts. Both sides have it.
session.query(
  'SET optimize_functions_to_subcolumns = 0, use_statistics = 0, use_query_condition_cache = 0, optimize_and_compare_chain = 0',
)
const here = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

load()
const ratios = compareAll()
for (const since of WINDOWS) report(since, ratios[since]!)
report('all', Object.values(ratios).flat())
compareGranules()
session.close()
if (!kept) rmSync(folder, { recursive: true })

function load(): void {
  session.query('CREATE DATABASE IF NOT EXISTS otel')
  session.query('USE otel')
  const stock = here('../../test/schemas/tables/otel-map.sql')
  session.query(stock.replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS'))
  const insert = here('spans.sql')
  let traces = Math.floor(Number(session.query('SELECT count() FROM otel_traces', 'TSV')) / 22)
  for (; traces * 22 < WANTED; traces += BATCH) {
    const start = String(START - WEEK)
    session.queryBind(insert, { first: traces, traces: BATCH, start })
  }
  session.query('OPTIMIZE TABLE otel_traces')
  console.log(`${traces * 22} spans`)
}

/** If `spans` is faster, the query by hand is not optimal. The second mean counts that as 1. */
function report(what: string, ratios: number[]): void {
  const strict = mean(ratios.map((ratio) => Math.max(1, ratio)))
  const highest = Math.max(...ratios).toFixed(2)
  console.log(
    `${what}: geometric mean ${mean(ratios).toFixed(2)} (${strict.toFixed(2)}), highest ${highest}`,
  )
}

function compareAll(): Record<string, number[]> {
  const ratios = Object.fromEntries(WINDOWS.map((since) => [since, [] as number[]]))
  const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
  const written = new Set(readdirSync(new URL('raw', import.meta.url)))
  console.log('query             window     raw ms  spans ms   ratio  with the look for samples')
  for (const query of queries.filter(({ name }) => written.has(`${name}.sql`))) {
    const raw = here(`raw/${query.name}.sql`)
    for (const since of WINDOWS) {
      const from = source(since)
      const statement = compose(query.sql, defaults(query, GIVEN), from)
      const asked = simplest(statement)
      const {
        from: begin,
        to,
        bucket,
      } = compose('{from:String}{to:String}{bucket:String}', {}, from).params
      const byHand = { sql: raw, params: { ...GIVEN, from: begin!, to: to!, bucket: bucket! } }
      const look = statement.unweighted ? probes(from) : []
      const [hand, through, looked] = measure([[byHand], [asked], look])
      const ratio = through! / hand!
      ratios[since]!.push(ratio)
      const total = look.length === 0 ? '' : ((through! + looked!) / hand!).toFixed(2)
      console.log(
        `${query.name.padEnd(17)} ${since.padEnd(5)} ${hand!.toFixed(1).padStart(11)} ${through!.toFixed(1).padStart(9)} ${ratio.toFixed(2).padStart(7)}  ${total}`,
      )
    }
  }
  return ratios
}

/** What the CLI runs over spans without samples, of services with requests and of whole names. */
function simplest(statement: BoundQuery): BoundQuery {
  const uncrossed = statement.uncrossed?.() ?? statement
  const plain = uncrossed.plainNames?.() ?? uncrossed
  return plain.unweighted?.() ?? plain
}

/** The look for sampled spans of cli/session/sampling.ts. */
function probes(from: SpansSource): BoundQuery[] {
  const any = stripHeader(readQuery('internal/store/any-span.sql'))
  return (['sampled-by-state', 'sampled-by-rate'] as const).map((filter) =>
    compose(any, {}, { ...from, filters: { conditions: [{ filter }], traceConditions: [] } }),
  )
}

/** Medians in milliseconds. Candidates alternate, so that a busy moment affects all. */
function measure(candidates: BoundQuery[][]): number[] {
  const times = candidates.map(() => [] as number[])
  const began = performance.now()
  for (let round = 0; round < ROUNDS.most; round++) {
    if (round >= ROUNDS.least && performance.now() - began > ROUNDS.ms) break
    for (const [i, statements] of candidates.entries()) {
      const start = performance.now()
      for (const { sql, params } of statements) session.queryBind(sql, params, 'Null')
      times[i]!.push(performance.now() - start)
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!)
}

function source(since: string, flags = {}): SpansSource {
  return {
    schema: readSchemas().find(({ name }) => name === 'otel-map')!,
    library: readLibrary(),
    database: 'otel',
    table: 'otel_traces',
    filters: readFilters(flags),
    window: readWindow({ since }, START),
  }
}

/** Granules read for `--attr` on an indexed key, and for the same condition by hand. */
function compareGranules(): void {
  const from = source('7d', { attr: ['user.id=user-7'] })
  const through = compose('SELECT count() FROM spans', {}, from)
  const sql = `SELECT count() FROM otel.otel_traces WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')} AND SpanAttributes['user.id'] = 'user-7'`
  const granules = (statement: BoundQuery) =>
    session
      .queryBind(`EXPLAIN indexes = 1 ${statement.sql}`, statement.params, 'TSVRaw')
      .match(/Granules: (\d+)\/\d+/g)
      ?.at(-1)
  console.log(
    `--attr user.id=user-7: ${granules(through)}; by hand: ${granules({ sql, params: through.params })}`,
  )
}

function mean(values: number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
