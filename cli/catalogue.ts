/** Finds the query files: the canned ones in the package and the folders that people add. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, delimiter, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../package.ts'
import { OtraceError } from './errors.ts'
import { parseQuestion, type Question } from './query/parse.ts'
import { type Profile, parseProfile } from './query/profile.ts'

const queries = new URL('queries/', packageRoot)

export interface Catalogue {
  questions: Question[]
  /** Files of people's own that cannot be read as questions: their command says why, all others work. */
  broken: { name: string; error: OtraceError }[]
  /** What people should know: a canned question that a file of theirs replaces. */
  notes: string[]
}

/**
 * Every question there is, by name; later folders replace earlier ones' files of the same name.
 * @param folders of `--queries` and OTRACE_QUERIES; `./.otrace/queries` is read when it is there
 * @param reserved long flags that every command has, and names of hand-written commands
 * @throws OtraceError (exit 2) for a folder that is not there
 */
export function readCatalogue(
  folders: string[],
  reserved: { flags: Set<string>; commands: Set<string> },
): Catalogue {
  const byName = new Map<string, Question>()
  const broken: Catalogue['broken'] = []
  const notes: string[] = []
  for (const folder of [fileURLToPath(queries), ...folders]) {
    for (const path of sqlFiles(folder)) {
      try {
        const question = parseQuestion(shown(path), readFileSync(path, 'utf8'), reserved.flags)
        if (reserved.commands.has(question.name)) throw taken(question)
        const before = byName.get(question.name)
        if (before) notes.push(`${question.path} replaces the question ${before.name}`)
        byName.set(question.name, question)
      } catch (error) {
        if (!(error instanceof OtraceError)) throw error
        broken.push({ name: basename(path, '.sql'), error })
      }
    }
  }
  const questions = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { questions, broken, notes }
}

function taken({ path, name }: Question): OtraceError {
  return new OtraceError(
    'usage',
    `${path}: otrace has a command '${name}' of its own`,
    'give the file another name',
  )
}

/** The folders named by `--queries` flags and by OTRACE_QUERIES (separated like PATH), and the project's own. */
export function queryFolders(flags: string[], env: NodeJS.ProcessEnv): string[] {
  const project = join('.otrace', 'queries')
  return [
    ...(existsSync(project) ? [project] : []),
    ...(env.OTRACE_QUERIES ?? '').split(delimiter).filter(Boolean),
    ...flags,
  ]
}

/** The profiles in `queries/spans/`, by file name. */
export function readProfiles(): Profile[] {
  const files = (folder: string) =>
    sqlFiles(fileURLToPath(new URL(folder, queries))).map((path) => ({
      path: shown(path),
      text: readFileSync(path, 'utf8'),
    }))
  const shared = new Map(
    files('spans/shared/').map((part) => [basename(part.path, '.sql'), part] as const),
  )
  return files('spans/').map(({ path, text }) => parseProfile(path, text, shared))
}

/** A file of `queries/` by its path in there, for what hand-written commands ask. */
export function readQuery(path: string): string {
  return readFileSync(new URL(path, queries), 'utf8')
}

function sqlFiles(folder: string): string[] {
  if (!existsSync(folder)) {
    throw new OtraceError(
      'usage',
      `there is no folder of queries at ${folder}`,
      'check --queries and OTRACE_QUERIES',
    )
  }
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => join(folder, file))
}

/** The shorter of a path and its relative form. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') || near.length > path.length ? path : near
}
