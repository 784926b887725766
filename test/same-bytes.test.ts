/** Commands give the same bytes for the same spans and log records, however these arrived. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { numbers } from './schemas/spans.ts'

const NOW = '2026-11-22T18:00:00Z'
const START = BigInt(Date.parse('2026-11-22T17:10:00Z')) * 1_000_000n
const MS = 1_000_000n
const TRACES = 90
/** Requests that carry the spans to each store. OTRACE_LONG=1: more, which take 0.3 s of CPU each. */
const STORES = process.env.OTRACE_LONG ? [1, 9] : [1, 3]
const WINDOW = ['--since', '1h', '--utc']
/** `diff --error` asks about failed requests what why does, and the frames of a flame graph are those of its JSON. */
const ALIKE = ['flame -o folded', 'why --errors -o json']
const COMMANDS = [
  ...(process.env.OTRACE_LONG ? ALIKE : []),
  'map',
  'critical -o json',
  'flame -o json',
  'diff --error -o json',
  'why --slow -o json',
  'why --baseline 2026-11-22T16:40:00Z..2026-11-22T17:00:00Z -o json',
  'attributes -o json',
  'dashboard -o json',
  'logs -n 7 -o ndjson',
  'trace --slowest -o json',
  'trace --error -o markdown',
]

interface Part {
  traces: object
  logs: object
}

const list = (map: Record<string, string>) =>
  Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** Traces of few times, durations and texts, some sampled by fractions, each with a log record per span. */
function tied(): Part[] {
  const random = numbers(5)
  const one = <T>(...values: T[]): T => values[Math.floor(random() * values.length)]!
  return Array.from({ length: TRACES }, (_, nth) => {
    const traceId = nth.toString(16).padStart(32, 'a')
    const traceState = one('', '', 'ot=th:e666', 'ot=th:5555', 'ot=th:199999')
    const from = START + one(0n, 1n, 60_000_000_000n, 2_400_000_000_000n)
    const failing = one(false, false, true)
    const names = ['GET /a', 'handle', 'lookup', ...Array(5).fill('SELECT a'), 'SELECT b']
    return names.map((name, k): Part => {
      const spanId = (nth * 100 + ((k * 7) % 10) + 1).toString(16).padStart(16, '0')
      const parentSpanId = k === 0 ? '' : (nth * 100 + 1).toString(16).padStart(16, '0')
      const text = one('no', 'never')
      const resource = {
        attributes: list({ 'service.name': k < 2 ? 'web' : 'api', 'host.name': one('h1', 'h2') }),
      }
      const failed = failing && k === 2
      const about = { 'exception.type': one('A', 'B'), 'exception.message': text }
      const event = { timeUnixNano: String(from), name: 'exception', attributes: list(about) }
      const span = {
        ...{ traceId, spanId, parentSpanId, traceState, name, kind: k === 0 ? 2 : 1 },
        startTimeUnixNano: String(from),
        endTimeUnixNano: String(from + (k === 0 ? 100n : one(10n, 20n, failing ? 60n : 20n)) * MS),
        status: failed ? { code: 2, message: text } : {},
        attributes: list({ region: one('eu', 'us'), share: one('0.1', '0.7', '2') }),
        events: failed ? [event, event] : [],
      }
      const record = {
        ...{ traceId: k % 2 ? '' : traceId, spanId: k % 2 ? '' : spanId },
        ...{ timeUnixNano: String(from), severityText: one('INFO', 'ERROR') },
        ...{
          body: { stringValue: one('one', 'two') },
          attributes: list({ n: one('1', '2', '3') }),
        },
      }
      return {
        traces: { resource, scopeSpans: [{ spans: [span] }] },
        logs: { resource, scopeLogs: [{ logRecords: [record] }] },
      }
    })
  }).flat()
}

const folder = temporaryFolder()
const answers = new Map<string, string[]>()

/** Answers of a store that got the same in so many requests, in an order of its own. */
async function answersOf(parts: Part[], requests: number): Promise<void> {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  const dataDir = join(folder.path, String(requests))
  const collector = await start({ dataDir, ...ports, retentionDays: 100_000 })
  const random = numbers(requests)
  const order = new Map(parts.map((part) => [part, random()]))
  const shuffled = parts.toSorted((a, b) => order.get(a)! - order.get(b)!)
  for (let nth = 0; nth < requests; nth++) {
    const some = shuffled.filter((_, i) => i % requests === nth)
    for (const signal of ['traces', 'logs'] as const) {
      const key = signal === 'traces' ? 'resourceSpans' : 'resourceLogs'
      const url = `${collector.addresses.otlpHttp}/v1/${signal}`
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ [key]: some.map((part) => part[signal]) })
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
      while (collector.status()[signal].received > collector.status()[signal].stored)
        await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  for (const command of COMMANDS) {
    const env = { OTRACE_DATA: dataDir, OTRACE_NOW: NOW, COLUMNS: '120' }
    const run = await runHere([...command.split(' '), ...WINDOW], { env })
    answers.set(command, [...(answers.get(command) ?? []), JSON.stringify(run)])
  }
  await collector.stop()
}

beforeAll(async () => {
  const parts = tied()
  for (const requests of STORES) await answersOf(parts, requests)
}, 240_000)
afterAll(() => folder.remove())

it.each(COMMANDS)('%s', (command) => {
  const [first, ...others] = answers.get(command)!.map((text) => JSON.parse(text))
  expect(first.stderr).not.toContain('otrace: ')
  expect(first.stdout).not.toBe('')
  for (const other of others) expect(other).toEqual(first)
})
