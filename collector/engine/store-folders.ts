/** The store's folders and definitions: damaged or gone at the start, gone while it runs. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { isFolder, readOwnFile } from '../address-file.ts'
import { DATABASE, FIRST_FILE } from './directory.ts'
import { engineError } from './errors.ts'
import { writePrivate } from './sync.ts'

/**
 * File with the start of the machine, in ms since 1970, at which the tables made from spans were last complete, and
 * digests of the definitions of the facts and of the failed spans.
 */
export const COMPLETE = 'facts-complete'
/** Tables of every store that was complete once. */
const OF_EVERY_STORE = ['otel_logs', 'otel_traces', 'otel_traces_trace_id_ts']
/** Tables that are dropped and made anew from spans: a process killed meanwhile leaves that to the next. */
const MADE_ANEW = ['otel_traces_facts', 'otel_traces_failures']
/** File with the tables of the store, and a digest of all definitions, as the engine could read them last. */
const READABLE = 'definitions-read'
/** A draft that a killed process left is dropped, and then not missed. */
const DRAFT = '_draft'

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
  const known = [...(wasComplete ? OF_EVERY_STORE : []), ...marked(directory).tables]
  const undefinedTables = [...new Set(known)].filter((name) =>
    isMissing(join(definitions, `${name}.sql`)),
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
  const names = readdirSync(definitions).filter((name) => /\.sql$/.test(name))
  return names
    .filter((name) => !name.includes(DRAFT))
    .flatMap((name) => {
      const id = idIn(join(definitions, name))
      return id === undefined ? [] : { name: name.slice(0, -4), folder: folderOf(directory, id) }
    })
}

/** Which first files the tables have: the engine makes one anew where it was deleted, and the table is then empty. */
export function firstFiles(tables: Table[]): (string | undefined)[] {
  return tables.map(({ folder }) => {
    const found = statSync(join(folder, FIRST_FILE), { throwIfNoEntry: false })
    return found && `${found.ino} ${found.mtimeMs}`
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

/** Writes that the engine can read the definitions that are there now. */
export function markReadable(directory: string): void {
  const tables = tablesIn(directory)
    .map(({ name }) => name)
    .filter((name) => !MADE_ANEW.includes(name))
  const content = JSON.stringify({ tables, digest: digestOf(directory) })
  writePrivate(join(directory, READABLE), content, false)
}

/**
 * Whether the engine can open the store, if its definitions are not those that it read last, or a table's folder has
 * what it may refuse.
 * @returns the engine's error; undefined without one
 */
export async function unreadable(directory: string): Promise<string | undefined> {
  if (isMissing(join(directory, 'metadata', `${DATABASE}.sql`))) return undefined
  const isKnown = marked(directory).digest === digestOf(directory)
  if (isKnown && tablesIn(directory).every(({ folder }) => isWellFormed(folder))) return undefined
  const { isOpened, said } = await probe(directory)
  if (isOpened) markReadable(directory)
  return said
}

/** Whether a table has a version, and its parts are folders: the engine opens no store without. */
function isWellFormed(folder: string): boolean {
  if (readOwnFile(join(folder, FIRST_FILE))?.text !== '1') return false
  const parts = readdirSync(folder).filter((name) => /^(?:detached$|all_|\d)/.test(name))
  return parts.every((name) => isFolder(join(folder, name)))
}

/**
 * Opens the store in another process, whose stderr gets what the engine writes to the terminal here.
 * @returns `said`: the engine's error; undefined if the process was ended by a signal, or did not start
 */
export function probe(directory: string): Promise<{ isOpened: boolean; said?: string }> {
  const chdb = createRequire(import.meta.url).resolve('chdb')
  return new Promise((resolve) => {
    const options = { timeout: PROBE_MS, killSignal: 'SIGKILL' as const, cwd: directory }
    const lost = lostTables(directory).length
    const child = execFile(
      process.execPath,
      ['-e', PROBE, chdb, directory],
      options,
      (error, _, stderr) => {
        clearInterval(looking)
        const isRefused = error?.code === REFUSED && engineError(stderr) !== undefined
        resolve({ isOpened: !error, said: isRefused ? stderr : undefined })
      },
    )
    // The engine may wait without end for deleted files.
    const looking = setInterval(() => {
      try {
        if (lostTables(directory).length > lost) child.kill('SIGKILL')
      } catch {
        // Another process changes the folders at this moment.
      }
    }, LOOK_MS)
  })
}

/** How long a store may take to open. */
const PROBE_MS = 30_000
const LOOK_MS = 250
/** Its exit code; Node ends with 1 by itself. */
const REFUSED = 3
const PROBE = `
const [chdb, directory] = process.argv.slice(1)
const { Session } = require(chdb)
try {
  const session = new Session(directory)
  session.query('SYSTEM STOP MERGES')
  session.close()
} catch {
  process.exitCode = ${REFUSED}
}
`

function marked(directory: string): { tables: string[]; digest?: string } {
  try {
    const { tables, digest } = JSON.parse(readOwnFile(join(directory, READABLE))?.text ?? '')
    return { tables: tables.filter((name: unknown) => typeof name === 'string'), digest }
  } catch {
    return { tables: [] }
  }
}

/** Of what the engine reads before it answers, but for drafts. It skips names that begin with a dot. */
function digestOf(directory: string): string {
  const hash = createHash('sha256')
  const add = (path: string) => {
    const name = basename(path)
    if (name.includes(DRAFT) || name.startsWith('.')) return
    if (isFolder(path)) for (const inner of readdirSync(path).sort()) add(join(path, inner))
    else hash.update(`${name} ${readOwnFile(path)?.text}\n`)
  }
  for (const name of ['metadata', 'user_defined']) add(join(directory, name))
  return hash.digest('hex')
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
