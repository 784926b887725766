/**
 * The collector process: receives OTLP, stores it and serves ClickHouse over HTTP.
 *
 * One file: the order of start and stop in one place.
 */
import { statfs } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { join } from 'node:path'
import { packageVersion } from '../package.ts'
import {
  type AddressFile,
  readAddressFile,
  removeAddressFile,
  writeAddressFile,
} from './address-file.ts'
import { endpointServer } from './clickhouse/server.ts'
import { startPartChecks } from './engine/check-parts.ts'
import { makePrivate } from './engine/directory.ts'
import { asDamage, type Engine, openEngine } from './engine/engine.ts'
import { inWords } from './engine/errors.ts'
import { fairClock } from './engine/fair-time.ts'
import { checkOpenFiles } from './engine/open-files.ts'
import { type ReindexedDay, reindex } from './engine/reindex.ts'
import {
  countBrokenParts,
  defaultMaxBytes,
  dropOldDays,
  type RetentionLimits,
  settledClock,
} from './engine/retention.ts'
import { StoreLostError } from './engine/store-folders.ts'
import { ensureTables } from './engine/tables.ts'
import type { Access } from './http/browser-guard.ts'
import { Connections } from './http/connections.ts'
import { listen } from './http/listen.ts'
import { readTls, secured, type TlsFiles } from './http/tls.ts'
import { type Admission, admission } from './ingest/admission.ts'
import { type Ingest, openIngest, within } from './ingest/ingest.ts'
import type { Durability } from './ingest/spool.ts'
import { SIGNALS, type Signal } from './otlp/proto.ts'
import { receiver } from './receive/accept.ts'
import { type GrpcReceiver, startGrpc } from './receive/grpc.ts'
import { otlpHttpServer, refuseOtlp } from './receive/http.ts'
import { refusals } from './receive/refusals.ts'
import { reportProtocols, reportUnreadable } from './receive/unreadable.ts'
import { type CollectorStatus, notify, type SignalStatus, writeNotices } from './status.ts'

export { EngineMissingError, StoreLockedError } from './engine/engine.ts'
export { PortInUseError } from './http/listen.ts'

export interface CollectorOptions {
  /** The data directory; made if missing. */
  dataDir: string
  /** Ports; 0 for any free one. */
  otlpHttpPort?: number
  /** Default: 4317, or any free one if otlpHttpPort is 0. */
  otlpGrpcPort?: number
  clickhousePort?: number
  /** false: only answer queries, after loading a killed process's spool. */
  receive?: boolean
  /** Aborts a start that loads or waits. */
  signal?: AbortSignal
  /** Durability of acknowledged requests: `os` survives a killed process, `fsync` a power cut. */
  durability?: Durability
  /** Limit of bytes not stored yet. */
  spoolLimit?: number
  /** Bytes of the disk to keep free. */
  minFreeDisk?: number
  /** Days to keep, and most bytes of all tables; default: half of the free disk. */
  retentionDays?: number
  maxDisk?: number
  /** The address to listen on; one that is not loopback needs a password. */
  listen?: string
  password?: string
  /** Files of a certificate: all public addresses are then TLS. */
  tls?: TlsFiles
  /** Origins of web pages that may send OTLP, or `*`. */
  corsOrigins?: string[]
  /** Indexes spans of earlier versions, too, and tells each day that is done. */
  onReindexed?: (day: ReindexedDay) => void
}

export interface Collector {
  addresses: { clickhouse: string; otlpHttp?: string; otlpGrpc?: string }
  /** Counters by signal, and of the whole. */
  status(): Record<Signal, SignalStatus> & CollectorStatus
  /** Whether a client has ever connected to an OTLP address. */
  reached(): boolean
  /**
   * Stops receiving, stores acknowledged requests, closes the store. The next start stores the rest.
   * @param atExit the process ends next: what cannot be cancelled within two seconds ends with it
   */
  stop(atExit?: boolean): Promise<{ left: number }>
}

const DEFAULTS = {
  spoolLimit: 2 * 2 ** 30,
  minFreeDisk: 256 * 2 ** 20,
  retentionDays: 7,
  listen: '127.0.0.1',
  /** Waits for a directory that another process holds. */
  collectorWaitMs: 30_000,
  commandWaitMs: 60_000,
}
const RETENTION_EVERY_MS = 60_000
/** How long running requests may take to end. */
const CLOSE_MS = 300
/** How long stop() keeps loading. */
const DRAIN_MS = 700
/** At the end of the process: fair time of cancelled loads, of the engine, and of all together. */
const AT_EXIT = { cancel: 400, engine: 300, all: 1500 }
const NEVER = Number.POSITIVE_INFINITY
const NO_LIMITS = { cancel: NEVER, engine: NEVER, all: NEVER }
/** After a failed start: a statement whose files were deleted may never end. */
const FAILED = { cancel: 2000, engine: 2000, all: 5000 }

