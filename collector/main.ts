/** otrace without Docker: OTLP in, ClickHouse HTTP out, ClickHouse inside; for cli/commands and cli/store. */
import { statfs } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { packageVersion } from '../package.ts'
import { removeAddressFile, writeAddressFile } from './address-file.ts'
import { type Admission, admission } from './admission.ts'
import { endpointServer } from './endpoint.ts'
import { type Feed, startFeed } from './feed.ts'
import type { Access } from './guard.ts'
import { listen } from './listen.ts'
import { Loader } from './load.ts'
import { SIGNALS, type Signal } from './otlp/proto.ts'
import { walk } from './otlp/walk.ts'
import { type GrpcReceiver, startGrpc } from './receive/grpc.ts'
import { otlpHttpServer } from './receive/http.ts'
import { receiver } from './receive/receive.ts'
import { defaultMaxBytes, dropOldDays, type RetentionLimits } from './retention.ts'
import { type Durability, Spool } from './spool.ts'
import type { Measure } from './spool-file.ts'
import { openStore, type Store } from './store.ts'
import { createTables } from './tables.ts'

export { PortInUseError } from './listen.ts'
export { EngineMissingError, StoreLockedError } from './store.ts'

export interface CollectorOptions {
  /** Where everything is kept; made if missing. */
  dataDir: string
  /** Ports; 0 for any free one. */
  otlpHttpPort?: number
  /** Without it 4317, but any free one where OTLP/HTTP has that too. */
  otlpGrpcPort?: number
  clickhousePort?: number
  /** false: only answer questions, after loading what a killed process left. */
  receive?: boolean
  /** What an acknowledged request survives: `os` a killed process, `fsync` a machine going down. */
  durability?: Durability
  /** Bytes that wait at most to be stored. */
  spoolLimit?: number
  /** Bytes of the disk that are left free. */
  minFreeDisk?: number
  /** Days that data is kept, and bytes it may have: by default half of what the disk could hold of it. */
  retentionDays?: number
  maxDisk?: number
  /** The address to listen on; one that others reach needs a password. */
  listen?: string
  password?: string
  /** Web pages whose scripts may send OTLP here: whole origins, or `*`. */
  corsOrigins?: string[]
}

export interface SignalStatus {
  /** Rows since the start. */
  received: number
  stored: number
  /** Rows and bytes in the spool. */
  waiting: number
  spoolBytes: number
  /** Spool files that could not be loaded, since the start: they are in the data directory, with their reason. */
  setAside: number
  /** Milliseconds since the oldest of what waits was acknowledged. */
  lagMs: number
}

export interface Collector {
  addresses: { clickhouse: string; otlpHttp?: string; otlpGrpc?: string }
  /** By signal; and how many requests were refused for lack of room. */
  status(): Record<Signal, SignalStatus> & { refused: number }
  /** Stops receiving, loads what was acknowledged, closes the store. What did not make it is loaded by the next start. */
  stop(): Promise<{ left: number }>
}

const DEFAULTS = {
  spoolLimit: 2 * 2 ** 30,
  minFreeDisk: 256 * 2 ** 20,
  retentionDays: 7,
  listen: '127.0.0.1',
}
const RETENTION_EVERY_MS = 60_000
/** How long stop() goes on loading. */
const DRAIN_MS = 10_000

/**
 * Opens the store and listens.
 * @throws StoreLockedError, EngineMissingError, PortInUseError
 */
