/** Opens the local store: through its running daemon, else for one command. */
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressFile } from '../../collector/address-file.ts'
import type { Collector } from '../../collector/main.ts'
import { EXIT, noStore, OtraceError } from '../errors.ts'
import { plural } from '../units/units.ts'
import { openUrl, type Store, type StoreOptions } from './client.ts'
import { localStoreError } from './collector-error.ts'

type Options = Omit<StoreOptions, 'url' | 'local'>

/**
 * Opens a data directory. Without a running daemon, it starts the directory's ClickHouse endpoint on a free loopback
 * port, so that every statement goes through the same endpoint and the same checks.
 * @throws OtraceError (exit 3) without a store in it, while another process holds it, or without an installed engine
 */
export async function openDirectory(
  dataDir: string,
  given: Options,
  say: (text: string) => void = () => {},
): Promise<Store> {
  const { readAddressFile } = await import('../../collector/address-file.ts')
  const { readColumns } = await import('../../collector/kept-columns.ts')
  const options = { ...given, columns: () => readColumns(dataDir, given.database) }
  const daemon = readAddressFile(dataDir)
  if (daemon) {
    const { brokenParts = 0 } = daemon
    // `otrace up` says so in its own terminal.
    if (brokenParts > 0)
      say(
        `${plural(brokenParts, 'broken part is', 'broken parts are')} detached, and spans are missing: see otrace doctor`,
      )
    return openDaemon(dataDir, daemon, options)
  }
  if (!(await hasStoreSoon(dataDir, options.signal))) {
    throw noStore(
      `no store in ${dataDir}`,
      'start one with `otrace up`, fill one with `otrace demo`, or name a server with --url',
    )
  }
  const { isHeld } = await import('../../collector/engine/lock.ts')
  const { start } = await import('../../collector/main.ts')
  const waiting = setTimeout(() => {
    if (!isHeld(join(dataDir, 'clickhouse'))) return
    say(`waiting for the otrace process that opened ${dataDir}…`)
  }, SILENT_MS)
  try {
    const endpoint = await start({
      dataDir,
      receive: false,
      clickhousePort: 0,
      signal: options.signal,
    })
    return openUrl({
      ...withoutLogin(options),
      local: true,
      url: endpoint.addresses.clickhouse,
      place: dataDir,
      after: () => endpoint.stop(true),
    })
  } catch (error) {
    // A collector may have started in the meantime.
    const served = readAddressFile(dataDir)
    if (served) return openDaemon(dataDir, served, options)
    throw localStoreError(error, dataDir)
  } finally {
    clearTimeout(waiting)
  }
}

/**
 * The store of a running collector. When it does not answer, it may have been started again: what is asked goes to its
 * new address.
 */
function openDaemon(dataDir: string, daemon: AddressFile, options: Options): Store {
  const open = ({ clickhouse, password }: AddressFile) => {
    const login = password === false ? withoutLogin(options) : options
    return { clickhouse, store: openUrl({ ...login, local: true, url: reachable(clickhouse) }) }
  }
  const opened = [open(daemon)]
  const last = () => opened.at(-1)!

  async function sent<T>(ask: (store: Store) => Promise<T>): Promise<T> {
    const used = last()
    try {
      return await ask(used.store)
    } catch (error) {
      if (!(error instanceof OtraceError) || error.exit !== EXIT.noStore) throw error
      const { readAddressFile } = await import('../../collector/address-file.ts')
      const found = readAddressFile(dataDir)
      if (!found) throw noStore(error.message, 'start the collector again: otrace up')
      if (found.clickhouse === used.clickhouse) throw error
      // Another statement may have found it first.
      if (found.clickhouse !== last().clickhouse) opened.push(open(found))
      return ask(last().store)
    }
  }

  const { database } = last().store
  return {
    get place() {
      return last().store.place
    },
    get retention() {
      return last().store.retention
    },
    local: true,
    database,
    columns: () => last().store.columns?.(),
    collector: () => last().store.collector(),
    stored: (...seen) => last().store.stored(...seen),
    ask: (...asked) => sent((store) => store.ask(...asked)),
    askBytes: (...asked) => sent((store) => store.askBytes(...asked)),
    ownLimits: () => last().store.ownLimits(),
    async close() {
      for (const { store } of opened) await store.close()
    },
  }
}

