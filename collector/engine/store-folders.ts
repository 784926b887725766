/** The folders of the store's tables: which are gone at the start, and while it runs. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the engine writes first into the folder of a table. */
const FIRST_FILE = 'format_version.txt'
const DATABASE = 'otel'
/**
 * File with the start of the machine, in ms since 1970, at which the tables made from spans were last complete, and
 * digests of the definitions of the facts and of the failed spans.
 */
export const COMPLETE = 'facts-complete'
/** Tables of every store that was complete once. */
const OF_EVERY_STORE = ['otel_logs', 'otel_traces', 'otel_traces_trace_id_ts']

/** Files of the store were deleted while nothing served it. The engine would begin empty tables without a word. */
export class StoreLostError extends Error {
  override name = 'StoreLostError'

  constructor(
    readonly directory: string,
    readonly tables: string[],
  ) {
    super(`files of ${tables.join(', ')} were deleted from ${directory}`)
  }
}

/**
 * Tables whose folders or definitions are not there: the engine makes them anew, empty. Call before it opens.
 * @param directory of the engine
 * @param tables with definitions there
 * @returns names of tables, or `all tables`
 */
export function lostTables(directory: string, tables = tablesIn(directory)): string[] {
  const definition = join(directory, 'metadata', `${DATABASE}.sql`)
  const database = idIn(definition)
  const wasComplete = !isMissing(join(directory, COMPLETE))
  if (database === undefined) return wasComplete && isMissing(definition) ? ['all tables'] : []
  const definitions = folderOf(directory, database)
  if (isMissing(definitions)) return ['all tables']
  const undefinedTables = OF_EVERY_STORE.filter(
    (name) => wasComplete && isMissing(join(definitions, `${name}.sql`)),
  )
  const emptied = tables.filter(({ folder }) => isMissing(join(folder, FIRST_FILE)))
  return [...undefinedTables, ...emptied.map(({ name }) => name)].sort()
}

interface Table {
  name: string
  folder: string
}

/**
 * Tables with folders of their own, by their definitions.
 * @param directory of the engine
 */
export function tablesIn(directory: string): Table[] {
  const database = idIn(join(directory, 'metadata', `${DATABASE}.sql`))
  const definitions = database && folderOf(directory, database)
  if (definitions === undefined || isMissing(definitions)) return []
  // A draft that a killed process left is dropped, and then not missed.
  const names = readdirSync(definitions).filter((name) => /(?<!_draft)\.sql$/.test(name))
  return names.flatMap((name) => {
    const id = idIn(join(definitions, name))
    return id === undefined ? [] : { name: name.slice(0, -4), folder: folderOf(directory, id) }
  })
}

const folderOf = (directory: string, id: string) => join(directory, 'store', id.slice(0, 3), id)

/** Whether it was deleted. What another user may not read is there. */
function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

/** The id of a database or a table with a folder; undefined for views, and for a file that cannot be read. */
function idIn(path: string): string | undefined {
  try {
    const [head = ''] = readFileSync(path, 'utf8').split('\n', 1)
    return /^ATTACH (?:DATABASE|TABLE) _ UUID '([\da-f-]{36})'/.exec(head)?.[1]
  } catch {
    return undefined
  }
}

/**
 * Notices when the folders of a running store are deleted, moved or replaced: what is written then is lost. The engine
 * makes folders anew as it stores, but not their first file.
 */
export class StoreFolders {
  readonly #dataDir: string
  #tables: Table[]

  /**
   * @param directory of the engine
   * @param tables to watch until others are
   */
  constructor(directory: string, tables: Table[]) {
    this.#dataDir = dirname(directory)
    this.#tables = tables
  }

  /**
   * Watches the folders of the tables that are there now.
   * @param rows of a SELECT
   */
  async watch(rows: <Row>(sql: string) => Promise<Row[]>): Promise<void> {
    const tables = await rows<{ name: string; data_paths: string[] }>(
      `SELECT name, data_paths FROM system.tables WHERE database = '${DATABASE}' AND engine LIKE '%MergeTree'`,
    )
    this.#tables = tables.flatMap(({ name, data_paths }) =>
      data_paths.map((folder) => ({ name, folder })),
    )
  }

  /** Such as `the data directory is gone`. Takes 20 µs. */
  gone(): string | undefined {
    const lost = this.#tables.find(({ folder }) => isMissing(join(folder, FIRST_FILE)))
    if (lost === undefined) return undefined
    if (isMissing(this.#dataDir)) return 'the data directory is gone'
    return `files of ${lost.name} were deleted from ${lost.folder}`
  }
}
