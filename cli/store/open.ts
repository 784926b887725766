/** Opens a store: by URL, else the local daemon, else the data directory. */

import { usage } from '../errors.ts'
import { openUrl, type Store } from './client.ts'
import { type Connection, isHttpUrl, withoutPassword } from './connection.ts'
import { openDirectory } from './local.ts'

/**
 * Opens the store.
 * @param say gets a note on a long wait for the directory
 * @throws OtraceError (exit 2) for an invalid URL; (exit 3) when there is no store, or another process holds it
 */
export async function openStore(
  connection: Connection,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Store> {
  const { url, database, user, password, tls, limits } = connection
  const common = { database, user, password, tls, limits, signal }
  if (url === undefined) return openDirectory(connection.dataDir, common, say)
  if (!isHttpUrl(url)) {
    throw usage(
      `not the address of a ClickHouse HTTP interface: ${withoutPassword(url)}`,
      'write it like http://user:password@host:8123/database',
    )
  }
  return openUrl({ url, ...common })
}
