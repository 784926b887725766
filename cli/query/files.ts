/** Finds query files: the package's built-in queries and the user's folders. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../package.ts'
import { OtraceError, usage } from '../errors.ts'
import {
  libraryOf,
  type ParsedLibrary,
  type ParsedQuery,
  type ParsedSchema,
  schemaOf,
} from './compose/parsed.ts'
import type { Library } from './compose/source.ts'
import { stripHeader } from './header.ts'
import { parseQueryFile, type Query } from './query-file.ts'
import { parseSchema, type Schema } from './schema.ts'

const queries = new URL('queries/', packageRoot)
/** The example shop's queries, under their own heading in the help. */
const shop = new URL('shop/', queries)

/** The folder that a checkout brings along. */
export const PROJECT = '.otrace'
/** Its queries. */
export const PROJECT_QUERIES = join(PROJECT, 'queries')

/** Whether a file is in the folder that a checkout brings along. */
export const isProjectQuery = (path: string) => resolve(dirname(path)) === resolve(PROJECT_QUERIES)

export interface QueryFiles {
  queries: Query[]
  /** Malformed query files of the user: their commands report the error, all others work. */
  broken: { name: string; path: string; text: string; error: OtraceError }[]
  /** A built-in query that a user's file replaces. */
  notes: string[]
  /** Names of hand-written commands, which a file may not take. */
  reserved: ReadonlySet<string>
}

/**
 * All queries by name; a file replaces those of the same name in earlier folders.
 * @param folders of `--queries` and OTRACE_QUERIES; `./.otrace/queries` is read when it is there
 * @param reserved long flags that every command has, and names of hand-written commands
 * @param only reads the files of this name alone
 * @throws OtraceError (exit 2) for a folder that is not there
 */
export function readQueryFiles(
  folders: string[],
  reserved: { flags: Set<string>; commands: Set<string> },
  only?: string,
): QueryFiles {
  const byName = new Map<string, Query>()
  const broken: QueryFiles['broken'] = []
  const notes: string[] = []
  for (const folder of [fileURLToPath(queries), fileURLToPath(shop), ...folders]) {
    for (const path of sqlFiles(folder)) {
      if (only !== undefined && basename(path, '.sql') !== only) continue
      const project = folder === PROJECT_QUERIES
      let text = ''
      try {
        text = readText(path, { shown: shown(path), inside: project ? PROJECT : undefined })
        const builtIn = !folders.includes(folder)
        const kept = builtIn
          ? readParsed<ParsedQuery>(`query-${basename(path, '.sql')}`)
          : undefined
        // The text of a package can be changed.
        const query =
          kept?.text === text
            ? { ...kept.query, path: shown(path) }
            : parseQueryFile(shown(path), text, reserved.flags)
        if (reserved.commands.has(query.name)) throw taken(query)
        const before = byName.get(query.name)
        if (before) notes.push(`${query.path} replaces the query ${before.name}`)
        const example = folder === fileURLToPath(shop)
        byName.set(query.name, {
          ...query,
          builtIn,
          example,
          project,
          replaces: before !== undefined,
        })
      } catch (error) {
        broken.push({
          name: basename(path, '.sql'),
          path: shown(path),
          text,
          error: readError(shown(path), error),
        })
      }
    }
  }
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { queries: sorted, broken, notes, reserved: reserved.commands }
}

function taken({ path, name }: Query): OtraceError {
  return usage(`${path}: otrace has a command '${name}' of its own`, 'give the file another name')
}

/**
 * The folders named by `--queries` flags and by OTRACE_QUERIES (separated like PATH), and the project's own.
 * @param configured those of the configuration, which OTRACE_QUERIES replaces
 */
export function queryFolders(
  flags: string[],
  env: NodeJS.ProcessEnv,
  configured: string[] = [],
): string[] {
  const byEnv = env.OTRACE_QUERIES
  const named = [...(byEnv ? byEnv.split(delimiter).filter(Boolean) : configured), ...flags]
  // A folder that the user names is trusted, and has another path than the checkout's.
  const project = resolve(PROJECT_QUERIES)
  const trusted = named.map((folder) => (resolve(folder) === project ? project : folder))
  return [
    ...(existsSync(PROJECT_QUERIES) && !trusted.includes(project) ? [PROJECT_QUERIES] : []),
    ...trusted,
  ]
}

