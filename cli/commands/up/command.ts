/** `otrace up`: the collector in the foreground, until ctrl-C. */

import { join } from 'node:path'
import { Command, Option } from 'commander'
import { readAddressFile } from '../../../collector/address-file.ts'
import type { ReindexedDay } from '../../../collector/engine/reindex.ts'
import type { Collector, CollectorOptions } from '../../../collector/main.ts'
import type { Context } from '../../context.ts'
import { noStore, usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { many, option } from '../../options/option.ts'
import { refuseTyped } from '../../options/unused.ts'
import { write } from '../../output/output.ts'
import { ownName } from '../../output/shell-line.ts'
import { localStoreError } from '../../store/collector-error.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { readPort, readSeconds, readSize } from '../../units/parse.ts'
import { plural } from '../../units/units.ts'
import { announcement } from './announcement.ts'
import { speak } from './live.ts'
import { showStatus } from './status.ts'

interface Flags {
  data?: string
  otlpHttpPort: number
  otlpGrpcPort: number
  clickhousePort: number
  listen: string
  password?: string
  corsOrigin?: string[]
  tlsCert?: string
  tlsKey?: string
  tlsClientCa?: string
  durability: 'os' | 'fsync'
  /** Seconds. */
  retention: number
  /** Bytes. */
  maxDisk?: number
  spoolLimit: number
  reindex?: boolean
  status?: boolean
  json?: boolean
}

export function upCommand(context: Context): Command {
  const command = new Command('up')
  command
    .description(
      'Run the collector in the foreground: it receives OTLP, stores it in the data directory and serves ClickHouse HTTP. ' +
        'Other otrace commands find it by themselves. Ctrl-C stops it without losing acknowledged data.',
    )
    .option('--status', 'show the counters of the running collector')
    .option('--json', 'JSON output of --status')
    .optionsGroup('Storage:')
    .option('--data <directory>', 'directory of the store (or OTRACE_DATA)')
    .addOption(
      option('--retention <duration>', 'age at which whole days are dropped', readSeconds).default(
        7 * 86_400,
        '7d',
      ),
    )
    .addOption(
      option(
        '--max-disk <size>',
        'size above which the oldest days are dropped (default: half of the free disk)',
        readSize,
      ),
    )
    .addOption(
      new Option(
        '--durability <kind>',
        'os: acknowledged spans survive a killed process (a machine crash may lose the last minute); fsync: also a machine crash',
      )
        .choices(['os', 'fsync'])
        .default('os'),
    )
    .addOption(
      option(
        '--spool-limit <size>',
        'spool size above which requests are refused',
        readSize,
      ).default(2_000_000_000, '2GB'),
    )
    .option('--reindex', 'index the spans of earlier versions, too, and report each day')
    .optionsGroup('Listening:')
    .addOption(option('--otlp-http-port <port>', 'OTLP over HTTP', readPort).default(4318))
    .addOption(option('--otlp-grpc-port <port>', 'OTLP over gRPC', readPort).default(4317))
    .addOption(
      option('--clickhouse-port <port>', 'ClickHouse HTTP interface', readPort).default(8123),
    )
    .option(
      '--listen <address>',
      'address to listen on; other than loopback requires --password',
      '127.0.0.1',
    )
    .option('--password <password>', 'password of senders and readers (or OTRACE_PASSWORD)')
    .option('--tls-cert <file>', 'PEM certificate, for TLS on all ports')
    .option('--tls-key <file>', 'PEM key of the certificate')
    .option(
      '--tls-client-ca <file>',
      'PEM authority of client certificates, which are then required',
    )
    .option('--cors-origin <origin>', 'origin of a web page that may send spans (repeatable)', many)
  addExamples(
    command,
    [
      'otrace up --retention 30d',
      'otrace up --listen 0.0.0.0 --password secret',
      'otrace up --status',
    ],
    ['otrace services - what has arrived', 'otrace dashboard - all services on one screen'],
  )
  return command.action(async () => {
    const flags = command.opts<Flags>()
    const dataDir = dataDirectory(flags.data, context.env)
    const password = flags.password ?? context.env.OTRACE_PASSWORD
    refuseUnused(command, flags)
    if (flags.status) {
      const format = flags.json ? 'json' : 'terminal'
      return showStatus(dataDir, password, format, context)
    }
    const stop = stopSignal(context.signal)
    const collector = await startCollector({
      dataDir,
      signal: stop,
      otlpHttpPort: flags.otlpHttpPort,
      otlpGrpcPort: flags.otlpGrpcPort,
      clickhousePort: flags.clickhousePort,
      listen: flags.listen,
      durability: flags.durability,
      retentionDays: flags.retention / 86_400,
      spoolLimit: flags.spoolLimit,
      maxDisk: flags.maxDisk,
      password: password || undefined,
      corsOrigins: flags.corsOrigin,
      tls: tlsFiles(flags),
      ...(flags.reindex ? { onReindexed: (day) => context.say(reindexed(day)) } : {}),
    }).catch((error) => {
      if (!stop.aborted) throw error
    })
    if (!collector) return context.say('stopped before it received anything')
    const asked = {
      password: Boolean(password),
      tls: flags.tlsCert !== undefined,
      clientCertificate: flags.tlsClientCa !== undefined,
    }
    const otrace = ownName(context.env, process.argv[1]!)
    await write(context.stdout, announcement(collector, dataDir, asked, otrace))
    const silence = await speak(collector, dataDir, password || undefined, stop, context)
    await aborted(stop)
    await silence()
    context.say('stopping…')
    const { left } = await collector.stop(true)
    if (left > 0)
      context.say(
        `${plural(left, 'row waits', 'rows wait')} in the spool: the next start stores ${left === 1 ? 'it' : 'them'}`,
      )
  })
}

/** @throws OtraceError (exit 2) for one of the files without the others */
function tlsFiles({ tlsCert: cert, tlsKey: key, tlsClientCa: clientCa }: Flags) {
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa }
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined
  const missing = cert === undefined ? '--tls-cert' : '--tls-key'
  throw usage(`TLS without ${missing}`, 'give both --tls-cert and --tls-key')
}

