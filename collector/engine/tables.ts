/** Creates the tables of collector/schema. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../package.ts'
import { isFolder, readOwnFile } from '../address-file.ts'
import { COLUMNS, type ColumnRow, type KeptColumns, MARK } from '../kept-columns.ts'
import type { Signal } from '../otlp/proto.ts'
import { createDerived, isComplete } from './derived.ts'
import type { Engine } from './engine.ts'
import { markReadable } from './store-folders.ts'
import { syncDirectory, writePrivate } from './sync.ts'

/** Tables that each signal's spool files are loaded into. */
export const TABLES = {
  traces: ['otel_traces'],
  logs: ['otel_logs'],
  metrics: [
    'otel_metrics_gauge',
    'otel_metrics_sum',
    'otel_metrics_histogram',
    'otel_metrics_exponential_histogram',
    'otel_metrics_summary',
  ],
} as const satisfies Record<Signal, readonly string[]>

/**
 * Settings of every table. Merged parts go after a minute, not eight: they count as disk usage. A day to which
 * nothing came for six hours becomes one part: of ten, `events` over a week takes twice the CPU, and so does opening
 * the store.
 */
const SETTINGS = {
  old_parts_lifetime: 60,
  min_age_to_force_merge_seconds: 21_600,
  min_age_to_force_merge_on_partition_only: 1,
}
/** Each part is on the disk when its INSERT or merge ends, and not when the system gets to it. */
const SYNC_SETTINGS = {
  fsync_after_insert: 1,
  fsync_part_directory: 1,
  min_rows_to_fsync_after_merge: 1,
  min_compressed_bytes_to_fsync_after_merge: 1,
}

/**
 * Creates what a store needs, if anything is missing.
 * @param isSynced whether rows must survive a power cut once they are inserted; undefined leaves it as it is
 * @returns whether something was created
 */
export async function ensureTables(engine: Engine, isSynced?: boolean): Promise<boolean> {
  if (!(await hasTables(engine))) {
    await createTables(engine, isSynced)
    return true
  }
  if (isSynced !== undefined) await applySettings(engine, isSynced)
  return false
}

/**
 * Creates what a store needs.
 * @param isSynced whether rows must survive a power cut once they are inserted
 */
export async function createTables(engine: Engine, isSynced = false): Promise<void> {
  const made: Engine = {
    ...engine,
    run: (sql, params) => engine.run(withSettings(sql, isSynced), params),
  }
  await made.run('CREATE DATABASE IF NOT EXISTS otel')
  for (const statement of schemaFile('functions.sql').split(/;\n/)) {
    if (statement.trim()) await made.run(statement)
  }
  const parts = await engine.rows<{ name: string }>(schemaFile('parts_of_traces.sql'))
  const isNew = parts.length === 0
  if (isNew) await made.run(wholeTraces())
  else await addToTraces(engine, new Set(parts.map(({ name }) => name)))
  for (const name of [...TABLES.logs, ...TABLES.metrics]) await made.run(schemaFile(`${name}.sql`))
  await createDerived(made, schemaFile, isNew ? columnsOfTraces() : undefined)
  await made.run(schemaFile('otel_traces_repeats.sql'))
  await applySettings(engine, isSynced)
  const state = await stateOf(engine)
  writePrivate(join(engine.directory, MARK), state, false)
  const kept: KeptColumns = { made: state, rows: await columnsOf(engine) }
  writePrivate(join(engine.directory, COLUMNS), JSON.stringify(kept), false)
  markReadable(engine.directory)
}

/** A statement that creates a table, with the settings of every table: to change them takes longer than all else. */
function withSettings(sql: string, isSynced: boolean): string {
  if (!/^CREATE TABLE /m.test(sql)) return sql
  const settings = settingsOf(isSynced)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')
  return `${sql.trimEnd()}${/^SETTINGS /m.test(sql) ? ',' : '\nSETTINGS'} ${settings}`
}

const settingsOf = (isSynced: boolean) =>
  Object.entries({ ...SETTINGS, ...(isSynced ? SYNC_SETTINGS : {}) })

/** What commands ask of other servers. */
function columnsOf(engine: Engine): Promise<ColumnRow[]> {
  return engine.rows<ColumnRow>(columnsFile(), { database: '' })
}

const columnsFile = () =>
  readFileSync(new URL('queries/internal/store/columns.sql', packageRoot), 'utf8')

/** Whether createTables() made everything, and nothing is gone: two statements instead of thirty. */
export async function hasTables(engine: Engine): Promise<boolean> {
  const made = readOwnFile(join(engine.directory, MARK))?.text
  if (made === undefined) return false
  return made === (await stateOf(engine)) && isComplete(engine)
}

