/** Faults of the shop in virtual time, each after a healthy half minute, for the docs. */
import { type Collector, start } from '../../collector/main.ts'
import type { FaultName } from '../../server/faults.ts'
import { allStored } from '../recording.ts'
import { runShop } from './shop.ts'
import { otlpOf } from './spans.ts'

const SECONDS = 30
const RATE = 12
const APART_MS = 120_000
const BEGIN = Date.parse('2026-11-22T12:00:00Z')
const NAMES: FaultName[] = [
  ...([
    'slow-disk',
    'lock-contention',
    'repeated-statement',
    'failing-user',
    'slow-product',
  ] as const),
]

const beginOf = (name: FaultName) => BEGIN + NAMES.indexOf(name) * APART_MS

/** When the run with a fault ends, for OTRACE_NOW. The fault began half a minute before. */
export const endOf = (name: FaultName) => new Date(beginOf(name) + 2 * SECONDS * 1000).toISOString()

/** Starts a collector on an empty data directory, and sends it all runs. */
export async function startFaulty(dataDir: string): Promise<Collector> {
  const collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
  const resourceSpans: object[] = []
  for (const [i, name] of NAMES.entries()) {
    const seconds: [number, number] = [SECONDS, SECONDS]
    const spans = await runShop({ seed: i + 1, seconds, rates: [RATE, RATE], faults: [name] })
    resourceSpans.push(...JSON.parse(otlpOf(spans, beginOf(name))).resourceSpans)
  }
  const response = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  })
  if (!response.ok) throw new Error(await response.text())
  await allStored(collector)
  return collector
}