/** What the build parsed; undefined for the source, and for files that are new since. */
function readParsed<T>(name: string): T | undefined {
  if (!import.meta.url.endsWith('.js')) return undefined
  const file = new URL(`dist/parsed/${name}.json`, packageRoot)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** The relations and functions of `queries/shared/`. */
export function readLibrary(): Library {
  const parsed = readParsed<ParsedLibrary>('library')
  if (parsed) return libraryOf(parsed)
  const { functions = '', ...relations } = Object.fromEntries(
    sqlFiles(fileURLToPath(new URL('shared/', queries))).map((path) => [
      basename(path, '.sql'),
      stripHeader(readFileSync(path, 'utf8')),
    ]),
  )
  return { functions, relations, hours: readSql('internal/store/hours.sql') }
}

/** The schemas of `queries/spans/`, by file name. */
export function readSchemas(): Schema[] {
  const parsed = readParsed<ParsedSchema[]>('schemas')
  if (parsed) {
    return parsed.map((each) => schemaOf(each, () => readParsed(`schema-${each.name}`)!))
  }
  const files = (folder: string) =>
    sqlFiles(fileURLToPath(new URL(folder, queries))).map((path) => ({
      path: shown(path),
      text: readFileSync(path, 'utf8'),
    }))
  const shared = new Map(
    files('spans/shared/').map((part) => [basename(part.path, '.sql'), part] as const),
  )
  return files('spans/').map(({ path, text }) => parseSchema(path, text, shared))
}

/** The views of `otrace schema --views` as a schema: tables that are `spans` already. */
export function readViewsSchema(): Schema {
  const parts = ['dimension', 'filters'].map((part) => {
    const path = `spans/shared/${part}.sql`
    return [part, { path, text: readQuery(path) }] as const
  })
  const path = 'internal/grafana/spans.sql'
  return parseSchema(path, readQuery(path), new Map(parts))
}

/** The SQL of a file of `queries/`, without its header. */
export function readSql(path: string): string {
  return stripHeader(readQuery(path))
}

/** The text of a file of `queries/`. */
export function readQuery(path: string): string {
  return readFileSync(new URL(path, queries), 'utf8')
}

/** Bytes of a text file: the largest query has 10 kB. */
const MOST_TEXT = 2 ** 20

/**
 * The text of a regular file. Devices and pipes would be read without end.
 * @param options.inside a folder that links may not leave
 * @param options.pipes reads pipes too, such as the shell's `<(…)`
 * @param options.most bytes
 * @param options.shown the path for messages
 * @throws OtraceError (exit 2) for any other file; the file system's errors
 */
export function readText(
  path: string,
  options: { inside?: string | undefined; pipes?: boolean; most?: number; shown?: string } = {},
): string {
  const { inside, pipes = false, most = MOST_TEXT, shown = path } = options
  const found = statSync(path)
  if (!found.isFile() && !(pipes && found.isFIFO())) {
    throw usage(`cannot read ${shown}: not a regular file`, 'remove it, or put a text file there')
  }
  if (found.size > most) {
    throw usage(`${shown} has ${found.size} bytes, more than ${most}`, 'remove it, or shorten it')
  }
  if (inside !== undefined && !realpathSync(path).startsWith(realpathSync(inside) + sep)) {
    throw usage(`${shown} is a link that leaves ${inside}`, 'copy the file, or name its own folder')
  }
  const bytes = readFileSync(path)
  // As PowerShell's > writes it.
  if (/^(?:fffe|feff)/.test(bytes.toString('hex', 0, 2))) {
    throw usage(`${shown} is written in UTF-16`, 'save it as UTF-8')
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

/**
 * The error of a file that cannot be read, with its path.
 * @throws the error itself where it is none of the file system
 */
export function readError(path: string, error: unknown): OtraceError {
  if (error instanceof OtraceError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return usage(`cannot read ${path}: ${code}`, 'check the file and its permissions')
}

function sqlFiles(folder: string): string[] {
  if (!existsSync(folder)) {
    throw usage(`no folder of queries: ${folder}`, 'check --queries and OTRACE_QUERIES')
  }
  return listFolder(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => join(folder, file))
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    throw readError(folder, error)
  }
}

/** The shorter of a path and its relative form. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') || near.length > path.length ? path : near
}