/**
 * Opens the store and listens.
 * @throws StoreLockedError, StoreServedError, SecondStoreError, StoreDamagedError, StoreLostError, EngineMissingError,
 *   PortInUseError, PasswordNeededError, TlsFileError
 */
export async function start(options: CollectorOptions): Promise<Collector> {
  const receive = options.receive ?? true
  const host = options.listen ?? DEFAULTS.listen
  if (!/^(127\.|::1$|localhost$)/.test(host) && options.password === undefined)
    throw new PasswordNeededError(host)
  const tls = options.tls && readTls(options.tls)
  const access: Access = {
    hosts: options.password === undefined ? [] : ['*'],
    origins: options.corsOrigins ?? [],
    password: options.password,
  }
  const rejected = refusals()
  const connections = new Connections(
    receive ? checkOpenFiles() : Number.POSITIVE_INFINITY,
    (reason, address, message) => rejected.add(reason, { address }, message),
  )
  const wait = {
    ms: receive ? DEFAULTS.collectorWaitMs : DEFAULTS.commandWaitMs,
    isFirst: receive,
    check: () => {
      options.signal?.throwIfAborted()
      const collector = readAddressFile(options.dataDir)
      if (collector) throw new StoreServedError(collector)
    },
  }
  const engine = await openEngine(join(options.dataDir, 'clickhouse'), wait, !receive)
  const servers: (Server | SecureServer)[] = []
  /** Listens, over TLS with a certificate. */
  const open = (server: Server, port: number, report: typeof reportProtocols): Promise<string> => {
    connections.watch(server)
    const front = tls ? secured(server, tls) : server
    front.on('secureConnection', (socket) => connections.add(socket, socket))
    report(front, rejected)
    servers.push(front)
    return listen(front, port, host, tls ? 'https' : 'http')
  }
  let grpc: GrpcReceiver | undefined
  let gate: Admission | undefined
  let ingest: Ingest | undefined
  let stopRetention = async () => {}
  let stopPartChecks = async () => {}
  let reindexed = Promise.resolve()
  let isOver = false
  let stopping: Promise<{ left: number }> | undefined
  /** @returns rows that wait for the next start */
  const stop = async (drainMs: number, limits: typeof AT_EXIT) => {
    const elapsed = fairClock()
    isOver = true
    const housekeepingEnded = Promise.all([stopRetention(), stopPartChecks(), reindexed])
    engine.cancel(false)
    await Promise.all([...servers.map(close), grpc?.stop()])
    gate?.close()
    const left = (await ingest?.drain(drainMs, limits.cancel)) ?? 0
    if (receive) ingest?.recent.save()
    await within(limits.engine, housekeepingEnded)
    await engine.close(Math.max(limits.engine, limits.all - elapsed()))
    writeNotices()
    return left
  }
  try {
    options.signal?.throwIfAborted()
    makePrivate(options.dataDir)
    const isSynced = receive ? options.durability === 'fsync' : undefined
    if ((await ensureTables(engine, isSynced)) || receive) await engine.folders.watch(engine.rows)
    if (engine.lost.length > 0)
      notify(
        'lost',
        () => `${new StoreLostError(engine.directory, engine.lost).message}, and begin empty`,
      )
    options.signal?.throwIfAborted()
    const opened = await openIngest(engine, options.dataDir, options.durability ?? 'os', receive)
    ingest = opened
    if (!receive) {
      await opened.drain(NEVER, AT_EXIT.cancel, options.signal)
      void reportBrokenParts(engine)
    }
    options.signal?.throwIfAborted()
    const status: Collector['status'] = () => ({
      refused: gate?.refused ?? 0,
      rejected: rejected.counts,
      ...opened.status(),
    })
    const retention = receive ? await retentionOf(engine, options) : undefined
    const endpoint = endpointServer(
      engine,
      access,
      {
        status: async () => ({
          ...status(),
          brokenParts: await countBrokenParts(engine).catch(() => 0),
          damagedParts: engine.threads.damaged.found,
          lost: engine.lost,
          gone: engine.folders.gone(),
        }),
        stored: (signal, ...how) =>
          SIGNALS.find((one) => one === signal) && opened.loops[signal as Signal].stored(...how),
      },
      retention,
      (request, response) =>
        addresses.otlpHttp !== undefined &&
        refuseOtlp(request, response, addresses.otlpHttp, rejected),
    )
    const addresses: Collector['addresses'] = {
      clickhouse: await open(
        endpoint,
        options.clickhousePort ?? (receive ? 8123 : 0),
        reportProtocols,
      ),
    }
    // Commands on this machine have no client certificate.
    const own = tls ? await listen(endpoint, 0, '127.0.0.1') : addresses.clickhouse
    if (tls) servers.push(endpoint)
    if (retention) {
      gate = admission(
        options.dataDir,
        opened.spools,
        options.spoolLimit ?? DEFAULTS.spoolLimit,
        options.minFreeDisk ?? DEFAULTS.minFreeDisk,
        () => engine.folders.gone(),
      )
      const wake = (signal: Signal) => opened.loops[signal].wake()
      const take = receiver(opened.spools, gate.admit, wake, opened.recent)
      const otlpHttp = otlpHttpServer(take, access, rejected)
      addresses.otlpHttp = await open(otlpHttp, options.otlpHttpPort ?? 4318, reportUnreadable)
      grpc = await startGrpc(
        take,
        options.otlpGrpcPort ?? (options.otlpHttpPort === 0 ? 0 : 4317),
        host,
        options.password,
        rejected,
        connections,
        tls,
      )
      addresses.otlpGrpc = grpc.address
      writeAddressFile(options.dataDir, {
        pid: process.pid,
        clickhouse: own,
        otlpHttp: addresses.otlpHttp,
        otlpGrpc: addresses.otlpGrpc,
        password: options.password !== undefined,
        brokenParts: await countBrokenParts(engine).catch(() => 0),
        startedAt: new Date().toISOString(),
        version: packageVersion(),
      })
      stopRetention = startRetention(engine, retention)
      stopPartChecks = startPartChecks(engine)
      if (options.onReindexed) {
        reindexed = reindex(engine, options.onReindexed, () => isOver).catch((error) => {
          if (!isOver) process.stderr.write(`otrace: --reindex: ${inWords(error)}\n`)
        })
      }
    }
    return {
      addresses,
      status,
      reached: () => {
        const { otlpHttp, otlpGrpc } = addresses
        return [otlpHttp, otlpGrpc].some((one) => one !== undefined && connections.reached(one))
      },
      stop: (atExit = false) => {
        stopping ??= stop(DRAIN_MS, atExit ? AT_EXIT : NO_LIMITS).then((left) => {
          if (receive) removeAddressFile(options.dataDir)
          return { left }
        })
        return stopping
      },
    }
  } catch (error) {
    await stop(0, options.signal?.aborted ? AT_EXIT : FAILED)
    throw asDamage(error, engine.directory)
  }
}

