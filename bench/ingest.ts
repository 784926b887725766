/**
 * Benchmark of the collector: spans per second, CPU, memory and disk.
 *
 * One file: both measurements read one collector and its clocks.
 */
// npx tsx bench/ingest.ts [--seconds 60] [--transport http|gzip|grpc] [--durability os|fsync] [--no-queries]
// npx tsx bench/ingest.ts --latency [--seconds 60]   from acknowledgement to queryable
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createClient } from '@clickhouse/client'
import { readAddressFile } from '../collector/address-file.ts'
import { shopRequest } from './shop-spans.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    warmup: { type: 'string', default: '10' },
    transport: { type: 'string', default: 'http' },
    durability: { type: 'string', default: 'os' },
    latency: { type: 'boolean', default: false },
    queries: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const seconds = Number(flags.seconds)
const warmup = Number(flags.warmup)

/** The query of `otrace slow`: the slowest server spans of an hour. */
const SLOW = `SELECT Timestamp, TraceId, SpanName, Duration, SpanAttributes['http.route'] AS route
  FROM otel_traces WHERE Timestamp > now() - INTERVAL 1 HOUR AND SpanKind = 'Server' AND Duration > 100000000
  ORDER BY Duration DESC LIMIT 20`

/** The engine's own counters. */
const PROFILE = [
  'OSCPUVirtualTimeMicroseconds',
  'MergesTimeMilliseconds',
  'MergeExecuteMilliseconds',
  'MergedRows',
  'MergeTreeDataWriterSortingBlocksMicroseconds',
  'MergeTreeDataWriterSkipIndicesCalculationMicroseconds',
  'MergeTreeDataWriterMergingBlocksMicroseconds',
  'MergeTreeDataWriterStatisticsCalculationMicroseconds',
  'CompressedWriteBufferMicroseconds',
]

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const collector = spawn(
  process.execPath,
  [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `import { start } from '${new URL('../collector/main.ts', import.meta.url).href}'
     const collector = await start({ dataDir: process.argv[1], durability: process.argv[2], otlpHttpPort: 0, clickhousePort: 0 })
     process.on('SIGTERM', async () => { await collector.stop(); process.exit() })`,
    dataDir,
    flags.durability,
  ],
  { stdio: ['ignore', 'inherit', 'inherit'] },
)
try {
  const addresses = await published()
  const client = createClient({ url: addresses.clickhouse })
  const ask = async <Row>(query: string): Promise<Row[]> =>
    (await client.query({ query, format: 'JSONEachRow' })).json<Row>()
  const count = async () =>
    Number((await ask<{ n: number }>('SELECT count() AS n FROM otel_traces'))[0]!.n)

  if (flags.latency) await latency(addresses.otlpHttp, ask)
  else await throughput(addresses, ask, count)
  await client.close()
} finally {
  collector.kill('SIGTERM')
  await once(collector, 'exit')
  rmSync(dataDir, { recursive: true, force: true })
}

