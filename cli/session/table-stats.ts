/** Size and location of the spans table, following Distributed tables to their shards. */

import { EXIT, OtraceError, refused } from '../errors.ts'
import type { Row } from '../result.ts'
import { builtInQuery, queryRow, queryRows } from './run.ts'
import type { Session } from './session.ts'

/** The local table of a Distributed table, on each shard. */
export interface LocalTable {
  cluster: string
  database: string
  table: string
}

export interface TableStats {
  /** `queries/internal/store/table.sql`. */
  row: Row
  localTable?: LocalTable
  /** `queries/internal/store/shards.sql`; undefined for a local table, or if the shards did not answer. */
  shards?: Row
  /** Why the shards did not answer: a part of a sentence. */
  unavailable?: string
}

/** Statistics of the table and of its shards, if any. Throws OtraceError if the server gives none. */
export async function readTableStats(session: Session): Promise<TableStats> {
  const row = await queryRow(session, builtInQuery('internal/store/table.sql', {}, session.source))
  if (!row) {
    const { database, table } = session.source
    throw refused(
      `${session.store.place} shows this user no metadata of ${database}.${table}`,
      `ask for it: GRANT SHOW TABLES ON ${quoted(database)}.*`,
    )
  }
  if (!row.cluster) return { row }
  const [cluster, database, table] = [row.cluster, row.below_database, row.below_table].map(String)
  const below = { cluster: cluster!, database: database!, table: table! }
  const shards = await orRefusal(shardRows(session, below, 'internal/store/shards.sql'))
  if (typeof shards === 'string') return { row, localTable: below, unavailable: shards }
  const [found] = shards
  if (found && Number(found.shards) > 0) return { row, localTable: below, shards: found }
  const name = `${below.database}.${below.table}`
  return {
    row,
    localTable: below,
    unavailable: `${name} is not visible to this user on the cluster ${below.cluster}`,
  }
}

/** The rows of a file of `queries/` that reads the shards' local tables. */
export function shardRows(session: Session, below: LocalTable, path: string): Promise<Row[]> {
  const { cluster, database, table } = below
  const given = { cluster, below_database: database, below_table: table }
  return queryRows(session, builtInQuery(path, given, session.source))
}

/** A refusal as its reason, so that one missing permission does not hide the other statistics. */
export async function orRefusal<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof OtraceError) || error.exit !== EXIT.refused) throw error
    return error.message.replace(/^ClickHouse refused the query: /, '')
  }
}

/** The command that asks a shard directly. */
export function adviseLocalTable(command: string, { database, table }: LocalTable): string {
  return `ask a server of the cluster: otrace ${command} --url http://HOST:8123 --database ${database} --table ${table}`
}

/** The replicas that `queries/internal/store/shards.sql` reads, in words. */
export function ofShards({ shards }: Row): string {
  return shards === 1 ? 'one replica of its shard' : `one replica of each of its ${shards} shards`
}

/** A SQL identifier, quoted where it needs to be. */
export function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, '\\$&')}\``
}
