/** Opens the local store: through its running daemon, else for one command. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Collector } from '../../collector/main.ts'
import { noStore } from '../errors.ts'
import { openUrl, type Store, type StoreOptions } from './client.ts'
import { localStoreError } from './collector-error.ts'

/**
 * Opens a data directory. Without a running daemon, it starts the directory's ClickHouse endpoint on a free loopback port, so
 * that every statement goes through the same endpoint and the same checks.
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
    throw noStore(
      `no store in ${dataDir}`,
      'start one with `otrace up`, fill one with `otrace demo`, or name a server with --url',
    )
  }
  const { isHeld } = await import('../../collector/engine/lock.ts')
  const { start } = await import('../../collector/main.ts')
  const waiting = setTimeout(() => {
    if (!isHeld(join(dataDir, 'clickhouse'))) return
    process.stderr.write(`waiting for another otrace process to close ${dataDir}…\n`)
  }, SILENT_MS)
  try {
    const endpoint = await start({
      dataDir,
      receive: false,
      clickhousePort: 0,
      signal: options.signal,
    })
    return openUrl({
      ...options,
      local: true,
      url: endpoint.addresses.clickhouse,
      place: dataDir,
      after: () => endpoint.stop(true),
    })
  } catch (error) {
    // A collector may have started in the meantime.
    const served = readAddressFile(dataDir)
    if (served) return openUrl({ ...options, local: true, url: reachable(served.clickhouse) })
    throw localStoreError(error, dataDir)
  } finally {
    clearTimeout(waiting)
  }
}

/**
 * A collector on free ports of its own, over `dataDir`.
 * @throws OtraceError (exit 3) when the engine is not installed or the directory cannot be used
 */
export async function openCollector(dataDir: string): Promise<Collector> {
  const { start } = await import('../../collector/main.ts')
  try {
    return await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
  } catch (error) {
    throw localStoreError(error, dataDir)
  }
}

/**
 * The OTLP address of the directory's running collector, else of one that this opens.
 * @throws OtraceError (exit 3)
 */
export async function openReceiver(
  dataDir: string,
): Promise<{ url: string; close(): Promise<unknown> }> {
  const { readAddressFile } = await import('../../collector/address-file.ts')
  const daemon = readAddressFile(dataDir)
  if (daemon) return { url: reachable(daemon.otlpHttp), close: async () => {} }
  const collector = await openCollector(dataDir)
  return { url: collector.addresses.otlpHttp!, close: () => collector.stop(true) }
}

/** Whether a running collector serves the data directory. */
export async function isServed(dataDir: string): Promise<boolean> {
  const { readAddressFile } = await import('../../collector/address-file.ts')
  return readAddressFile(dataDir) !== undefined
}

/** A longer silence looks like a hang. */
const SILENT_MS = 1500

function hasStore(dataDir: string): boolean {
  try {
    return existsSync(dataDir) && readdirSync(dataDir).length > 0
  } catch (error) {
    throw localStoreError(error, dataDir)
  }
}

/** The loopback address of a daemon that listens on every address. */
function reachable(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:)/, '//127.0.0.1')
}