/** The definitions, what is asked of their columns, the engine's version, the number of tables, and its functions. */
async function stateOf(engine: Engine): Promise<string> {
  const hash = createHash('sha256').update(columnsFile())
  for (const name of readdirSync(new URL('collector/schema/', packageRoot)).sort()) {
    if (name.endsWith('.sql')) hash.update(schemaFile(name))
  }
  const [found] = await engine.rows<object>(
    "SELECT count() AS tables, version() AS version FROM system.tables WHERE database = 'otel'",
  )
  // The engine goes on without functions whose files it cannot read, and loads nothing without them.
  const folder = join(engine.directory, 'user_defined')
  for (const name of isFolder(folder) ? readdirSync(folder).sort() : [])
    hash.update(`${name} ${readOwnFile(join(folder, name))?.text}\n`)
  return JSON.stringify({ ...found, schema: hash.digest('hex') })
}

/**
 * Statements that write what the views of otel_traces make, for its parts after {block:Int64}. Existing rows merge.
 */
export function refillStatements(): string[] {
  const parts = /_part IN \([^)]*\)/.exec(schemaFile('refill_trace_id_ts.sql'))![0]
  const facts = schemaFile('facts_of_traces.sql').replace('WHERE 1', `WHERE ${parts}`)
  return [schemaFile('refill_trace_id_ts.sql'), `INSERT INTO otel.otel_traces_facts ${facts}`]
}

/** The spans table of a new store in one statement: adding to an empty table takes 200 ms. */
function wholeTraces(): string {
  return schemaFile('otel_traces.sql').replace('\n)\nENGINE', () => `,\n${additions()})\nENGINE`)
}

/** The definitions of its columns. */
function columnsOfTraces(): string {
  const [, own = ''] = schemaFile('otel_traces.sql').split('\n(\n')
  return [own, additions()].map((text) => text.split(/,\s*INDEX /)[0]).join(',\n')
}

const additions = () =>
  schemaFile('additions_to_traces.sql')
    .replaceAll(/^--.*\n|^ALTER TABLE .*\n/gm, '')
    .replaceAll(/ADD (?:COLUMN|(INDEX|PROJECTION)) IF NOT EXISTS/g, '$1')

/**
 * Adds what the spans table lacks: columns, indexes and projections. Columns get the definition of this version.
 * @param names of what it has
 */
async function addToTraces(engine: Engine, names: Set<string>): Promise<void> {
  const additions = schemaFile('additions_to_traces.sql')
  const wanted = [...additions.matchAll(/ IF NOT EXISTS (\w+)/g)].map(([, name]) => name!)
  if (!wanted.every((name) => names.has(name))) await engine.run(additions)
  const [columns = ''] = additions.split(/,\s*ADD INDEX /)
  await engine.run(columns.replaceAll('ADD COLUMN IF NOT EXISTS', 'MODIFY COLUMN'))
}

/** Changes the settings of the tables that have others. */
async function applySettings(engine: Engine, isSynced: boolean): Promise<void> {
  const wanted = settingsOf(isSynced)
  const unwanted = isSynced ? [] : Object.keys(SYNC_SETTINGS)
  const tables = await engine.rows<{ name: string; engine_full: string }>(
    "SELECT name, engine_full FROM system.tables WHERE database = 'otel' AND engine LIKE '%MergeTree'",
  )
  for (const { name, engine_full } of tables) {
    const set = wanted.map(([setting, value]) => `${setting} = ${value}`)
    const missing = set.filter((text) => !engine_full.includes(text))
    const left = unwanted.filter((setting) => engine_full.includes(setting))
    const table = `ALTER TABLE otel.${name}`
    if (missing.length > 0) await engine.run(`${table} MODIFY SETTING ${missing.join(', ')}`)
    if (left.length > 0) await engine.run(`${table} RESET SETTING ${left.join(', ')}`)
  }
}

/** Makes the names of parts durable: the engine syncs what is in a part's directory. */
export async function syncTables(engine: Engine): Promise<void> {
  const tables = await engine.rows<{ data_paths: string[] }>(
    "SELECT data_paths FROM system.tables WHERE database = 'otel' AND engine LIKE '%MergeTree'",
  )
  for (const path of tables.flatMap(({ data_paths }) => data_paths)) syncDirectory(path)
}

/** The statement that loads spool files into a table of TABLES. */
export function loadStatement(table: string): string {
  const points = schemaFile('metric_points.sql')
  return schemaFile(`load_${table}.sql`).replace(/^FROM metric_points$/m, () => `FROM (${points})`)
}

/** The text of a file in collector/schema. */
export function schemaFile(name: string): string {
  return readFileSync(new URL(`collector/schema/${name}`, packageRoot), 'utf8')
}
