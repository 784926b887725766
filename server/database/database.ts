/** SQLite behind a connection pool, with a span for each connection taken. */
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Span } from '@opentelemetry/api'
import Libsql from 'libsql/promise'
import { type Faults, REPORT } from '../faults.ts'
import { addEvent, inClientSpan } from '../telemetry/spans.ts'
import { createPool, type Pool } from './pool.ts'
import { type Connection, createConnection, describe, type Handle, summary } from './statement.ts'

/** An open database file. */
export interface Database {
  /** Lends a connection for reading. */
  read<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** Runs `work` in a transaction on the writing connection. Rolls back if `work` throws. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  close(): void
}

const READERS = 4
const LOCK_TIMEOUT_MS = 5000
const LOCK_RETRY_MS = 5
const BEGIN = 'BEGIN IMMEDIATE'

/** Opens the file and creates it if it is missing. */
export async function openDatabase(file: string, faults: Faults): Promise<Database> {
  const namespace = basename(file)
  const handles: Handle[] = []
  const open = () => {
    const handle = new Libsql(file, {}) as Handle
    handles.push(handle)
    return handle
  }
  const first = open()
  // With a write-ahead log, readers do not wait for the writer.
  await first.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  // SQLite allows one writer. A queue here is fairer than polling for its lock.
  const writers = createPool([first])
  const readers = createPool(Array.from({ length: READERS }, open))
  // Readers wait only while the write-ahead log is being reset.
  for (const reader of handles.slice(1))
    await reader.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`)
  const stopLocking = faults.foreignLock && lockAtTimes(open(), faults.foreignLock, faults)
  let reporting: NodeJS.Timeout | undefined
  faults.whenBegun(() => {
    if (faults.isActive('exhausted-pool'))
      reporting = setInterval(() => holdAll(readers, REPORT.held), REPORT.every)
  })

  async function lend<T>(pool: Pool<Handle>, work: (handle: Handle) => Promise<T>): Promise<T> {
    const handle = await inClientSpan('connect', describe(namespace), () => pool.take())
    try {
      return await work(handle)
    } finally {
      pool.giveBack(handle)
    }
  }

  function control(sql: string, work: (span: Span) => Promise<void>): Promise<void> {
    return inClientSpan(summary(sql), describe(namespace, sql), work)
  }

  return {
    read: (work) => lend(readers, (handle) => work(createConnection(handle, namespace))),
    transaction: (work) =>
      lend(writers, async (handle) => {
        await control(BEGIN, (span) =>
          begin(handle, () => addEvent(span, 'waiting for the write lock')),
        )
        try {
          const result = await work(createConnection(handle, namespace))
          await control('COMMIT', async () => {
            await faults.beforeCommit()
            await handle.exec('COMMIT')
          })
          return result
        } catch (error) {
          if (handle.inTransaction) await control('ROLLBACK', () => handle.exec('ROLLBACK'))
          throw error
        }
      }),
    close() {
      stopLocking?.()
      clearInterval(reporting)
      for (const handle of handles) handle.close()
    },
  }
}

/**
 * Begins to write when it has the lock, which another process may hold. SQLite's own busy timeout blocks a
 * thread of the library, which on a machine with one processor is its only one.
 */
export async function begin(handle: Pick<Handle, 'exec'>, onWait = () => {}): Promise<void> {
  const giveUp = performance.now() + LOCK_TIMEOUT_MS
  let waited = false
  for (;;) {
    try {
      await handle.exec(BEGIN)
      return
    } catch (error) {
      const busy = (error as { code?: string }).code === 'SQLITE_BUSY'
      if (!busy || performance.now() > giveUp) throw error
    }
    if (!waited) onWait()
    waited = true
    await sleep(LOCK_RETRY_MS)
  }
}

/** Takes the write lock periodically, in milliseconds. Returns a function that stops it. */
function lockAtTimes(
  handle: Handle,
  { every, held }: NonNullable<Faults['foreignLock']>,
  faults: Faults,
): () => void {
  let releasing: NodeJS.Timeout | undefined
  const taking = setInterval(async () => {
    if (!faults.isActive('lock-contention')) return
    // If a purchase holds the lock, skip this turn.
    await handle.exec(BEGIN).catch(() => {})
    if (handle.inTransaction) releasing = setTimeout(() => handle.exec('ROLLBACK'), held)
  }, every)
  return () => {
    clearInterval(taking)
    clearTimeout(releasing)
  }
}

/** Takes every member of a pool, and gives them back after so many milliseconds. */
async function holdAll(readers: Pool<Handle>, held: number): Promise<void> {
  const taken = await Promise.all(Array.from({ length: READERS }, () => readers.take()))
  await sleep(held)
  for (const handle of taken) readers.giveBack(handle)
}