/** Without user and password, which may be another server's, of the environment. */
function withoutLogin(options: Options): Options {
  return { ...options, user: undefined, password: undefined }
}

/**
 * A collector on free ports of its own, over `dataDir`.
 * @throws OtraceError (exit 3) when the engine is not installed or the directory cannot be used
 */
export async function openCollector(
  dataDir: string,
  limits: { retentionDays?: number } = {},
): Promise<Collector> {
  const { start } = await import('../../collector/main.ts')
  try {
    const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
    return await start({ dataDir, ...ports, ...limits })
  } catch (error) {
    throw localStoreError(error, dataDir)
  }
}

/**
 * The addresses of the directory's running collector, OTLP and ClickHouse, else of one that this opens, which
 * drops no day. `locked` if it needs a password.
 * @throws OtraceError (exit 3)
 */
export async function openReceiver(
  dataDir: string,
): Promise<{ url: string; clickhouse: string; locked: boolean; close(): Promise<unknown> }> {
  const { readAddressFile } = await import('../../collector/address-file.ts')
  const daemon = readAddressFile(dataDir)
  if (daemon) {
    const [url, clickhouse] = [reachable(daemon.otlpHttp), reachable(daemon.clickhouse)]
    return { url, clickhouse, locked: daemon.password === true, close: async () => {} }
  }
  const collector = await openCollector(dataDir, { retentionDays: FOR_EVER })
  const { otlpHttp, clickhouse } = collector.addresses
  return { url: otlpHttp!, clickhouse, locked: false, close: () => collector.stop(true) }
}

/**
 * A new directory for the store of one command; removes those that killed commands of this user left.
 * @param parent where temporary files are
 */
export async function temporaryStore(parent = tmpdir()): Promise<string> {
  const { isHeld, isHeldElsewhere } = await import('../../collector/engine/lock.ts')
  for (const name of namesIn(parent).filter((one) => one.startsWith(TEMPORARY))) {
    const path = join(parent, name)
    try {
      const { uid, mtimeMs } = lstatSync(path)
      // A command that starts does not hold its store yet.
      const isRecent = Date.now() - mtimeMs < ABANDONED_MS
      const engine = join(path, 'clickhouse')
      if (isRecent || uid !== process.getuid?.()) continue
      if (isHeld(engine) || isHeldElsewhere(engine)) continue
      rmSync(path, { recursive: true, force: true })
    } catch {
      // Another command was faster.
    }
  }
  return mkdtempSync(join(parent, TEMPORARY))
}

/** None of a folder that may be written but not listed. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const TEMPORARY = 'otrace-run-'
const ABANDONED_MS = 600_000

/** Days. */
const FOR_EVER = 100_000

/** ClickHouse's address of the running collector that serves the data directory, if one does. */
export async function servedAt(dataDir: string): Promise<string | undefined> {
  const { readAddressFile } = await import('../../collector/address-file.ts')
  const daemon = readAddressFile(dataDir)
  return daemon && reachable(daemon.clickhouse)
}

/** A longer silence looks like a hang. */
const SILENT_MS = 1500

/** What a collector takes from its start until its directory is there. */
const STARTS = { looks: 20, everyMs: 25 }

/** Whether there is a store, or one appears: `otrace up & otrace services`. */
async function hasStoreSoon(dataDir: string, signal?: AbortSignal): Promise<boolean> {
  for (let look = 0; look < STARTS.looks; look++) {
    if (hasStore(dataDir)) return true
    await sleep(STARTS.everyMs, undefined, { signal })
  }
  return hasStore(dataDir)
}

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
