/** The local store: asked through the daemon that holds its directory, else opened for the length of one command. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { OtraceError } from '../errors.ts'
import { localStoreError } from './local-error.ts'
import { openUrl, type Store, type StoreOptions } from './store.ts'

/**
 * Opens a data directory. With no daemon running, the directory's own ClickHouse endpoint is started on a free loopback port, so
 * that there is one way to ask and one judge of statements.
 * @throws OtraceError (exit 3) when there is no store in it, when another process holds it, or the engine is not installed
 */
export async function openDirectory(
  dataDir: string,
  options: Omit<StoreOptions, 'url' | 'local'>,
): Promise<Store> {
  const { readAddressFile } = await import('../../collector/address-file.ts')
  const daemon = readAddressFile(dataDir)
  if (daemon) return openUrl({ ...options, local: true, url: reachable(daemon.clickhouse) })
  if (!hasStore(dataDir)) {
    throw new OtraceError(
      'noStore',
      `there is no store yet in ${dataDir}`,
      'start one with `otrace up`, fill one with `otrace demo`, or name a server with --url',
    )
  }
  const { isHeld } = await import('../../collector/lock.ts')
  const { start } = await import('../../collector/main.ts')
  const waiting = setTimeout(() => {
    if (!isHeld(join(dataDir, 'clickhouse'))) return
    process.stderr.write(`waiting for another otrace process to let go of ${dataDir}…\n`)
  }, SILENT_MS)
  try {
    const endpoint = await start({ dataDir, receive: false, clickhousePort: 0 })
    return openUrl({
      ...options,
      local: true,
      url: endpoint.addresses.clickhouse,
      place: dataDir,
      after: () => endpoint.stop(),
    })
  } catch (error) {
    throw localStoreError(error, dataDir)
  } finally {
    clearTimeout(waiting)
  }
}

/** Longer than this without a word looks like a hang. */
const SILENT_MS = 1500

function hasStore(dataDir: string): boolean {
  try {
    return existsSync(dataDir) && readdirSync(dataDir).length > 0
  } catch (error) {
    throw localStoreError(error, dataDir)
  }
}

/** A daemon that listens on every address is asked on loopback. */
function reachable(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:)/, '//127.0.0.1')
}
