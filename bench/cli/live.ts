/** Benchmark of `watch` and `tail`: their CPU, and how late `tail` prints a span. */
// npx tsx bench/cli/live.ts [seconds]
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readAddressFile } from '../../collector/address-file.ts'
import { packageRoot } from '../../package.ts'

const SECONDS = Number(process.argv[2] ?? 20)
const RATE = 1000
/** Spans in a request, ten requests a second. */
const BATCH = RATE / 10
const folder = mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const binary = fileURLToPath(new URL('dist/cli/main.js', packageRoot))
const ports = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
const env = { ...process.env, OTRACE_DATA: folder }

console.log(
  `load ${loadavg()[0]!.toFixed(1)}, node ${process.version}, ${RATE} spans/s for ${SECONDS} s`,
)
const collector = spawn(process.execPath, [binary, 'up', ...ports], { env, stdio: 'ignore' })
let otlp: string | undefined
while (!otlp) {
  await sleep(100)
  otlp = readAddressFile(folder)?.otlpHttp
}

/** When each span was acknowledged and printed, in ms. */
const acknowledged = new Map<string, number>()
const lags: number[] = []
const tail = spawn(process.execPath, [binary, 'tail', '-o', 'ndjson'], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
createInterface(tail.stdout).on('line', (line) => {
  const at = acknowledged.get(JSON.parse(line).span_id)
  if (at !== undefined) lags.push(performance.now() - at)
})
// A real terminal: script gives it one.
const command = `${process.execPath} ${binary} watch --every 2s services --since 5m`
const watch = spawn('script', ['-qec', command, '/dev/null'], {
  env,
  stdio: ['pipe', 'ignore', 'ignore'],
})
await sleep(3000)
const watching = childOf(watch)
const before = { tail: cpu(tail.pid!), watch: cpu(watching), at: performance.now() }
for (let i = 0; i < SECONDS * 10; i++) {
  const due = before.at + i * 100
  await sleep(Math.max(0, due - performance.now()))
  await send(otlp)
}
const seconds = (performance.now() - before.at) / 1000
const share = (ms: number) => `${((ms / 1000 / seconds) * 100).toFixed(1)} % of a core`
console.log(`tail: ${share(cpu(tail.pid!) - before.tail)}`)
console.log(
  `watch at 2 s, with its queries' side of the client: ${share(cpu(watching) - before.watch)}`,
)
await sleep(3000)
lags.sort((a, b) => a - b)
const at = (part: number) =>
  `${Math.round(lags[Math.min(lags.length - 1, Math.floor(part * lags.length))] ?? Number.NaN)} ms`
console.log(
  `${lags.length} of ${acknowledged.size} spans printed; after their acknowledgement p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`,
)
for (const child of [tail, watch, collector] as ChildProcess[]) child.kill('SIGTERM')
await new Promise((resolve) => collector.once('exit', resolve))
rmSync(folder, { recursive: true })
process.exit(0)

async function send(url: string): Promise<void> {
  const now = BigInt(Date.now()) * 1_000_000n
  const spans = Array.from({ length: BATCH }, () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: String(now - 5_000_000n),
    endTimeUnixNano: String(now),
  }))
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'bench' } }] }
  await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  })
  for (const { spanId } of spans) acknowledged?.set(spanId, performance.now())
}

/** User and system time of a process in ms, from /proc: clock ticks of 10 ms. */
function cpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** The process that `script` runs. */
function childOf({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}
