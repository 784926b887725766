/** SQLite behind a pool, with a span for each connection taken; for repository.ts, and for main.ts to open and close. */
import { basename } from 'node:path'
import Libsql from 'libsql/promise'
import type { Faults } from './faults.ts'
import { createPool, type Pool } from './pool.ts'
import { inClientSpan } from './spans.ts'
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

/** Opens the file, making it when it is not there. */
export async function openDatabase(file: string, faults: Faults): Promise<Database> {
  const namespace = basename(file)
  const handles: Handle[] = []
  const open = () => {
    const handle = new Libsql(file, { timeout: LOCK_TIMEOUT_MS }) as Handle
    handles.push(handle)
    return handle
  }
  const first = open()
  // With a write-ahead log a reader never waits for the writer.
  await first.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  // SQLite has one writer at a time: waiting for it here, in order, is fairer than polling for its lock.
  const writers = createPool([first])
  const readers = createPool(Array.from({ length: READERS }, open))
  const stopLocking = faults.foreignLock && (await lockAtTimes(open(), faults.foreignLock))

  async function lend<T>(pool: Pool<Handle>, work: (handle: Handle) => Promise<T>): Promise<T> {
    const handle = await inClientSpan('connect', describe(namespace), () => pool.take())
    try {
      return await work(handle)
    } finally {
      pool.giveBack(handle)
    }
  }

  /** BEGIN, COMMIT and ROLLBACK: they run off the event loop, which a wait for the lock must not block. */
  function control(handle: Handle, sql: string, first?: () => Promise<void>): Promise<void> {
    return inClientSpan(summary(sql), describe(namespace, sql), async () => {
      await first?.()
      await handle.exec(sql)
    })
  }

  return {
    read: (work) => lend(readers, (handle) => work(createConnection(handle, namespace))),
    transaction: (work) =>
      lend(writers, async (handle) => {
        await control(handle, 'BEGIN IMMEDIATE')
        try {
          const result = await work(createConnection(handle, namespace))
          await control(handle, 'COMMIT', faults.beforeCommit)
          return result
        } catch (error) {
          if (handle.inTransaction) await control(handle, 'ROLLBACK')
          throw error
        }
      }),
    close() {
      stopLocking?.()
      for (const handle of handles) handle.close()
    },
  }
}

/** Takes the write lock for a while, again and again, until the function it returns is called. Times in milliseconds. */
async function lockAtTimes(
  handle: Handle,
  { every, held }: NonNullable<Faults['foreignLock']>,
): Promise<() => void> {
  // Run on this thread: those of the pool may all be waiting for the lock that this one releases.
  const release: { run(): void } = await handle.prepare('ROLLBACK')
  let releasing: NodeJS.Timeout | undefined
  const taking = setInterval(async () => {
    await handle.exec('BEGIN IMMEDIATE').catch(() => {})
    if (handle.inTransaction) releasing = setTimeout(() => release.run(), held)
  }, every)
  return () => {
    clearInterval(taking)
    clearTimeout(releasing)
  }
}
