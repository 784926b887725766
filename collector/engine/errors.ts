/** The engine's errors: taken apart, in words for people, and the damaged parts they name. */
import { notify } from '../status.ts'

export interface EngineError {
  code: number
  /** Without version and stack. */
  said: string
  /** Such as `MEMORY_LIMIT_EXCEEDED`. */
  name: string
  /** What the system answered about a file of the store, such as `Permission denied`. */
  system: string | undefined
}

const CODE = 'Code: '
const VERSION = ' (version '
const CLASSES = ['. DB::Exception: ', '. DB::ErrnoException: ']
/** Names of errors about files. Others with an answer of the system are about memory, threads or pipes. */
const OF_FILES =
  /^(?:FILE_(?:DOESNT|ALREADY)_EXISTS?|ATOMIC_RENAME_FAIL|SYSTEM_ERROR|CANNOT_(?:OPEN|STAT|READ_FROM|WRITE_TO|SEEK|CREATE_(?:DIRECTORY|FILE)|FSYNC|CLOSE|TRUNCATE|UNLINK|RMDIR)\w*)$/
/** The error of a table that does not load, around the error of its files. */
const LOAD = 'ASYNC_LOAD_WAIT_FAILED'
const ERRNO = 'strerror: '
const FILE_SYSTEM = 'filesystem error: '

/** Answers of the system about the store's files. */
const SYSTEM: Record<string, string> = {
  'No such file or directory': 'a file of the store is missing',
  'Permission denied': 'this user may not read or write a file of the store',
  'Operation not permitted': 'this user may not read or write a file of the store',
  'Not a directory': 'a file is in the place of a folder of the store',
  'File exists': 'a file is in the place of a folder of the store',
  'Is a directory': 'a folder is in the place of a file of the store',
  'No space left on device': 'the disk of the store is full',
  'Disk quota exceeded': 'the disk of the store is full',
  'Read-only file system': 'the disk of the store cannot be written to',
  'Input/output error': 'the disk of the store cannot be read',
  'Too many open files': 'too many files are open',
}

/**
 * Takes `Code: N. DB::Exception: … (NAME) (version …)` apart. Without a regular expression, because the message quotes
 * the statement, and `\s*` in the middle takes quadratic time.
 * @returns undefined for what the engine did not say
 */
export function engineError(message: string): EngineError | undefined {
  const start = message.indexOf(CODE)
  if (start < 0) return undefined
  const ends = CLASSES.map((name) => [message.indexOf(name, start), name.length] as const)
  const [after, length] = ends.filter(([at]) => at >= 0).sort(([a], [b]) => a - b)[0] ?? [-1, 0]
  const code = Number(message.slice(start + CODE.length, after))
  if (after < 0 || !Number.isInteger(code)) return undefined
  let said = message.slice(after + length).trimEnd()
  const version = said.lastIndexOf(VERSION)
  if (version >= 0 && said.endsWith(')') && !said.slice(version, -1).includes(')'))
    said = said.slice(0, version)
  const name = said.slice(said.lastIndexOf('(') + 1, -1)
  if (!said.endsWith(')') || !/^[A-Z][A-Z0-9_]+$/.test(name)) return undefined
  said = said.slice(0, said.lastIndexOf('(')).trimEnd()
  return { code, said, name, system: systemIn(said, name) }
}

/**
 * The system's answer in `…, strerror: <answer>: (while …)`, or in `filesystem error: …: <answer> ["<path>"]`. Other
 * errors may quote a statement with such words.
 */