/** Refuses mixing --status with flags that start a collector. */
function refuseUnused(command: Command, { status }: Flags): void {
  if (!status) {
    refuseTyped(command, ['json'], 'needs --status', 'otrace up --status --json')
    return
  }
  const asking = ['status', 'json', 'data', 'password']
  const starting = command.options.map((option) => option.attributeName())
  refuseTyped(
    command,
    starting.filter((name) => !asking.includes(name)),
    "can't be used with --status",
    'leave one of them out',
  )
}

/**
 * Starts the collector; errors get readable messages.
 * @param orFreePorts whether free ports will do where one is taken
 */
export async function startCollector(
  options: CollectorOptions,
  orFreePorts = false,
): Promise<Collector> {
  refuseServed(options.dataDir)
  const { isHeld } = await import('../../../collector/engine/lock.ts')
  const { PortInUseError, start } = await import('../../../collector/main.ts')
  const waiting = setTimeout(() => {
    if (!isHeld(join(options.dataDir, 'clickhouse'))) return
    process.stderr.write('waiting for another otrace process to end…\n')
  }, SILENT_MS)
  try {
    return await start(options).catch((error) => {
      if (!orFreePorts || !(error instanceof PortInUseError)) throw error
      return start({ ...options, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
    })
  } catch (error) {
    refuseServed(options.dataDir)
    throw localStoreError(error, options.dataDir)
  } finally {
    clearTimeout(waiting)
  }
}

/** A longer silence looks like a hang. */
const SILENT_MS = 3000

/** @throws OtraceError (exit 3) when a collector serves the directory */
function refuseServed(dataDir: string): void {
  const served = readAddressFile(dataDir)
  if (!served || served.pid === process.pid) return
  throw noStore(
    `otrace up (process ${served.pid}) already serves ${dataDir} on ${served.otlpHttp} and ${served.clickhouse}`,
    'send and ask there, or name another directory with --data',
  )
}

/** Resolves at ctrl-C or SIGTERM. */
export const stopped = (interrupted: AbortSignal): Promise<void> => aborted(stopSignal(interrupted))

/** Aborted by ctrl-C or SIGTERM. */
function stopSignal(interrupted: AbortSignal): AbortSignal {
  const terminated = new AbortController()
  process.once('SIGTERM', () => terminated.abort())
  return AbortSignal.any([interrupted, terminated.signal])
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function reindexed({ day, spans, done, days }: ReindexedDay): string {
  return `indexed ${plural(spans, 'span')} of ${day}: ${done} of ${plural(days, 'day')}`
}
