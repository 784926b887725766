/** ClickHouse in this process, over one directory: the only importer of chdb; for the collector's own modules. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChdbResult, Session } from 'chdb'
import { isAlive } from './address-file.ts'
import { lockDirectory } from './lock.ts'
import { makeDirectory } from './make-directory.ts'

/** How long a directory that another process holds is waited for. */
const LOCK_WAIT_MS = 5000
const LOCK_POLL_MS = 50

export type { ChdbResult, Session }

export interface Store {
  /** A session of one's own: queries on one session run one after the other. The caller closes it. */
  session(): Session
  /** One statement on a session that only this store's housekeeping uses. */
  run(sql: string, params?: Record<string, unknown>): Promise<ChdbResult>
  /** A SELECT that takes no time, synchronously, as FORMAT JSONCompact. */
  look(sql: string): string
  /** One SELECT's rows. */
  rows<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]>
  /** Resolves when what was run has ended: a process that exits before that crashes in the engine (Node 24). */
  settled(): Promise<void>
  close(): void
}

/** Another otrace process has the directory open, and did not let go in time. */
export class StoreLockedError extends Error {
  override name = 'StoreLockedError'

  constructor(readonly directory: string) {
    super(`another otrace process holds the data directory ${directory}`)
  }
}

/** The optional dependency chdb is not installed, or has no engine for this platform. */
export class EngineMissingError extends Error {
  override name = 'EngineMissingError'

  constructor(cause: unknown) {
    super('the embedded ClickHouse (npm package chdb) is not installed', { cause })
  }
}

/**
 * Opens the engine on a directory, made if missing. Its time zone is UTC whatever the machine's.
 * @throws StoreLockedError, EngineMissingError
 */
export async function openStore(directory: string): Promise<Store> {
  const { Session } = await importEngine()
  makeDirectory(directory)
  const unlock = await lockDirectory(directory, LOCK_WAIT_MS)
  if (!unlock) throw new StoreLockedError(directory)
  const root = await openSession(Session, directory).catch((error) => {
    unlock()
    throw error
  })
  const looking = new Session(directory)
  const running = new Set<Promise<unknown>>()
  const run: Store['run'] = (sql, params) => {
    const work = params
      ? root.queryBindAsync(sql, params, JSON_ROWS)
      : root.queryAsync(sql, JSON_ROWS)
    running.add(work)
    const ended = () => running.delete(work)
    work.then(ended, ended)
    return work
  }
  return {
    session: () => new Session(directory),
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
    settled: async () => {
      await Promise.allSettled(running)
    },
    close: () => {
      looking.close()
      root.close()
      unlock()
    },
  }
}

/** A text as a ClickHouse string literal. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

const JSON_ROWS = { format: 'JSONEachRow' }

async function importEngine(): Promise<typeof import('chdb')> {
  try {
    return await import('chdb')
  } catch (error) {
    throw new EngineMissingError(error)
  }
}

async function openSession(
  Engine: typeof import('chdb')['Session'],
  directory: string,
): Promise<Session> {
  const deadline = Date.now() + LOCK_WAIT_MS
  for (let tries = 1; ; tries++) {
    // A held directory is looked at rather than tried: each try makes the engine write to stderr.
    if (holder(directory) === undefined || Date.now() > deadline) {
      try {
        return inUtc(() => {
          const session = new Engine(directory)
          session.query('SELECT timezone()')
          return session
        })
      } catch (error) {
        if (error instanceof Error && /libchdb|dlopen|Cannot find module/i.test(error.message)) {
          throw new EngineMissingError(error)
        }
        const held = holder(directory) !== undefined
        if (held && Date.now() > deadline) throw new StoreLockedError(directory)
        // Whoever held it may have let go while the engine was failing: that deserves another try, anything else does not.
        if (!held && tries > 1) throw error
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

/** The live process that the engine's status file names, if it is another one. */
function holder(directory: string): number | undefined {
  const file = join(directory, 'status')
  if (!existsSync(file)) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  const pid = Number(/^PID: (\d+)/m.exec(text)?.[1])
  if (!pid || pid === process.pid) return undefined
  return isAlive(pid) ? pid : undefined
}
