/** `otrace schema --reader`: a user with the few rights that every command needs. */
import { randomBytes } from 'node:crypto'
import { readSql } from '../../query/files.ts'
import { paste } from '../../query/marks.ts'
import { name, text } from './names.ts'

/** Where the tables are found, and what `otrace doctor` and `otrace storage` say of them. */
const SYSTEM_TABLES = ['columns', 'tables', 'data_skipping_indices', 'parts']

/** The rights, as between GRANT and TO. @param cluster adds what a Distributed table needs */
function readerRights(database: string, cluster?: string): string[] {
  return [
    `SELECT ON ${name(database)}.*`,
    'SELECT ON otrace.*',
    ...SYSTEM_TABLES.map((table) => `SELECT ON system.${table}`),
    ...(cluster === undefined ? [] : ['SELECT ON system.clusters', 'READ ON REMOTE']),
  ]
}

export function reader(user: string, database: string, cluster?: string): string {
  const onCluster = cluster === undefined ? '' : ` ON CLUSTER ${name(cluster)}`
  return paste(readSql('internal/schema/reader.sql'), {
    reader: name(user),
    reader_text: text(user),
    // Never a password that is the same everywhere.
    password: text(randomBytes(18).toString('base64url')),
    on_cluster: onCluster,
    grants: readerRights(database, cluster)
      .map((right) => `GRANT${onCluster} ${right} TO ${name(user)}`)
      .join(';\n'),
  })
}