async function throughput(
  addresses: { otlpHttp: string; otlpGrpc?: string },
  ask: <Row>(query: string) => Promise<Row[]>,
  count: () => Promise<number>,
): Promise<void> {
  await sleep(3000)
  const idleFrom = usage(collector)
  await sleep(5000)
  const idle = usage(collector)
  print(
    'idle',
    `${((idle.cpu - idleFrom.cpu) / 5 / 10).toFixed(1)} % of a core, RSS ${idle.rss} MB`,
  )

  const address = flags.transport === 'grpc' ? addresses.otlpGrpc! : addresses.otlpHttp
  const generator = fork(
    new URL('./load.ts', import.meta.url),
    [address, flags.transport, String(warmup + seconds + 60)],
    {
      execArgv: ['--import', 'tsx'],
    },
  )
  let sent = 0
  let refused = 0
  generator.on('message', (message: { sent: number; refused: number }) => {
    sent = message.sent
    refused = message.refused
  })
  await sleep(warmup * 1000)
  const from = {
    sent,
    stored: await count(),
    at: Date.now(),
    own: usage(collector),
    load: usage(generator),
  }
  let peak = 0
  const latencies: number[] = []
  while (Date.now() < from.at + seconds * 1000 - 500) {
    const asked = Date.now()
    if (flags.queries) {
      await ask(SLOW)
      latencies.push(Date.now() - asked)
    }
    peak = Math.max(peak, usage(collector).rss)
    await sleep(Math.max(0, 1000 - (Date.now() - asked)))
  }
  const to = {
    sent,
    stored: await count(),
    at: Date.now(),
    own: usage(collector),
    load: usage(generator),
  }
  generator.kill()
  const elapsed = (to.at - from.at) / 1000
  const stored = (to.stored - from.stored) / elapsed
  print(
    'acknowledged',
    `${round((to.sent - from.sent) / elapsed)} spans/s, ${refused} requests refused`,
  )
  print('queryable', `${round(stored)} spans/s over ${elapsed.toFixed(0)} s`)
  print(
    'collector',
    `${(((to.own.cpu - from.own.cpu) * 1000) / (to.stored - from.stored)).toFixed(1)} µs CPU per span, peak RSS ${peak} MB`,
  )
  print(
    'generator',
    `${(((to.load.cpu - from.load.cpu) * 1000) / (to.sent - from.sent)).toFixed(1)} µs CPU per span`,
  )
  if (latencies.length > 0)
    print('slow, 1 h', `p50 ${quantile(latencies, 0.5)} ms, p95 ${quantile(latencies, 0.95)} ms`)

  const events = await ask<{ event: string; value: number }>(
    'SELECT event, value FROM system.events',
  )
  const total = new Map(events.map(({ event, value }) => [event, Number(value)]))
  const all = (await count()) / 1000
  for (const event of PROFILE)
    print(event, `${((total.get(event) ?? 0) / all).toFixed(2)} per 1,000 spans`)
  const threads = byThread(collector)
  for (const [name, ms] of threads)
    print(`thread ${name}`, `${((ms * 1000) / all / 1000).toFixed(2)} µs per span`)

  const parts = await ask<{ parts: number }>(
    "SELECT count() AS parts FROM system.parts WHERE table = 'otel_traces' AND active",
  )
  print('parts', String(parts[0]!.parts))
  const sizes = await ask<{ table: string; columns: number; indexes: number; marks: number }>(
    `SELECT table, sum(data_compressed_bytes) AS columns, sum(secondary_indices_compressed_bytes) AS indexes,
       sum(bytes_on_disk) - columns - indexes AS marks
     FROM system.parts WHERE database = 'otel' AND active GROUP BY table ORDER BY table`,
  )
  const spans = await count()
  for (const row of sizes) {
    print(
      row.table,
      `${(Number(row.columns) / spans).toFixed(2)} bytes per span in columns, ${(Number(row.indexes) / spans).toFixed(2)} in skip indexes, ${(Number(row.marks) / spans).toFixed(2)} in marks and the rest`,
    )
  }
}

async function latency(
  otlpHttp: string,
  ask: <Row>(query: string) => Promise<Row[]>,
): Promise<void> {
  const waits: number[] = []
  const until = Date.now() + seconds * 1000
  const watched: Promise<void>[] = []
  while (Date.now() < until) {
    const next = Date.now() + 500
    const body = shopRequest(23, BigInt(Date.now()) * 1_000_000n, 5e8)
    const traceId = body
      .subarray(body.indexOf(Buffer.from([0x0a, 0x10])) + 2)
      .subarray(0, 16)
      .toString('hex')
    await fetch(`${otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body),
    })
    const acknowledged = Date.now()
    watched.push(
      (async () => {
        while (
          (await ask(`SELECT 1 FROM otel_traces WHERE TraceId = '${traceId}' LIMIT 1`)).length === 0
        )
          await sleep(10)
        waits.push(Date.now() - acknowledged)
      })(),
    )
    await sleep(Math.max(0, next - Date.now()))
  }
  await Promise.all(watched)
  print(
    'to queryable',
    `p50 ${quantile(waits, 0.5)} ms, p99 ${quantile(waits, 0.99)} ms, worst ${Math.max(...waits)} ms, ${waits.length} requests of 506 spans, two a second`,
  )
}

async function published() {
  for (;;) {
    const found = readAddressFile(dataDir)
    if (found) return found
    if (collector.exitCode !== null) throw new Error('the collector did not start')
    await sleep(50)
  }
}

/** CPU in ms of the process's threads by name, largest first. */
function byThread(child: ChildProcess): [string, number][] {
  const found = new Map<string, number>()
  for (const task of readdirSync(`/proc/${child.pid}/task`)) {
    const stat = readFileSync(`/proc/${child.pid}/task/${task}/stat`, 'utf8')
    const fields = stat.replace(/^.*\) /, '').split(' ')
    const name = /\((.*)\)/.exec(stat)![1]!
    found.set(name, (found.get(name) ?? 0) + (Number(fields[11]) + Number(fields[12])) * 10)
  }
  return [...found].sort((a, b) => b[1] - a[1]).slice(0, 12)
}

/** CPU in ms since the start, RSS in MB. */
function usage(child: ChildProcess): { cpu: number; rss: number } {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) * 10,
    rss: Math.round((Number(fields[21]) * 4096) / 1e6),
  }
}

function quantile(values: number[], q: number): number {
  return [...values].sort((a, b) => a - b)[
    Math.min(values.length - 1, Math.floor(values.length * q))
  ]!
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function print(what: string, text: string): void {
  process.stdout.write(`${what.padEnd(14)} ${text}\n`)
}
