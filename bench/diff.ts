/** What the statements of `otrace diff` cost: seconds of the wall and of the processor. */
// npx tsx bench/diff.ts [spans]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'
import { type FilterFlags, readFilters } from '../cli/options/filters.ts'
import type { ParamValue } from '../cli/query/compose/bound-query.ts'
import type { SpansSource } from '../cli/query/compose/source.ts'
import { readLibrary, readSchemas } from '../cli/query/files.ts'
import { unite } from '../cli/session/diff/union.ts'

const WANTED = Number(process.argv[2] ?? 1_000_000)
const BATCH = 20_000
const START = 1_792_886_400_000_000_000n

const folder = mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const session = new Session(folder)
session.query('SET optimize_functions_to_subcolumns = 0, use_query_condition_cache = 0')
session.query('CREATE DATABASE otel')
session.query('USE otel')
const here = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
session.query(here('../test/schemas/tables/otel-map.sql'))
for (let traces = 0; traces * 22 < WANTED; traces += BATCH) {
  session.queryBind(here('query/spans.sql'), { first: traces, traces: BATCH, start: String(START) })
}

const source = (flags: FilterFlags): SpansSource => ({
  schema: readSchemas().find(({ name }) => name === 'otel-map')!,
  library: readLibrary(),
  database: 'otel',
  table: 'otel_traces',
  filters: readFilters(flags),
  weighted: false,
})

function rows(file: string, given: Record<string, ParamValue>, around?: typeof VALUES) {
  const most = MOST[file] ?? WANTED
  const parts = [{ minDuration: '100ms' }, {}].map((flags, part) => ({
    source: source(flags),
    given: { ...given, one_in: part === 0 ? 1 : Math.ceil(WANTED / most) },
  }))
  const { sql, params } = unite(`internal/diff/${file}.sql`, parts, around)
  const texts = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'number' ? String(value) : value,
    ]),
  )
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  const found = session.queryBind(sql, texts, 'JSONEachRow').split('\n').filter(Boolean)
  const { user, system } = process.cpuUsage(cpu)
  const [wall, spent] = [(performance.now() - start) / 1000, (user + system) / 1e6]
  sums.wall += wall
  sums.spent += spent
  console.log(
    `${file.padEnd(10)} ${wall.toFixed(2).padStart(6)} s ${spent.toFixed(2).padStart(6)} s of processor, ${found.length} rows`,
  )
  return found.map((line) => JSON.parse(line))
}

/** Spans of a group of which a share is read, as in session/diff/read.ts. */
const MOST: Record<string, number> = { keys: 200_000, together: 300_000 }
const sums = { wall: 0, spent: 0 }
const VALUES = {
  file: 'internal/diff/values-of-all.sql',
  given: { inside: 1, least: 500, least_others: 10_000 },
}
rows('sizes', {})
const keys = rows('keys', {})
const numeric = keys.filter(({ numbers, stored }) => numbers === stored).map(({ key }) => key)
rows('numbers', { keys: [...new Set<string>(numeric)], resource_keys: [], durations: 1 })
const values = rows('values', { left_out: [] }, VALUES).filter(({ whole }) => !whole)
const chosen: string[] = values.slice(0, 40).map(({ hash }) => hash)
rows('together', { hashes: chosen, absent: chosen.map(() => '0') })
console.log(
  `all        ${sums.wall.toFixed(2).padStart(6)} s ${sums.spent.toFixed(2).padStart(6)} s`,
)
session.close()
rmSync(folder, { recursive: true })
