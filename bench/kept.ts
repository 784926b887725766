/** Benchmark of what the collector keeps beside spans: its cost, and what it saves. */
// npx tsx bench/kept.ts [spans]   (2,904,000 by default: a day of 20 million spans a week)
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'
import { type FilterFlags, readFilters } from '../cli/options/filters.ts'
import { defaults } from '../cli/query/bind.ts'
import type { BoundQuery } from '../cli/query/compose/bound-query.ts'
import { compose } from '../cli/query/compose/compose.ts'
import type { SpansSource } from '../cli/query/compose/source.ts'
import { readLibrary, readQueryFiles, readSchemas } from '../cli/query/files.ts'
import { LEFT_TO_MERGES } from '../collector/engine/reindex.ts'

const BATCH = 6_600
const WANTED = Math.ceil(Number(process.argv[2] ?? 2_904_000) / 22 / BATCH) * BATCH
const HOUR = 3_600_000_000_000n
/** 2026-11-01, so that runs are reproducible. */
const START = 1_793_491_200_000_000_000n
const DAY = 24n * HOUR
/** Nanoseconds between traces. */
const STEP = DAY / BigInt(WANTED)

const folder = mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const session = new Session(folder)
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const value = (sql: string) => session.query(sql, 'TSVRaw').trim()
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

session.query('CREATE DATABASE otel')
session.query(
  'SET use_statistics = 0, use_query_condition_cache = 0, optimize_and_compare_chain = 0',
)
const table = read('../collector/schema/otel_traces.sql')
const all = read('../collector/schema/additions_to_traces.sql')
const [head = '', ...items] = all.split(/\s+ADD /)
const named = (...names: string[]) =>
  [
    head,
    items.filter((item) => names.some((name) => item.includes(`EXISTS ${name}`))).join(', ADD '),
  ]
    .join(' ADD ')
    .replace(/,?\s*$/, '')
    .replace(/,\s*, ADD/g, ', ADD')
const SKIP = ['IsEntry', 'idx_entry', 'idx_status', 'idx_span_attr_key']
const VARIANTS: Record<string, string> = {
  nothing: '',
  'requests, status, keys': named(...SKIP),
  identities: named('Identities', 'idx_identities'),
  'sums of hours': named('IsEntry', 'red'),
  'keys of attributes': named('attribute_keys'),
  resources: named('resources'),
  everything: all,
  'everything, failed spans': all,
}
const nameOf = (variant: string) => `otel.${variant.replace(/\W+/g, '_')}`

fill()
compareCosts()
compareQueries()
session.close()
rmSync(folder, { recursive: true })

/** A day of spans in order of time, of 10,000 users. */
function fill(): void {
  session.query(
    table
      .replace('otel.otel_traces', 'otel.source')
      .replace(/PRIMARY KEY .*\n/, '')
      .replace(/ORDER BY .*/, 'ORDER BY Timestamp'),
  )
  const insert = read('query/spans.sql')
    .replace('INSERT INTO otel_traces', 'INSERT INTO otel.source')
    .replace('h % 200)', 'h % 10000)')
    .replace('toInt64(h % 604800000000000)', `toInt64(trace * ${STEP} + h % ${STEP})`)
  for (let first = 0; first < WANTED; first += BATCH)
    session.queryBind(insert, { first, traces: BATCH, start: String(START) })
}

