/** Finds the store that a command asks: the URL it was given, else the local daemon, else the local data directory. */
import type { Connection } from '../config.ts'
import { OtraceError } from '../errors.ts'
import { openDirectory } from './directory.ts'
import { openUrl, type Store } from './store.ts'

/**
 * Opens the store.
 * @throws OtraceError (exit 2) for a URL that is none; (exit 3) when there is no store, or another process holds it
 */
export async function openStore(connection: Connection, signal?: AbortSignal): Promise<Store> {
  const { url, database, user, password, limits } = connection
  const common = { database, user, password, limits, ...(signal ? { signal } : {}) }
  if (url === undefined) return openDirectory(connection.dataDir, common)
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new OtraceError(
      'usage',
      `'${url}' is not the address of a ClickHouse HTTP interface`,
      'write it like http://user:password@host:8123/database',
    )
  }
  return openUrl({ url, ...common })
}
