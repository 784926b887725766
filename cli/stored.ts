/** Where the rows of the table of spans lie and what they take: on this server, or on the shards below a Distributed table; for `doctor` and `storage`. */
import type { Asking } from './asking.ts'
import { EXIT, OtraceError } from './errors.ts'
import type { Row } from './render/renderer.ts'
import { rowsOf, statementOf } from './rows-of.ts'

/** The table that a Distributed one stands in front of, on each shard. */
export interface Below {
  cluster: string
  database: string
  table: string
}

export interface Stored {
  /** `queries/store/table.sql`. */
  row: Row
  below?: Below
  /** `queries/store/shards.sql`; undefined for a table of this server, and where the shards do not tell. */
  shards?: Row
  /** Why the shards do not tell: a part of a sentence. */
  silent?: string
}

/** What the server tells of the table, and its shards where it has some. Throws OtraceError where it tells nothing at all. */
export async function readStored(asking: Asking): Promise<Stored> {
  const [row] = await rowsOf(asking, statementOf('store/table.sql', {}, asking.source))
  if (!row) {
    const { database, table } = asking.source
    throw new OtraceError(
      'refused',
      `${asking.store.place} hides from this user what it knows of ${database}.${table}`,
      `ask for it: GRANT SHOW TABLES ON ${quoted(database)}.*`,
    )
  }
  if (!row.cluster) return { row }
  const [cluster, database, table] = [row.cluster, row.below_database, row.below_table].map(String)
  const below = { cluster: cluster!, database: database!, table: table! }
  const shards = await attempt(askShards(asking, below, 'store/shards.sql'))
  if (typeof shards === 'string') return { row, below, silent: shards }
  const [told] = shards
  if (told && Number(told.shards) > 0) return { row, below, shards: told }
  const name = `${below.database}.${below.table}`
  return { row, below, silent: `this user sees no ${name} on the cluster ${below.cluster}` }
}

/** The rows of a file of `queries/` that asks the tables below. */
export function askShards(asking: Asking, below: Below, path: string): Promise<Row[]> {
  const { cluster, database, table } = below
  const given = { cluster, below_database: database, below_table: table }
  return rowsOf(asking, statementOf(path, given, asking.source))
}

/** What a server refuses, as the reason that it gave: without permission for one thing there are the others. */
export async function attempt<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof OtraceError) || error.exit !== EXIT.refused) throw error
    return error.message.replace(/^ClickHouse refused the query: /, '')
  }
}

/** What to type to have it from a server that holds rows itself. */
export function askBelow(command: string, { database, table }: Below): string {
  return `ask a server of the cluster: otrace ${command} --url http://HOST:8123 --database ${database} --table ${table}`
}

/** On how many of them it lies that `queries/store/shards.sql` counts. */
export function ofShards({ shards }: Row): string {
  return shards === 1 ? 'one replica of its shard' : `one replica of each of its ${shards} shards`
}

/** A name as SQL takes it. */
export function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, '\\$&')}\``
}
