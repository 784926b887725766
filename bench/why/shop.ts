/** How often `why` names faults of the real shop first, and blames a healthy one. */
// npx tsx bench/why/shop.ts [--seeds 5] [--first-seed 1] [--faults a,b] [--both] [--healthy 20] …
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { driveTraffic, startShop } from '../../cli/commands/shop/process.ts'
import { start } from '../../collector/main.ts'
import { PRODUCTS, USERS } from '../../server/database/seed-data.ts'
import type { FaultName } from '../../server/faults.ts'
import { temporaryFolder } from '../../test/folder.ts'
import { runHere } from '../../test/otrace.ts'
import { type Answered, inTurns, RUN_FLAGS, runsOf, scoreFaults, show } from './score.ts'

const { values } = parseArgs({
  options: {
    ...RUN_FLAGS,
    seeds: { type: 'string', default: '5' },
    /** Seconds of each window. */
    window: { type: 'string', default: '20' },
    /** Requests per second. */
    rate: { type: 'string', default: '20' },
    /** Shops at once. */
    shops: { type: 'string', default: '2' },
  },
})
const WINDOW = Number(values.window)
const RATE = Number(values.rate)
const WARM_UP = 5
/** Requests under way at the beginning of the faults belong to neither window. */
const MARGIN = 1
const folder = temporaryFolder()
const dataDir = values.data ?? join(folder.path, 'store')
const collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
const iso = (ms: number) => new Date(ms).toISOString()

/** Starts a shop and its traffic, and calls `work` when both are warm. */
async function withShop(
  run: string,
  faults: readonly FaultName[],
  { seed, payments }: { seed: number; payments: boolean },
  work: (begin: () => void) => Promise<void>,
): Promise<void> {
  const env = {
    OTEL_RESOURCE_ATTRIBUTES: `shop.run=${run}`,
    SHOP_FAULTS_AFTER: '1000000',
    ...(payments && { SHOP_PAYMENTS: 'yes' }),
  }
  const { otlpHttp } = collector.addresses
  const shop = await startShop(otlpHttp!, 0, faults.join(','), { env })
  const stop = new AbortController()
  const pace = { seconds: 100_000, rate: RATE, seed }
  const traffic = driveTraffic(shop, otlpHttp!, pace, stop.signal, () => {}, env)
  await sellOut(shop.url)
  await sleep(WARM_UP * 1000)
  await work(shop.beginFaults)
  stop.abort()
  await traffic
  await shop.stop()
  const { traces } = collector.status()
  while (traces.received > traces.stored && collector.status().traces.stored < traces.received)
    await sleep(50)
}

/** Buys the few telescopes there are: refusals that begin within a window would be a change. */
async function sellOut(url: string): Promise<void> {
  const { id, quantity } = PRODUCTS.at(-1)!
  const authorization = `Basic ${btoa(`${USERS[0]!.id}:${USERS[0]!.password}`)}`
  const order = { method: 'POST', headers: { authorization }, body: JSON.stringify({ quantity }) }
  await fetch(`${url}/product/${id}`, order)
}

async function why(run: string, from: number, to: number, baseline: [number, number]) {
  const args = ['why', '--from', iso(from), '--to', iso(to), '--resource', `shop.run=${run}`]
  const before = ['--baseline', baseline.map(iso).join('..')]
  const asked = await runHere([...args, ...before, '--json'], { env: { OTRACE_DATA: dataDir } })
  if (asked.exit !== 0) throw new Error(asked.stderr)
  return JSON.parse(asked.stdout) as Answered
}

/** The findings of one run with faults. */
async function runFaults(faults: readonly FaultName[], seed: number): Promise<Answered> {
  const run = `${faults.join('+')}-${seed}`
  let at = 0
  await withShop(run, faults, { seed, payments: false }, async (begin) => {
    await sleep(WINDOW * 1000)
    at = Date.now()
    begin()
    await sleep((WINDOW + MARGIN) * 1000)
  })
  const [before, after] = [at - WINDOW * 1000, at + MARGIN * 1000]
  return why(run, after, after + WINDOW * 1000, [before, at])
}

const { seeds, faults } = runsOf(values)
if (Number(values.healthy) > 0) await healthy(Number(values.healthy))
else {
  const atOnce = Number(values.shops)
  await scoreFaults({ faults, seeds, atOnce, log: values.log, run: runFaults })
}

/** Pairs of windows of a shop without faults, one after another. */
async function healthy(pairs: number): Promise<void> {
  const shops = Number(values.shops)
  const each = Math.ceil(pairs / shops)
  let claimed = 0
  let asked = 0
  const one = (seed: number) => async () => {
    const run = `healthy-${seed}`
    let at = 0
    await withShop(run, [], { seed, payments: true }, async () => {
      at = Date.now()
      await sleep((each + 1) * WINDOW * 1000)
    })
    const time = (i: number) => at + i * WINDOW * 1000
    for (let i = 0; i < each; i++) {
      const { findings } = await why(run, time(i + 1), time(i + 2), [time(i), time(i + 1)])
      asked++
      if (findings.length === 0) continue
      claimed++
      show(`${run} ${iso(time(i + 1))}`, findings[0]!.sentence)
    }
  }
  await inTurns(
    Array.from({ length: shops }, (_, i) => one(seeds[0]! + i)),
    shops,
  )
  show('healthy pairs', `${claimed} of ${asked} with a finding`)
}

await collector.stop()
folder.remove()
