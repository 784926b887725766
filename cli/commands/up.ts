/** `otrace up`: the collector in the foreground, until ctrl-C. */
import { Command, Option } from 'commander'
import { readAddressFile } from '../../collector/address-file.ts'
import type { Collector, CollectorOptions } from '../../collector/main.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { write } from '../output.ts'
import { parseUnit } from '../render/units.ts'
import { dataDirectory } from '../store/data-dir.ts'
import { localStoreError } from '../store/local-error.ts'
import { showStatus } from './status.ts'
import { refuseTyped } from './unused.ts'

interface Flags {
  data?: string
  otlpHttpPort: string
  otlpGrpcPort: string
  clickhousePort: string
  listen: string
  password?: string
  corsOrigin?: string[]
  durability: 'os' | 'fsync'
  retention: string
  maxDisk?: string
  spoolLimit: string
  status?: boolean
  json?: boolean
}

const many = (value: string, before: string[] = []) => [...before, value]

/** The command. */
export function upCommand(context: Context): Command {
  const command = new Command('up').summary('Receive and keep spans until ctrl-C')
  command
    .description(
      'Run the collector in the foreground: OTLP in, ClickHouse HTTP out, everything kept in the data directory. Other ' +
        'otrace commands find it by themselves. Ctrl-C stops it; nothing that was acknowledged is lost.',
    )
    .option('--status', 'say how the collector that runs is doing, and end')
    .option('--json', 'with --status: as JSON')
    .optionsGroup('Keeping:')
    .option('--data <directory>', 'where to keep the store (or OTRACE_DATA)')
    .option('--retention <length>', 'drop whole days that are older', '7d')
    .option(
      '--max-disk <size>',
      'drop the oldest days beyond this (default: half of the free disk)',
    )
    .addOption(
      new Option(
        '--durability <kind>',
        'what an acknowledged span survives: os a killed process, fsync a lost machine',
      )
        .choices(['os', 'fsync'])
        .default('os'),
    )
    .option('--spool-limit <size>', 'refuse, to be tried again, while more than this waits', '2GB')
    .optionsGroup('Listening:')
    .option('--otlp-http-port <port>', 'OTLP over HTTP', '4318')
    .option('--otlp-grpc-port <port>', 'OTLP over gRPC', '4317')
    .option('--clickhouse-port <port>', 'the ClickHouse HTTP interface', '8123')
    .option('--listen <address>', 'an address that others reach; needs --password', '127.0.0.1')
    .option('--password <password>', 'what senders and askers must know (or OTRACE_PASSWORD)')
    .option('--cors-origin <origin>', "a web page's origin whose SDK may send (repeatable)", many)
  return command.action(async () => {
    const flags = command.opts<Flags>()
    const dataDir = dataDirectory(flags.data, context.env)
    const password = flags.password ?? context.env.OTRACE_PASSWORD
    refuseUnused(command, flags)
    if (flags.status) {
      const format = flags.json ? 'json' : 'terminal'
      return showStatus(dataDir, password, format, context.screen(), context.say)
    }
    const collector = await startCollector({
      dataDir,
      otlpHttpPort: readPort('--otlp-http-port', flags.otlpHttpPort),
      otlpGrpcPort: readPort('--otlp-grpc-port', flags.otlpGrpcPort),
      clickhousePort: readPort('--clickhouse-port', flags.clickhousePort),
      listen: flags.listen,
      durability: flags.durability,
      retentionDays: readAmount('--retention', flags.retention, 's', '7d') / 86_400,
      spoolLimit: readAmount('--spool-limit', flags.spoolLimit, 'bytes', '2GB'),
      ...(flags.maxDisk !== undefined && {
        maxDisk: readAmount('--max-disk', flags.maxDisk, 'bytes', '20GB'),
      }),
      ...(password && { password }),
      ...(flags.corsOrigin && { corsOrigins: flags.corsOrigin }),
    })
    await write(announcement(collector, dataDir))
    await stopped(context.signal)
    context.say('stopping…')
    const { left } = await collector.stop()
    if (left > 0) context.say(`${left} rows wait in the spool: the next start stores them`)
  })
}

/** Flags that ask a collector that runs, and those that start one. */
function refuseUnused(command: Command, { status }: Flags): void {
  if (!status) {
    refuseTyped(command, ['json'], 'is the form of --status', 'otrace up --status --json')
    return
  }
  const asking = ['status', 'json', 'data', 'password']
  const starting = command.options.map((option) => option.attributeName())
  refuseTyped(
    command,
    starting.filter((name) => !asking.includes(name)),
    'is for starting a collector, and --status asks the one that runs',
    'leave one of them out',
  )
}

/** Starts the collector; its errors become sentences. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const daemon = readAddressFile(options.dataDir)
  if (daemon) {
    throw new OtraceError(
      'noStore',
      `otrace up (process ${daemon.pid}) already serves ${options.dataDir} on ${daemon.otlpHttp} and ${daemon.clickhouse}`,
      'send and ask there, or name another directory with --data',
    )
  }
  const { start } = await import('../../collector/main.ts')
  try {
    return await start(options)
  } catch (error) {
    throw localStoreError(error, options.dataDir)
  }
}

/** What listens where, and how to point an SDK at it. */
function announcement({ addresses }: Collector, dataDir: string): string {
  return `otrace receives spans. Point an OpenTelemetry SDK here:

  OTEL_EXPORTER_OTLP_ENDPOINT=${addresses.otlpHttp} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf

  OTLP over HTTP   ${addresses.otlpHttp}
  OTLP over gRPC   ${addresses.otlpGrpc}
  ClickHouse HTTP  ${addresses.clickhouse}
  data             ${dataDir}

Ask in another terminal: otrace services, otrace slow, otrace trace --latest. Ctrl-C stops.
`
}

/** Resolves at ctrl-C or SIGTERM. */
export function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    process.once('SIGTERM', () => resolve())
  })
}

function readPort(flag: string, text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port < 65536 && text.trim() !== '') return port
  throw new OtraceError('usage', `${flag} '${text}' is not a port`, 'use 0 for any free port')
}

function readAmount(flag: string, text: string, unit: 's' | 'bytes', example: string): number {
  const amount = parseUnit(text, unit)
  if (amount !== undefined && amount > 0) return amount
  throw new OtraceError('usage', `${flag} '${text}' makes no sense`, `write it like ${example}`)
}
