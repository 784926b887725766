/**
 * ClickHouse in this process, over one directory. The only importer of chdb.
 *
 * One file: what runs in an engine decides when it may close.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
import type { ChdbResult, Session } from 'chdb'
import { makeOwnFolder, mendVersions, tidy } from './directory.ts'
import { engineError, inWords, pathIn } from './errors.ts'
import { fairClock } from './fair-time.ts'
import { heldByEngine, type LockWait, lockDirectory, statusIn } from './lock.ts'
import {
  COMPLETE,
  firstFiles,
  lostTables,
  probe,
  StoreFolders,
  StoreLostError,
  tablesIn,
  unreadable,
} from './store-folders.ts'
import { EngineThreads, quote } from './threads.ts'

/** How long to wait for a directory that another process holds. */
const LOCK_WAIT_MS = 5000
const LOCK_POLL_MS = 50
/** Limit of a close on a busy machine: `docker stop` kills after 10 s. */
const LONGEST_CLOSE_MS = 7000
/** The log_comment of the loader's statements. */
export const LOAD_COMMENT = 'otrace load'
/** The message of an error of a statement that comes too late. */
export const CLOSED = 'the engine is closed'
const HOUSEKEEPING_COMMENT = 'otrace housekeeping'
/**
 * Settings for a session of short statements. The engine compiles an expression when it runs for the third time, which
 * takes 30 to 70 ms: longer than the statement. It hashes all below the comparisons of each
 * AND, down to the tables, to derive more of them: 110 ms of `gc`, which has none.
 */
export const QUICK = [
  'compile_expressions',
  'compile_aggregate_expressions',
  'compile_sort_description',
  'optimize_and_compare_chain',
]
  .map((name) => `${name} = 0`)
  .join(', ')

export type { ChdbResult, Session }
export { quote }
export interface Engine {
  /** The directory of its files. */
  directory: string
  folders: StoreFolders
  /** Tables whose files were deleted before the start: they begin empty. */
  lost: string[]
  /** Statements off the event loop. */
  threads: EngineThreads
  /** A new session for queryBindAsync; the caller closes it. Queries on one session run one after the other. */
  session(): Session
  /** Runs one statement on the housekeeping session. */
  run(sql: string, params?: Record<string, unknown>): Promise<ChdbResult>
  /** A fast SELECT, run synchronously, as FORMAT JSONCompact. */
  look(sql: string): string
  /** The rows of one SELECT. */
  rows<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]>
  /** Cancels every running statement before the end, but for the loader's if `loads` is false. */
  cancel(loads: boolean): void
  /**
   * Cancels every statement, waits for their end, and closes. A statement that is still running after `ms` of fair time
   * would crash the engine on exit, so the process then ends without one. By default it waits for as long as they take.
   */
  close(ms?: number): Promise<void>
}

/** Another otrace process held the directory for too long. */
export class StoreLockedError extends Error {
  override name = 'StoreLockedError'

  constructor(readonly directory: string) {
    super(`another otrace process holds the data directory ${directory}`)
  }
}

/** The engine holds another directory: one a process. */
export class SecondStoreError extends Error {
  override name = 'SecondStoreError'
}

/** The engine cannot read or write its own files. Of some it writes the reason to stderr instead of into the cause. */
export class StoreDamagedError extends Error {
  override name = 'StoreDamagedError'
  /** The engine's sentence, with the host's paths. */
  readonly reason: string | undefined

  constructor(
    readonly directory: string,
    cause: unknown,
  ) {
    super(`ClickHouse cannot open its files in ${directory}`, { cause })
    this.reason = reasonOf(cause, directory)
  }
}

/** An error of a start as a StoreDamagedError if the engine threw it; any other unchanged. */
export function asDamage(error: unknown, directory: string): unknown {
  return reasonOf(error, directory) === undefined ? error : new StoreDamagedError(directory, error)
}

function reasonOf(error: unknown, directory: string): string | undefined {
  if (!(error instanceof Error) || engineError(error.message) === undefined) return undefined
  const [words, path] = [inWords(error), pathIn(error, directory)]
  return path === undefined || words.includes(path) ? words : `${words}: ${path}`
}

/** The optional dependency chdb is not installed, or has no engine for this platform. */
export class EngineMissingError extends Error {
  override name = 'EngineMissingError'

  constructor(cause: unknown) {
    super('the embedded ClickHouse (npm package chdb) is not installed', { cause })
  }
}

