/** How often `why` names the faults of the shop in virtual time first. */
// npx tsx bench/why/virtual.ts [--seeds 20] [--faults a,b] [--both] [--healthy 100] [--window 60] [--rate 10] [--busy
// 2]
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { start } from '../../collector/main.ts'
import type { FaultName } from '../../server/faults.ts'
import { temporaryFolder } from '../../test/folder.ts'
import { runHere } from '../../test/otrace.ts'
import { runShop } from '../../test/virtual-shop/shop.ts'
import { otlpOf } from '../../test/virtual-shop/spans.ts'
import { type Answered, RUN_FLAGS, runsOf, scoreFaults, show } from './score.ts'

const { values } = parseArgs({
  options: {
    ...RUN_FLAGS,
    seeds: { type: 'string', default: '20' },
    /** Seconds of each window. */
    window: { type: 'string', default: '60' },
    /** Requests per second. */
    rate: { type: 'string', default: '10' },
    /** Times in the second window are so many times the usual, on a busy machine. */
    busy: { type: 'string', default: '1' },
  },
})
const WINDOW = Number(values.window)
const RATE = Number(values.rate)
const STORED_WITHIN_MS = 60_000
const SPANS_OF_A_REQUEST = 20_000

const folder = temporaryFolder()
const dataDir = values.data ?? join(folder.path, 'store')
const collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
const iso = (ms: number) => new Date(ms).toISOString()
// Each run has minutes of its own within the last two days.
let next = Math.floor(Date.now() / 60_000) * 60_000 - 2 * 86_400_000

async function run(faults: readonly FaultName[], seed: number): Promise<Answered> {
  const at = next
  next += Math.ceil((2 * WINDOW + 60) / 60) * 60_000
  const more = { busy: Number(values.busy) }
  const spans = await runShop({
    seed,
    seconds: [WINDOW, WINDOW],
    rates: [RATE, RATE],
    faults,
    more,
  })
  for (let i = 0; i < spans.length; i += SPANS_OF_A_REQUEST) {
    const response = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
      method: 'POST',
      // A run may last as long as the collector keeps an idle connection: it would end under the next request.
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: otlpOf(spans.slice(i, i + SPANS_OF_A_REQUEST), at),
    })
    if (!response.ok) throw new Error(await response.text())
  }
  const left = () => collector.status().traces.received - collector.status().traces.stored
  for (let waited = 0; left() > 0; waited += 20) {
    if (waited > STORED_WITHIN_MS) throw new Error(JSON.stringify(collector.status().traces))
    await sleep(20)
  }
  const middle = at + WINDOW * 1000
  const window = ['--from', iso(middle), '--to', iso(middle + WINDOW * 1000)]
  const args = ['why', ...window, '--baseline', `${iso(at)}..${iso(middle)}`, '--json']
  const { stdout, stderr, exit } = await runHere(args, { env: { OTRACE_DATA: dataDir } })
  if (exit !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const { seeds, faults } = runsOf(values)
const pairs = Number(values.healthy)
if (pairs > 0) {
  let claimed = 0
  for (let i = 0; i < pairs; i++) {
    const { findings } = await run([], seeds[0]! + 1000 + i)
    if (findings.length === 0) continue
    claimed++
    show(`healthy ${i}`, findings[0]!.sentence)
  }
  show('healthy pairs', `${claimed} of ${pairs} with a finding`)
} else {
  await scoreFaults({ faults, seeds, atOnce: 1, log: values.log, run })
}
await collector.stop()
folder.remove()
