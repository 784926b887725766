/** `otrace up`: the collector in the foreground, until ctrl-C. */
import { Command } from 'commander'
import type { Collector } from '../../collector/main.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { write } from '../output.ts'
import { dataDirectory } from '../store/data-dir.ts'
import { localStoreError } from '../store/local-error.ts'

interface Flags {
  data?: string
  otlpHttpPort: string
  clickhousePort: string
}

/** The command. */
export function upCommand(context: Context): Command {
  const command = new Command('up').summary('Receive and keep spans until ctrl-C')
  command
    .description(
      'Run the collector in the foreground: OTLP in, ClickHouse HTTP out, everything kept in the data directory. Other\n' +
        'otrace commands find it by themselves. Ctrl-C stops it; nothing that was acknowledged is lost.',
    )
    .option('--data <directory>', 'where to keep the store (or OTRACE_DATA)')
    .option('--otlp-http-port <port>', 'OTLP over HTTP', '4318')
    .option('--clickhouse-port <port>', 'the ClickHouse HTTP interface', '8123')
  return command.action(async () => {
    const flags = command.opts<Flags>()
    const dataDir = dataDirectory(flags.data, context.env)
    const collector = await startCollector({
      dataDir,
      otlpHttpPort: readPort('--otlp-http-port', flags.otlpHttpPort),
      clickhousePort: readPort('--clickhouse-port', flags.clickhousePort),
    })
    await write(announcement(collector, dataDir))
    await stopped(context.signal)
    context.say('stopping…')
    await collector.stop()
  })
}

/** Starts the collector; its errors become sentences. */
export async function startCollector(options: {
  dataDir: string
  otlpHttpPort: number
  clickhousePort: number
}): Promise<Collector> {
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