function systemIn(said: string, name: string): string | undefined {
  const isLoad = name === LOAD
  const isErrno = OF_FILES.test(name) || (isLoad && said.includes(ERRNO))
  const at = said.indexOf(isErrno ? ERRNO : FILE_SYSTEM)
  if (at < 0 || !(isErrno || isLoad || name === 'STD_EXCEPTION')) return undefined
  if (isErrno)
    return said
      .slice(at + ERRNO.length)
      .split(/[.:(\n]/, 1)[0]!
      .trim()
  const [before = ''] = said.slice(at).split(' [', 1)
  return before.slice(before.lastIndexOf(': ') + 2).replace(/\.$/, '')
}

/** Where the engine names the file of a definition that it cannot read. In between, it quotes a statement. */
const DEFINITION =
  /^Syntax error \(in file ((?:store|metadata)\/[\w/.-]{1,300}\.sql)\)|: (?:Cannot parse definition from metadata file|while loading database `otel` from file) ((?:store|metadata)\/[\w/.-]{1,300}\.sql)\.?$/

/** A sentence about the store's files, if that is what an error is about. */
export function aboutFiles({ said, name, system }: EngineError): string | undefined {
  const named = name === 'SYNTAX_ERROR' ? DEFINITION.exec(said) : null
  const definition = named?.[1] ?? named?.[2]
  if (definition) return `a definition of the store is damaged: ${definition}`
  if (system !== undefined) return SYSTEM[system] ?? `a file of the store cannot be used: ${system}`
  const part = partIn(name, said)
  return part && `a part of the store is damaged: ${part}`
}

/** Names and texts of errors of the machine or the moment. */
const OF_MOMENT =
  /TOO_MANY_PARTS|NOT_ENOUGH_SPACE|CANNOT_(WRITE|OPEN_FILE|ALLOCATE|CREATE|FSYNC|CLOSE)|TIMEOUT|QUERY_WAS_CANCELLED|ABORTED|ENOSPC|EIO|EMFILE|errno|Closed|No active connection|the engine is closed/

/** Names of errors whose messages quote the data. */
const OF_DATA =
  /^(?:INCORRECT_DATA|CANNOT_PARSE_|PROTOBUF|UNKNOWN_PROTOBUF|ILLEGAL_|TYPE_MISMATCH|VALUE_)/

/** Names of errors that no data causes: the store lacks something, and the next start makes it again. */
const OF_STORE = /^(?:UNKNOWN_(?:FUNCTION|TABLE|DATABASE|IDENTIFIER)|NO_SUCH_COLUMN_IN_TABLE)$/

/** Whether another try may succeed: the error is not of the data, which its message may quote. */
export function isOfMoment(message: string): boolean {
  const found = engineError(message)
  if (found?.system !== undefined || OF_STORE.test(found?.name ?? '')) return true
  return OF_MOMENT.test(OF_DATA.test(found?.name ?? '') ? found!.name : message)
}

/** Longest sentence, in characters. */
const LONGEST = 300

/** One line about any error: of the engine's, its first without the host's classes and codes. */
export function inWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const found = engineError(message)
  const [line = ''] = (
    found?.name === LOAD ? innermost(found.said) : (found?.said ?? message)
  ).split('\n', 1)
  if (!found) return line.slice(0, LONGEST)
  const name = ` (${found.name})`
  const said = line.replace(/[.:]$/, '').slice(0, LONGEST - name.length) + name
  return (aboutFiles(found) ?? said).slice(0, LONGEST)
}

/** What the last of the errors in an error says. */
function innermost(said: string): string {
  const ends = CLASSES.map((name) => [said.lastIndexOf(name), name.length] as const)
  const inner = ends.reduce((shortest, [at, length]) => {
    const own = said.slice(at + length)
    return at >= 0 && own.length < shortest.length ? own : shortest
  }, said)
  // The definition of the table follows.
  return inner.split(': Cannot attach table', 1)[0]!
}

/** A path of the store that an error names, relative to the engine's directory. */
export function pathIn(error: unknown, directory: string): string | undefined {
  const message = error instanceof Error ? error.message : String(error)
  const relative = message.replaceAll(`${directory}/`, '')
  return /(?<![\w/.-])(?:store|metadata|data|user_defined)\/[\w/.-]{0,300}[\w/]/.exec(relative)?.[0]
}

/** Errors of reading a part, with its path `store/abc/<uuid>/<part>/` in the message. */
const UNREADABLE =
  /^(?:CHECKSUM_DOESNT_MATCH|CORRUPTED_DATA|UNKNOWN_CODEC|CANNOT_DECOMPRESS|CANNOT_READ_ALL_DATA|TOO_LARGE_SIZE_COMPRESSED|ATTEMPT_TO_READ_AFTER_EOF|UNEXPECTED_END_OF_FILE|(?:NO|UNEXPECTED)_FILE_IN_DATA_PART)/
const PART = /\bstore\/\w{3}\/[\w-]{36}\/\w{1,200}/

/** The damaged part that an error of the engine names, relative to its directory. */
const partIn = (name: string, said: string): string | undefined =>
  UNREADABLE.test(name) ? PART.exec(said)?.[0] : undefined

/** Parts whose bytes were found damaged since the start, relative to the engine's directory. */
export class DamagedParts {
  readonly #found = new Set<string>()

  get found(): string[] {
    return [...this.#found]
  }

  /** Looks for a damaged part in an error of the engine, and writes a notice about it. */
  look(message: string): void {
    const { name = '', said = '' } = engineError(message) ?? {}
    const part = partIn(name, said)
    if (part === undefined || this.#found.has(part)) return
    this.#found.add(part)
    notify(`damaged ${part}`, () => `a part is damaged, and statements that read it fail: ${part}`)
  }
}
