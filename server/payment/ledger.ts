/** The charges of all users, in an SQLite file that the hosts share. */
import { basename } from 'node:path'
import Libsql from 'libsql/promise'
import { USERS } from '../database/seed-data.ts'
import { type Connection, createConnection, type Handle } from '../database/statement.ts'

const OTHERS = 200_000
const OF_A_USER = 40
const INDEX = 'CREATE INDEX charges_user ON charges (user_id)'

/** Creates the file, with enough rows for a missing index to be felt. */
export async function seedLedger(file: string, others = OTHERS): Promise<void> {
  const handle = new Libsql(file, {})
  try {
    await handle.exec(`PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      CREATE TABLE charges (
        id INTEGER PRIMARY KEY,
        user_id TEXT NOT NULL,
        cents INTEGER NOT NULL
      ) STRICT;
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${others})
        INSERT INTO charges (user_id, cents) SELECT 'user-' || i % 5000, 100 + i % 900 FROM n;
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${OF_A_USER})
        INSERT INTO charges (user_id, cents) SELECT id, i FROM n,
          (SELECT value AS id FROM json_each('${JSON.stringify(USERS.map(({ id }) => id))}'));
      ${INDEX}`)
  } finally {
    handle.close()
  }
}

/** Removes the index that finds the charges of a user. */
export async function dropIndex(file: string): Promise<void> {
  const handle = new Libsql(file, {})
  await handle.exec('PRAGMA busy_timeout = 5000; DROP INDEX charges_user')
  handle.close()
}

/** Opens the file of `seedLedger`. */
export async function openLedger(file: string) {
  const open = async () => {
    const handle = new Libsql(file, {}) as Handle
    await handle.exec('PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF')
    return handle
  }
  // A connection that reads cannot begin to write after another host did: SQLITE_BUSY_SNAPSHOT.
  const [reader, writer] = [await open(), await open()]
  const [reading, writing] = [reader, writer].map((handle) =>
    createConnection(handle, basename(file)),
  ) as [Connection, Connection]
  return {
    /** Cents that a user was charged. */
    async chargedTo(userId: string): Promise<number> {
      const sql = 'SELECT sum(cents) AS cents FROM charges WHERE user_id = ?'
      const row = await reading.get<{ cents: number | null }>(sql, userId)
      return row?.cents ?? 0
    },
    async record(userId: string, cents: number): Promise<void> {
      await writing.run('INSERT INTO charges (user_id, cents) VALUES (?, ?)', userId, cents)
    },
    close() {
      reader.close()
      writer.close()
    },
  }
}
