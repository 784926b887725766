/** SQLite behind a pool, with a span for each connection taken; for repository.ts, and for main.ts to open and close. */
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Span } from '@opentelemetry/api'
import Libsql from 'libsql/promise'
import type { Faults } from './faults.ts'
import { createPool, type Pool } from './pool.ts'
import { addEvent, inClientSpan } from './spans.ts'
import { type Connection, createConnection, describe, type Handle, summary } from './statement.ts'

/** A database file, open. */
export interface Database {
  /** Lends a connection for reading. */
  read<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** Lends the writing connection inside a transaction: committed when `work` returns, rolled back when it throws. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  close(): void
}

const READERS = 4
const LOCK_TIMEOUT_MS = 5000
const LOCK_RETRY_MS = 5
const BEGIN = 'BEGIN IMMEDIATE'

/** Opens the file, making it when it is not there. */
export async function openDatabase(file: string, faults: Faults): Promise<Database> {
  const namespace = basename(file)
  const handles: Handle[] = []
  const open = () => {
    const handle = new Libsql(file, {}) as Handle
    handles.push(handle)
    return handle
  }
  const first = open()
  // With a write-ahead log a reader never waits for the writer.
  await first.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  // SQLite has one writer at a time: waiting for it here, in order, is fairer than polling for its lock.
  const writers = createPool([first])
  const readers = createPool(Array.from({ length: READERS }, open))
  // Not for the writer, but for the moment in which the log behind it begins anew.
  for (const reader of handles.slice(1))
    await reader.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`)
  const stopLocking = faults.foreignLock && lockAtTimes(open(), faults.foreignLock)

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
        await control(BEGIN, (span) => begin(handle, span))
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
      for (const handle of handles) handle.close()
    },
  }
}

/**
 * Waits for the write lock, which another process may hold. SQLite's own way of waiting blocks a thread of the library,
 * and on a machine with one processor that is the only one.
 */
async function begin(handle: Handle, span: Span): Promise<void> {
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
    if (!waited) addEvent(span, 'waiting for the write lock')
    waited = true
    await sleep(LOCK_RETRY_MS)
  }
}

/** Takes the write lock for a while, again and again, until the function it returns is called. Times in milliseconds. */
function lockAtTimes(
  handle: Handle,
  { every, held }: NonNullable<Faults['foreignLock']>,
): () => void {
  let releasing: NodeJS.Timeout | undefined
  const taking = setInterval(async () => {
    // Busy: a purchase has it, and the next turn comes.
    await handle.exec(BEGIN).catch(() => {})
    if (handle.inTransaction) releasing = setTimeout(() => handle.exec('ROLLBACK'), held)
  }, every)
  return () => {
    clearInterval(taking)
    clearTimeout(releasing)
  }
}
