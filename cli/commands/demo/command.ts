/** `otrace demo`: the collector, the example shop and its traffic, in one command. */

import { Command } from 'commander'
import { readAddressFile } from '../../../collector/address-file.ts'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { countOption, option } from '../../options/option.ts'
import { readOptions } from '../../options/options.ts'
import { write } from '../../output/output.ts'
import type { QueryFiles } from '../../query/files.ts'
import { withSession } from '../../session/open.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { readSeconds } from '../../units/parse.ts'
import { driveTraffic, freePort, startShop } from '../shop/process.ts'
import { startCollector, stopped } from '../up/command.ts'
import { progressBar } from './progress.ts'
import { findOut, wholeSeconds, writeJson, writeReport } from './report.ts'

interface Flags {
  /** Seconds. */
  duration: number
  rate: number
  seed: number
  data?: string
  keep?: boolean
  json?: boolean
  utc?: boolean
}

export function demoCommand(files: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('demo')
  command
    .description(
      'Start the collector on the local store and the example shop, send traffic to the shop, and query its spans: ' +
        'a dashboard, one slow trace, and commands to try next. Both processes stop at the end.',
    )
    .addOption(
      option('--duration <duration>', 'duration of the traffic', readTrafficTime).default(
        10,
        '10s',
      ),
    )
    .addOption(countOption('--rate <n>', 'requests per second', 50, MOST))
    .addOption(countOption('--seed <n>', 'seed of the random traffic', 1, MOST))
    .option('--data <directory>', 'directory of the store (or OTRACE_DATA)')
    .option('--keep', 'shop and collector run on until ctrl-C')
    .option('--json', 'one JSON object: the traffic, and the rows of each panel')
    .option('--utc', 'times in UTC')
  addExamples(
    command,
    ['otrace demo', 'otrace demo --duration 1m --rate 200', 'otrace demo --keep --data ./store'],
    [
      'otrace dashboard --service shop - the data that it leaves',
      'otrace up - a collector for your own service',
    ],
  )
  return command.action(async () => demo(command.opts<Flags>(), (await files()).queries, context))
}

async function demo(flags: Flags, queries: QueryFiles['queries'], context: Context): Promise<void> {
  const { duration: seconds, rate, seed } = flags
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

    const given = {
      url: collector.clickhouse,
      ...wholeSeconds(traffic),
      utc: flags.utc,
    }
    await withSession(readOptions(given, context), context, async (session) => {
      const report = await findOut(session, queries, traffic)
      await (flags.json ? writeJson : writeReport)(session, report)
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

/** The collector that already serves the directory, or a new one on free ports. */
async function findOrStartCollector(dataDir: string, context: Context): Promise<DemoCollector> {
  const daemon = readAddressFile(dataDir)
  if (daemon?.otlpHttp) {
    context.say(`using the running collector on ${dataDir}`)
    return { otlp: daemon.otlpHttp, clickhouse: daemon.clickhouse, stop: async () => {} }
  }
  const ports = {
    otlpHttpPort: await freePort(4318),
    otlpGrpcPort: await freePort(4317),
    clickhousePort: await freePort(8123),
  }
  // Another program may take one until the collector listens.
  const collector = await startCollector({ dataDir, ...ports }, true)
  const { otlpHttp, clickhouse } = collector.addresses
  return { otlp: otlpHttp!, clickhouse, stop: () => collector.stop(true) }
}

async function keep(shop: string, otlp: string, context: Context): Promise<void> {
  await write(
    context.stdout,
    `\nStill running until ctrl-C: the shop on ${shop}, the collector on ${otlp}\n`,
  )
  await stopped(context.signal)
}

const MOST = 10_000

function readTrafficTime(flag: string, text: string): number {
  const seconds = readSeconds(flag, text)
  if (seconds <= 3600) return seconds
  throw usage(`${flag} '${text}' is longer than 1h`, 'shorten it, such as 10s')
}