export async function start(options: CollectorOptions): Promise<Collector> {
  const receive = options.receive ?? true
  const host = options.listen ?? DEFAULTS.listen
  if (!/^(127\.|::1$|localhost$)/.test(host) && options.password === undefined)
    throw new PasswordNeededError(host)
  const access: Access = {
    hosts: options.password === undefined ? [] : ['*'],
    origins: options.corsOrigins ?? [],
    password: options.password,
  }
  const store = await openStore(join(options.dataDir, 'clickhouse'))
  const servers: Server[] = []
  let grpc: GrpcReceiver | undefined
  let gate: Admission | undefined
  let stopRetention = async () => {}
  const feeds = new Map<Signal, Feed>()
  try {
    await createTables(store)
    const spools = {} as Record<Signal, Spool>
    for (const signal of SIGNALS) {
      spools[signal] = new Spool(
        join(options.dataDir, 'spool', signal),
        options.durability ?? 'os',
        (request) => measure(signal, request),
      )
      const loader = new Loader(signal, store, spools[signal])
      await loader.recover()
      feeds.set(signal, startFeed(spools[signal], loader, receive))
    }
    if (!receive)
      await Promise.all([...feeds.values()].map((feed) => feed.drain(Number.POSITIVE_INFINITY)))
    const status: Collector['status'] = () => ({
      refused: gate?.refused ?? 0,
      ...(Object.fromEntries([...feeds].map(([signal, feed]) => [signal, feed.status()])) as Record<
        Signal,
        SignalStatus
      >),
    })
    const retention = receive ? await retentionOf(store, options) : undefined
    const endpoint = endpointServer(store, access, status, retention)
    servers.push(endpoint)
    const addresses: Collector['addresses'] = {
      clickhouse: await listen(endpoint, options.clickhousePort ?? (receive ? 8123 : 0), host),
    }
    if (retention) {
      gate = admission(
        options.dataDir,
        spools,
        options.spoolLimit ?? DEFAULTS.spoolLimit,
        options.minFreeDisk ?? DEFAULTS.minFreeDisk,
      )
      const take = receiver(spools, gate.admit, (signal, rows) => feeds.get(signal)!.received(rows))
      const otlpHttp = otlpHttpServer(take, access)
      servers.push(otlpHttp)
      addresses.otlpHttp = await listen(otlpHttp, options.otlpHttpPort ?? 4318, host)
      grpc = await startGrpc(
        take,
        options.otlpGrpcPort ?? (options.otlpHttpPort === 0 ? 0 : 4317),
        host,
        options.password,
      )
      addresses.otlpGrpc = grpc.address
      writeAddressFile(options.dataDir, {
        pid: process.pid,
        clickhouse: addresses.clickhouse,
        otlpHttp: addresses.otlpHttp,
        otlpGrpc: addresses.otlpGrpc,
        startedAt: new Date().toISOString(),
        version: packageVersion(),
      })
      stopRetention = startRetention(store, retention)
    }
    return {
      addresses,
      status,
      stop: async () => {
        await Promise.all([...servers.map(close), grpc?.stop()])
        await Promise.all([...feeds.values()].map((feed) => feed.drain(DRAIN_MS)))
        gate?.close()
        await stopRetention()
        let left = 0
        for (const feed of feeds.values()) left += feed.status().waiting
        if (receive) removeAddressFile(options.dataDir)
        await store.settled()
        store.close()
        return { left }
      },
    }
  } catch (error) {
    await Promise.all([...servers.map(close), grpc?.stop()])
    await Promise.all([...feeds.values()].map((feed) => feed.drain(0)))
    gate?.close()
    await stopRetention()
    store.close()
    throw error
  }
}

/** Listening beyond this machine lets anyone there read every span: that takes a password. */
export class PasswordNeededError extends Error {
  override name = 'PasswordNeededError'

  constructor(readonly address: string) {
    super(`listening on ${address} lets others read every span, so it needs a password`)
  }
}

async function retentionOf(store: Store, options: CollectorOptions): Promise<RetentionLimits> {
  const disk = await statfs(options.dataDir)
  return {
    days: options.retentionDays ?? DEFAULTS.retentionDays,
    maxBytes: options.maxDisk ?? (await defaultMaxBytes(store, disk.bavail * disk.bsize)),
  }
}

/** Looks now and every minute. @returns what ends it. */
function startRetention(store: Store, limits: RetentionLimits): () => Promise<void> {
  let looking = Promise.resolve()
  const look = () => {
    looking = dropOldDays(store, limits, new Date()).then(
      (days) => {
        if (days.length > 0)
          process.stderr.write(`otrace: dropped what is too old or too much: ${days.join(', ')}\n`)
      },
      (error) => {
        process.stderr.write(`otrace: could not drop old days: ${error}\n`)
      },
    )
  }
  look()
  const timer = setInterval(look, RETENTION_EVERY_MS).unref()
  return () => {
    clearInterval(timer)
    return looking
  }
}

/** Of a request that a killed process left; one that is no longer whole has no rows, and load.ts sees to it. */
function measure(signal: Signal, request: Buffer): Measure {
  try {
    return walk(signal, request)
  } catch {
    return { rows: 0, flatBytes: request.length }
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 1000).unref()
  })
}