/** A collector serves the directory: query it. */
export class StoreServedError extends Error {
  override name = 'StoreServedError'

  constructor(readonly collector: AddressFile) {
    super(`otrace up (process ${collector.pid}) serves the data directory`)
  }
}

/** A listen address that is not loopback, without a password. */
export class PasswordNeededError extends Error {
  override name = 'PasswordNeededError'

  constructor(readonly address: string) {
    super(`listening on ${address} lets others read every span: it needs a password`)
  }
}

async function retentionOf(engine: Engine, options: CollectorOptions): Promise<RetentionLimits> {
  const disk = await statfs(options.dataDir)
  return {
    days: options.retentionDays ?? DEFAULTS.retentionDays,
    maxBytes: options.maxDisk ?? (await defaultMaxBytes(engine, disk.bavail * disk.bsize)),
  }
}

/** Checks now and every minute. @returns a function that stops it. */
function startRetention(engine: Engine, limits: RetentionLimits): () => Promise<void> {
  let looking = Promise.resolve()
  let reported = 0
  let stopped = false
  const clock = settledClock()
  const look = () => {
    void reportBrokenParts(engine, reported).then((parts) => {
      reported = parts
    })
    looking = dropOldDays(engine, limits, clock()).then(
      (days) => {
        if (days.length > 0)
          process.stderr.write(`otrace: dropped days beyond the retention: ${days.join(', ')}\n`)
      },
      (error) => {
        if (stopped) return
        process.stderr.write(`otrace: could not drop old days: ${inWords(error)}\n`)
      },
    )
  }
  look()
  const timer = setInterval(look, RETENTION_EVERY_MS).unref()
  return () => {
    stopped = true
    clearInterval(timer)
    return looking
  }
}

/** @returns how many there are, of which so many are reported */
async function reportBrokenParts(engine: Engine, reported = 0): Promise<number> {
  const parts = await countBrokenParts(engine).catch(() => reported)
  if (parts > reported)
    notify(
      'broken parts',
      () =>
        `${parts === 1 ? '1 broken part is' : `${parts} broken parts are`} detached, and spans are missing`,
    )
  return parts
}

function close(server: Server | SecureServer): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref()
  })
}