/**
 * Opens the engine on a directory, which is made if missing. Its time zone is always UTC.
 * @param isBrief whether the process ends after a few statements, and stores nothing: none gets a thread of its own
 * @throws StoreLockedError, SecondStoreError, StoreDamagedError, StoreLostError, LostLinkError, EngineMissingError
 */
export async function openEngine(
  directory: string,
  wait: LockWait = { ms: LOCK_WAIT_MS },
  isBrief = false,
): Promise<Engine> {
  // The engine's files follow the umask. Spans are private to this user.
  if (isMainThread) process.umask(0o077)
  // Before the engine is loaded: a command that starts at the same time sees a store, and waits for it.
  makeOwnFolder(directory)
  const unlock = await lockDirectory(directory, wait)
  if (!unlock) throw new StoreLockedError(directory)
  try {
    tidy(directory)
    mendVersions(tablesIn(directory).map(({ folder }) => folder))
  } catch (error) {
    unlock()
    throw error
  }
  const tables = tablesIn(directory)
  const lost = lostTables(directory, tables)
  if (isBrief && lost.length > 0) {
    unlock()
    throw new StoreLostError(directory, lost)
  }
  // Before the engine begins empty tables: a process killed until others are made again leaves that to the next.
  const forget = () => rmSync(join(directory, COMPLETE), { force: true, recursive: true })
  if (lost.length > 0) forget()
  const first = firstFiles(tables)
  const { Session, root } = await loadEngine(directory, lost).catch((error) => {
    unlock()
    throw error
  })
  const now = firstFiles(tables)
  const names = tables.map(({ name }) => name)
  const deleted = names.filter((name, i) => now[i] !== first[i] && !lost.includes(name))
  if (deleted.length > 0 && isBrief) {
    root.close()
    unlock()
    throw new StoreLostError(directory, deleted)
  }
  if (deleted.length > 0) forget()
  lost.push(...deleted)
  const looking = new Session(directory)
  for (const session of [root, looking]) {
    session.query(`SET log_comment = '${HOUSEKEEPING_COMMENT}', ${QUICK}`)
  }
  // A merge of a day would take the processor from the few statements, and end with them.
  if (isBrief) looking.query('SYSTEM STOP MERGES')
  const running = new Set<Promise<unknown>>()
  let isClosed = false
  /** A statement that waits for one of libuv's threads is not in the engine yet, and begun in a closed one crashes. */
  const counted = (begin: () => Promise<ChdbResult>): Promise<ChdbResult> => {
    if (isClosed) return Promise.reject(new Error(CLOSED))
    const work = begin()
    running.add(work)
    const ended = () => running.delete(work)
    work.then(ended, ended)
    return work
  }
  const run: Engine['run'] = (sql, params) =>
    counted(() =>
      params ? root.queryBindAsync(sql, params, JSON_ROWS) : root.queryAsync(sql, JSON_ROWS),
    )
  const threads = new EngineThreads(directory, isBrief ? () => new Session(directory) : undefined)
  const cancel: Engine['cancel'] = (loads) => {
    threads.isEnding = true
    // A short statement killed before its start never leaves the engine's process list.
    const spared = loads ? [HOUSEKEEPING_COMMENT] : [HOUSEKEEPING_COMMENT, LOAD_COMMENT]
    const which = ` AND Settings['log_comment'] NOT IN (${spared.map(quote).join(', ')})`
    askIfOpen(
      `KILL QUERY WHERE query_id IN (SELECT query_id FROM system.processes WHERE query_kind != 'KillQuery'${which}) ASYNC`,
    )
  }
  /** undefined if its session is closed, or the engine gave up: it does over some errors of files. */
  const askIfOpen = (sql: string): string | undefined => {
    try {
      return looking.query(sql, 'JSONCompact')
    } catch {
      return undefined
    }
  }
  /** Whether only this query runs; undefined if that cannot be asked. */
  const isQuiet = () => {
    const answer = askIfOpen('SELECT count() FROM system.processes')
    if (answer === undefined) return undefined
    return running.size + threads.busy === 0 && Number(JSON.parse(answer).data[0][0]) <= 1
  }
  const atExit = (code: number) => {
    if (!isQuiet()) endAtOnce(code)
  }
  process.on('exit', atExit)
  return {
    directory,
    folders: new StoreFolders(directory, isBrief ? tables : []),
    lost,
    threads,
    session() {
      const session = new Session(directory)
      const bind = session.queryBindAsync.bind(session)
      session.queryBindAsync = (...args) => counted(() => bind(...args))
      return session
    },
    run,
    look: (sql) => looking.query(sql, 'JSONCompact'),
    async rows<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]> {
      const text = (await run(sql, params)).text()
      return text === ''
        ? []
        : text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
    },
    cancel,
    close: async (ms = Number.POSITIVE_INFINITY) => {
      const elapsed = fairClock()
      const deadline = performance.now() + Math.max(ms, LONGEST_CLOSE_MS)
      let isIdle = isQuiet()
      while (isIdle === false && elapsed() < ms && performance.now() < deadline) {
        cancel(true)
        await sleep(20)
        isIdle = isQuiet()
      }
      if (!isIdle) return
      isClosed = true
      process.off('exit', atExit)
      // The end of a thread that used the engine, while it closes or opens again, can crash it.
      await threads.close()
      await Promise.allSettled(running)
      looking.close()
      root.close()
      unlock()
    },
  }
}

