/** `otrace demo`: the whole product in one command, on the local store, with nothing left running. */
import { Command } from 'commander'
import { readAddressFile } from '../../collector/address-file.ts'
import { asking } from '../asking.ts'
import type { Globals } from '../config.ts'
import type { Context } from '../context.ts'
import { progressBar } from '../demo/progress.ts'
import { findOut, writeJson, writeReport } from '../demo/report.ts'
import { driveTraffic, freePort, startShop } from '../demo/shop.ts'
import { OtraceError } from '../errors.ts'
import { write } from '../output.ts'
import type { Question } from '../query/parse.ts'
import { parseUnit } from '../render/units.ts'
import { dataDirectory } from '../store/data-dir.ts'
import { startCollector, stopped } from './up.ts'

interface Flags {
  duration: string
  rate: string
  seed: string
  data?: string
  keep?: boolean
  json?: boolean
  utc?: boolean
}

/** The command. */
export function demoCommand(questions: Question[], context: Context): Command {
  const command = new Command('demo').summary('See it all work: shop, spans, answers')
  command
    .description(
      'Start the collector on the local store and the example shop beside it, drive traffic at the shop, and answer from ' +
        'the spans it sent: a dashboard, one slow trace, and commands to try next. Nothing is left running.',
    )
    .option('--duration <length>', 'how long to drive traffic', '10s')
    .option('--rate <requests>', 'requests a second', '50')
    .option('--seed <number>', 'the same number asks for the same things in the same order', '1')
    .option('--data <directory>', 'where to keep the store (or OTRACE_DATA)')
    .option('--keep', 'leave everything running until ctrl-C')
    .option('--json', 'one JSON object: what was answered, and the rows of each question')
    .option('--utc', 'show times in UTC')
  return command.action(() => demo(command.opts<Flags>(), questions, context))
}

async function demo(flags: Flags, questions: Question[], context: Context): Promise<void> {
  const seconds = readSeconds(flags.duration)
  const rate = readCount('--rate', flags.rate)
  const seed = readCount('--seed', flags.seed)
  const dataDir = dataDirectory(flags.data, context.env)

  const collector = await findOrStartCollector(dataDir, context)
  const cleanUp: (() => Promise<unknown>)[] = [() => collector.stop()]
  try {
    const port = flags.keep ? await freePort(8000) : 0
    context.signal.throwIfAborted()
    const shop = await startShop(collector.otlp, port, 'slow-disk')
    cleanUp.unshift(() => shop.stop())
    context.signal.throwIfAborted()
    context.say(
      `the shop serves ${shop.url}, its spans go to ${collector.otlp}, kept in ${dataDir}`,
    )

    const bar = progressBar(process.stderr)
    const pace = { seconds, rate, seed }
    const traffic = await driveTraffic(shop, collector.otlp, pace, context.signal, bar.show)
    bar.end()
    context.signal.throwIfAborted()
    if (!flags.keep) await cleanUp.shift()?.()

    const answers: Globals = {
      url: collector.clickhouse,
      from: traffic.started,
      to: new Date(Date.parse(traffic.ended) + 1).toISOString(),
      ...(flags.utc ? { utc: true } : {}),
    }
    await asking(answers, context, async (asked) => {
      const report = await findOut(asked, questions, traffic)
      await (flags.json ? writeJson(report) : writeReport(asked, report))
    })
    if (flags.keep) await keep(shop.url, collector.otlp, context)
  } finally {
    for (const step of cleanUp) await step()
  }
}

interface DemoCollector {
  otlp: string
  clickhouse: string
  stop(): Promise<unknown>
}

/** The daemon that holds the directory already, else one of our own on ports that are free. */
async function findOrStartCollector(dataDir: string, context: Context): Promise<DemoCollector> {
  const daemon = readAddressFile(dataDir)
  if (daemon?.otlpHttp) {
    context.say(`using the collector that already runs on ${dataDir}`)
    return { otlp: daemon.otlpHttp, clickhouse: daemon.clickhouse, stop: async () => {} }
  }
  const collector = await startCollector({
    dataDir,
    otlpHttpPort: await freePort(4318),
    otlpGrpcPort: await freePort(4317),
    clickhousePort: await freePort(8123),
  })
  const { otlpHttp, clickhouse } = collector.addresses
  return { otlp: otlpHttp!, clickhouse, stop: () => collector.stop() }
}

async function keep(shop: string, otlp: string, context: Context): Promise<void> {
  await write(`\nStill running until ctrl-C: the shop on ${shop}, the collector on ${otlp}\n`)
  await stopped(context.signal)
}

function readSeconds(text: string): number {
  const seconds = parseUnit(text, 's')
  if (seconds !== undefined && seconds > 0 && seconds <= 3600) return seconds
  throw new OtraceError(
    'usage',
    `--duration '${text}' is not a length of time`,
    'write it like 10s',
  )
}

function readCount(flag: string, text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0 && count <= 10_000) return count
  throw new OtraceError(
    'usage',
    `${flag} '${text}' is no whole number from 1 to 10000`,
    `${flag} 50`,
  )
}
