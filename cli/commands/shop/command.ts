/** `otrace shop`: the example shop in the foreground, until ctrl-C. */

import { Command, Option } from 'commander'
import { PRODUCTS, USERS } from '../../../server/database/seed-data.ts'
import { FAULTS } from '../../../server/faults.ts'
import type { Context } from '../../context.ts'
import { noStore, usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { countOption, many, offering, option } from '../../options/option.ts'
import { refuseTyped } from '../../options/unused.ts'
import { write } from '../../output/output.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { note } from '../../render/text.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { readPort, readSeconds } from '../../units/parse.ts'
import { plural } from '../../units/units.ts'
import { driveTraffic, freePort, type Shop, startShop } from './process.ts'
import { awaitCollector, watchCollector } from './watch-collector.ts'

interface Flags {
  port: number
  fault?: string[]
  /** Seconds before the faults begin. */
  after?: number
  payments?: boolean
  /** Requests per second. */
  traffic?: number
  seed: number
  listFaults?: boolean
  data?: string
  password?: string
}

export function shopCommand(context: Context): Command {
  const command = new Command('shop')
  command
    .description(
      'Run the example shop in the foreground, beside `otrace up`, and send its spans there. ' +
        'Stdout is its audit log: one JSON line per purchase. Ctrl-C stops it.',
    )
    .addOption(option('--port <port>', 'port of the shop', readPort).default(8000))
    .addOption(
      offering(
        new Option('--fault <name>', 'fault to simulate (repeatable)').argParser(many),
        FAULTS.map(({ name }) => name),
      ),
    )
    .addOption(option('--after <duration>', 'time before the faults begin: 1m', readSeconds))
    .option('--payments', 'charge cards at a second service, with three hosts')
    .option('--list-faults', 'names of the faults, instead of a start')
    .addOption(
      countOption('--traffic <rps>', 'requests per second to send to the shop', 20, MOST).default(
        undefined,
      ),
    )
    .addOption(countOption('--seed <n>', 'seed of the random traffic', 1, MOST))
    .option('--data <directory>', "directory of the collector's store (or OTRACE_DATA)")
    .option('--password <password>', 'password of the collector (or OTRACE_PASSWORD)')
  addExamples(
    command,
    [
      'otrace shop',
      'otrace shop --fault slow-disk --after 1m --traffic 20',
      'otrace shop --list-faults',
    ],
    ['otrace dashboard --service shop - its requests', 'otrace top-products - its purchases'],
  )
  return command.action(async () => {
    const flags = command.opts<Flags>()
    if (flags.listFaults) return listFaults(context)
    if (flags.traffic === undefined) {
      refuseTyped(
        command,
        ['seed'],
        'is the seed of --traffic',
        'otrace shop --traffic 20 --seed 2',
      )
    }
    refuseUnknown(flags.fault ?? [])
    if (flags.fault === undefined) {
      const example = 'otrace shop --fault slow-disk --after 1m'
      refuseTyped(command, ['after'], 'is the beginning of --fault', example)
    }
    await serve(flags, context)
  })
}

const MOST = 10_000
/** A year: the traffic ends with the shop. */
const TRAFFIC_SECONDS = 365 * 86_400

function listFaults(context: Context): Promise<void> {
  const { width } = context.screen()
  const list = FAULTS.map(({ name, sentence }) => `${name}\n${note(`  ${sentence}`, width)}\n`)
  return write(context.stdout, list.join(''))
}

function refuseUnknown(faults: string[]): void {
  const names = FAULTS.map(({ name }) => name as string)
  const unknown = faults.find((fault) => !names.includes(fault))
  if (unknown === undefined) return
  const meant = didYouMean(unknown, names)
  throw usage(
    `unknown fault: ${unknown}`,
    meant ? `did you mean ${meant}? otrace shop --list-faults` : `use any of ${names.join(', ')}`,
  )
}

async function serve(flags: Flags, context: Context): Promise<void> {
  const { signal } = context
  await refuseTaken(flags.port)
  const otlp = await collectorOf(flags, context)
  const password = flags.password ?? context.env.OTRACE_PASSWORD
  const env: Record<string, string> = {
    ...(password && { OTEL_EXPORTER_OTLP_HEADERS: basic(password) }),
    ...(flags.after && { SHOP_FAULTS_AFTER: String(flags.after) }),
    ...(flags.payments && { SHOP_PAYMENTS: 'yes' }),
  }
  const shop = await startShop(otlp, flags.port, (flags.fault ?? []).join(','), {
    env,
    onOutput: (text) => context.stdout.write(text),
    onErrors: (text) => context.stderr.write(text),
  })
  const stopped = new AbortController()
  try {
    context.say(announcement(shop, otlp, flags))
    watchCollector(otlp, context.say, AbortSignal.any([signal, stopped.signal]))
    const traffic =
      flags.traffic !== undefined &&
      driveTraffic(
        shop,
        otlp,
        { seconds: TRAFFIC_SECONDS, rate: flags.traffic, seed: flags.seed },
        AbortSignal.any([signal, stopped.signal]),
        () => {},
        env,
      )
    const reason = await Promise.race([
      interrupted(signal).then(() => 'stopped' as const),
      shop.ended.then(() => 'ended' as const),
      ...(traffic ? [traffic.then(() => 'traffic' as const)] : []),
    ])
    stopped.abort()
    if (traffic) await traffic.catch(() => {})
    if (reason === 'ended' && !signal.aborted) throw noStore('the shop ended', 'start it again')
    if (reason === 'traffic' && !signal.aborted) throw noStore('the traffic ended')
  } finally {
    stopped.abort()
    await shop.stop()
  }
}

/**
 * Where the spans go: OTEL_EXPORTER_OTLP_ENDPOINT, else the collector of the directory, which may be starting.
 * @throws OtraceError (exit 3) when none runs
 */
async function collectorOf({ data }: Flags, { env, say, signal }: Context): Promise<string> {
  if (data === undefined && env.OTEL_EXPORTER_OTLP_ENDPOINT) return env.OTEL_EXPORTER_OTLP_ENDPOINT
  const dataDir = dataDirectory(data, env)
  const found = await awaitCollector(dataDir, say, signal)
  if (found !== undefined) return found
  throw noStore(
    `no collector receives spans for ${dataDir}`,
    'start `otrace up` in another terminal first',
  )
}

/** @throws OtraceError (exit 2) when another process listens on the port */
async function refuseTaken(port: number): Promise<void> {
  if (port === 0 || (await freePort(port)) === port) return
  throw usage(`--port ${port} is in use`, `use --port ${port + 1}, or 0 for any free port`)
}

const basic = (password: string) =>
  `authorization=${encodeURIComponent(`Basic ${Buffer.from(`otrace:${password}`).toString('base64')}`)}`

function announcement({ url }: Shop, otlp: string, flags: Flags): string {
  const { fault = [], after, traffic } = flags
  const [user, product] = [USERS[0]!, PRODUCTS[0]!]
  const more = [
    fault.length > 0 && `faults: ${fault.join(', ')}${after ? ` in ${after} s` : ''}`,
    traffic !== undefined && `traffic: ${plural(traffic, 'request')} per second`,
  ].filter(Boolean)
  return `The shop serves ${url}, and its spans go to ${otlp}.
${more.map((line) => `${line}\n`).join('')}
Buy two pencils, in another terminal:

  curl -u ${user.id}:${user.password} \\
    -d '{"quantity": 2}' \\
    ${url}/product/${product.id}

Stdout is the audit log, one line per purchase. Ctrl-C stops.`
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    process.once('SIGTERM', () => resolve())
  })
}