/**
 * Ends the process without the engine's destructors, which crash under a running statement: another program takes its
 * place, and ends with the code. Before Node 22.15 it ends by the signal that means the same to who asked for the end.
 */
function endAtOnce(code: number): void {
  const { execve } = process as { execve?: (file: string, args: string[], env: object) => void }
  try {
    execve?.call(process, '/bin/sh', ['sh', '-c', `exit ${code}`], {})
  } catch {
    // Not on this system.
  }
  const signal = code === 130 ? 'SIGINT' : 'SIGTERM'
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  // Something still catches it.
  process.kill(process.pid, 'SIGKILL')
}

const JSON_ROWS = { format: 'JSONEachRow' }

async function importEngine(): Promise<typeof import('chdb')> {
  try {
    return await import('chdb')
  } catch (error) {
    throw new EngineMissingError(error)
  }
}

async function loadEngine(directory: string, lost: string[]) {
  const { Session } = await importEngine()
  const said = await unreadable(directory)
  refuseDeleted(directory, lost)
  // Another process may hold it.
  if (said !== undefined && heldByEngine(directory) === undefined)
    throw new StoreDamagedError(directory, new Error(said))
  try {
    return { Session, root: await openSession(Session, directory, lost) }
  } catch (error) {
    if (!(error instanceof StoreDamagedError) || error.reason !== undefined) throw error
    const { said: reason } = await probe(directory)
    throw reason === undefined ? error : new StoreDamagedError(directory, new Error(reason))
  }
}

/** @throws StoreLostError for files deleted meanwhile: the engine would begin empty tables */
function refuseDeleted(directory: string, lost: string[]): void {
  const gone = lostTables(directory).filter((name) => !lost.includes(name))
  if (gone.length > 0) throw new StoreLostError(directory, gone)
}

async function openSession(
  Engine: typeof import('chdb')['Session'],
  directory: string,
  lost: string[],
): Promise<Session> {
  const deadline = performance.now() + LOCK_WAIT_MS
  let isRefused = false
  for (let tries = 1; ; tries++) {
    const isLate = performance.now() > deadline
    const held = heldByEngine(directory) ?? (isRefused ? 'perhaps' : undefined)
    if (held === 'certain' && isLate) throw new StoreLockedError(directory)
    // Poll the holder instead of opening: each failed try makes the engine write to stderr.
    if (held === undefined || (held === 'perhaps' && isLate)) {
      const status = statusIn(directory)
      try {
        return inUtc(() => {
          const session = new Engine(directory, { connectionArgs: ['--display_name=otrace'] })
          session.query('SELECT timezone()')
          return session
        })
      } catch (error) {
        if (error instanceof Error && /libchdb|dlopen|Cannot find module/i.test(error.message)) {
          throw new EngineMissingError(error)
        }
        if (error instanceof Error && error.message.includes('one active data directory')) {
          throw new SecondStoreError(error.message)
        }
        // A process in another container holds it, whose lock the system does not show to this one.
        isRefused = status !== undefined && status === statusIn(directory)
        if (isRefused || heldByEngine(directory)) {
          if (isLate) throw new StoreLockedError(directory)
          // The holder may have released it meanwhile: retry once.
        } else if (tries > 1 || status === undefined) throw new StoreDamagedError(directory, error)
        refuseDeleted(directory, lost)
      }
    }
    await sleep(LOCK_POLL_MS)
  }
}

/** The engine reads TZ once, while it starts; this process keeps its own. */
function inUtc<Result>(start: () => Result): Result {
  const zone = process.env.TZ
  process.env.TZ = 'UTC'
  try {
    return start()
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
}
