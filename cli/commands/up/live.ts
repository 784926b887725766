/** What `otrace up` says on a terminal: each new service, and a status line. */
import type { Collector } from '../../../collector/main.ts'
import type { Context } from '../../context.ts'
import { statusLine } from '../../output/status-line.ts'
import { readSql } from '../../query/files.ts'
import { clickhouseTime } from '../../query/window.ts'
import { serviceName } from '../../render/cell.ts'
import type { Row } from '../../result.ts'
import { readAll, type Store } from '../../store/client.ts'
import { DEFAULT_LIMITS } from '../../store/limits.ts'
import { openDirectory } from '../../store/local.ts'
import { formatNumber } from '../../units/units.ts'

const EVERY_MS = 1000
/** Spans may be older than their arrival. */
const EARLIER_NS = 10_000_000_000n
const PLACE = { database: 'otel', table: 'otel_traces' }
/** Services that are named one by one. */
const MOST_SERVICES = 1000

/**
 * Speaks on a terminal until it is stopped.
 * @param stop ends its questions, which may wait for the statements of others
 * @returns stops, and clears the line
 */
export async function speak(
  collector: Collector,
  dataDir: string,
  password: string | undefined,
  stop: AbortSignal,
  context: Context,
): Promise<() => Promise<void>> {
  if (!context.stderr.isTTY) return async () => {}
  const store = await openDirectory(dataDir, { password, limits: DEFAULT_LIMITS, signal: stop })
  const services = await newServices(store, context.now() - EARLIER_NS).catch((error) => {
    if (!stop.aborted) throw error
    return async () => []
  })
  const line = statusLine(context.stderr)
  let before = received(collector.status())
  let stored = 0
  let running: Promise<void> | undefined
  const look = async () => {
    const status = collector.status()
    line.show(statusText(status, before))
    before = received(status)
    if (status.traces.stored === stored) return
    stored = status.traces.stored
    for (const text of await services()) context.say(text)
  }
  const timer = setInterval(() => {
    // A store that is closing, or busy, is asked again.
    running ??= look()
      .catch(() => {})
      .finally(() => {
        running = undefined
      })
  }, EVERY_MS)
  return async () => {
    clearInterval(timer)
    await running
    line.close()
    await store.close()
  }
}

type Status = ReturnType<Collector['status']>
const SIGNALS = ['traces', 'logs', 'metrics'] as const

const total = (status: Status, count: 'received' | 'stored' | 'waiting') =>
  SIGNALS.reduce((sum, signal) => sum + status[signal][count], 0)
const received = (status: Status) => total(status, 'received')

/** `12 received/s · 3,400 stored · 0 waiting · 0 refused`: rows of all signals, and requests. */
export function statusText(status: Status, before: number): string {
  const refused = Object.values(status.rejected).reduce((sum, count) => sum + count, 0)
  const rate = ((received(status) - before) * 1000) / EVERY_MS
  return [
    `${formatNumber(rate)} received/s`,
    `${formatNumber(total(status, 'stored'))} stored`,
    `${formatNumber(total(status, 'waiting'))} waiting`,
    `${formatNumber(refused)} refused`,
  ].join(' · ')
}

/** A function that returns a line for each service whose first span since the start was stored. */
async function newServices(store: Store, start: bigint): Promise<() => Promise<string[]>> {
  const ask = async (file: string, params: Record<string, string | string[]>): Promise<Row[]> => {
    const sql = readSql(`internal/up/${file}.sql`)
    return readAll((await store.ask({ sql, params: { ...PLACE, ...params } })).batches)
  }
  const before = (await ask('services', {})).map(({ service }) => String(service))
  const seen: string[] = []
  return async () => {
    if (seen.length >= MOST_SERVICES) return []
    const rows = await ask('first-spans', { seen, before, start: clickhouseTime(start) })
    seen.push(...rows.map(({ service }) => String(service)))
    return rows.map(({ service, name, trace_id: id }) => {
      const trace = id === '' ? '' : `\n  → otrace trace ${String(id)}`
      return `first span of ${serviceName(String(service))}: ${String(name)}${trace}`
    })
  }
}