/** Inserts of the same spans into each table in turn; the least CPU of one counts. */
function compareCosts(): void {
  for (const [name, additions] of Object.entries(VARIANTS)) {
    session.query(table.replace('otel.otel_traces', nameOf(name)))
    if (additions) session.query(additions.replace('otel.otel_traces', nameOf(name)))
    session.query(`SYSTEM STOP MERGES ${nameOf(name)}`)
    if (name.endsWith('failed spans')) {
      const files = ['otel_traces_failures', 'otel_traces_failures_mv']
      const sql = files.map((file) => read(`../collector/schema/${file}.sql`)).join(';\n')
      for (const one of sql.replaceAll('otel.otel_traces', nameOf(name)).split(/;\n/))
        if (one.trim()) session.query(one)
    }
  }
  const least = new Map<string, number>()
  for (let first = 0; first < WANTED; first += BATCH) {
    for (const name of Object.keys(VARIANTS)) {
      const before = cpuMs()
      const at = (trace: number) => `fromUnixTimestamp64Nano(${START + BigInt(trace) * STEP})`
      session.query(`INSERT INTO ${nameOf(name)} SELECT * FROM otel.source
        WHERE Timestamp >= ${at(first)} AND Timestamp < ${at(first + BATCH)}
        SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 1000000000, preferred_block_size_bytes = 0,
          min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0,
          exclude_materialize_skip_indexes_on_insert = '${LEFT_TO_MERGES.join()}'`)
      const micros = ((cpuMs() - before) * 1000) / (BATCH * 22)
      least.set(name, Math.min(least.get(name) ?? micros, micros))
    }
  }
  console.log('kept                      insert, µs   merge, µs   bytes per span')
  for (const name of Object.keys(VARIANTS)) {
    session.query(`SYSTEM START MERGES ${nameOf(name)}`)
    const before = cpuMs()
    session.query(`OPTIMIZE TABLE ${nameOf(name)} FINAL`)
    const merge = ((cpuMs() - before) * 1000) / (WANTED * 22)
    const bytes = value(
      `SELECT round(sum(bytes_on_disk) / sumIf(rows, NOT endsWith(table, '_failures')), 2) FROM system.parts
       WHERE active AND concat(database, '.', table) IN ('${nameOf(name)}', '${nameOf(name)}_failures')`,
    )
    console.log(
      `${name.padEnd(24)} ${least.get(name)!.toFixed(2).padStart(11)} ${merge.toFixed(2).padStart(11)} ${bytes.padStart(16)}`,
    )
  }
}

function compareQueries(): void {
  const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
  const ask = (schema: string, table: string, name: string, flags: FilterFlags): BoundQuery => {
    const query = queries.find((each) => each.name === name)!
    const window = { from: START + HOUR / 4n, to: START + DAY - HOUR / 4n, bucket: 3600 }
    const source: SpansSource = {
      schema: readSchemas().find((each) => each.name === schema)!,
      library: readLibrary(),
      database: 'otel',
      table,
      filters: readFilters(flags),
      window,
      weighted: false,
      crossing: false,
      bareNames: false,
    }
    const composed = compose(
      query.sql,
      defaults(query, { user_id: 'user-77', product_id: 'x' }),
      source,
    )
    const hours = { from: START + HOUR, to: START + DAY - HOUR }
    const isHourly = schema === 'otrace' && typeof composed.hourly === 'function'
    return isHourly && typeof composed.hourly === 'function' ? composed.hourly(hours) : composed
  }
  console.log('query              nothing kept: rows, CPU ms   everything: rows, CPU ms')
  const one = { attr: ['user.id=user-77'] }
  for (const [name, flags] of [
    ['rps', {}],
    ['latency', {}],
    ['services', {}],
    ['operations', {}],
    ['slow', {}],
    ['errors', {}],
    ['journey', {}],
    ['operations', one],
    ['top-products', one],
  ] as const) {
    const figures = [
      ask('otel-map', 'nothing', name, flags),
      ask('otrace', 'everything', name, flags),
    ].map(measure)
    const what = Object.keys(flags).length > 0 ? `${name} --attr` : name
    console.log(
      `${what.padEnd(20)} ${figures.map(([rows, ms]) => `${rows.toLocaleString('en').padStart(14)} ${ms.toFixed(0).padStart(8)}`).join('     ')}`,
    )
  }
}

/** Rows read, and the least CPU of five runs. */
function measure({ sql, params }: BoundQuery): [rows: number, ms: number] {
  let [rows, least] = [0, Number.POSITIVE_INFINITY]
  for (let run = 0; run < 5; run++) {
    const before = cpuMs()
    const result = JSON.parse(String(session.queryBind(sql, params, 'JSON')))
    least = Math.min(least, cpuMs() - before)
    rows = result.statistics.rows_read
  }
  return [rows, least]
}
