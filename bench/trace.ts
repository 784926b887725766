/** Benchmark of `otrace trace` on 1,000 to 1,000,000 spans: in memory, then the binary. */
// npx tsx bench/trace.ts [most spans] [shell], after `npm run build`. With `shell`, the binary alone.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Chalk } from 'chalk'
import { traceOtlp } from '../cli/trace/export/otlp.ts'
import { buildTrace } from '../cli/trace/model/build.ts'
import { criticalPath } from '../cli/trace/model/critical-path.ts'
import type { SpanRow } from '../cli/trace/model/span-row.ts'
import { outline } from '../cli/trace/waterfall/outline.ts'
import { waterfall } from '../cli/trace/waterfall/waterfall.ts'
import { start } from '../collector/main.ts'
import { packageRoot } from '../package.ts'
import { large, row } from '../test/golden/trace/traces.ts'

const OPTIONS = { fold: true, attributes: false, stack: false }
const SCREEN = { width: 120, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
const binary = fileURLToPath(new URL('dist/cli/main.js', packageRoot))

/** Traces of `count` spans, in shapes that stress different parts. */
const SHAPES: Record<string, (count: number) => SpanRow[]> = {
  'many items': large,
  wide: (count) => [
    row('root', '', 'POST /import', { at: 0, took: count * 1e3 }),
    ...Array.from({ length: count - 1 }, (_, i) =>
      row(`w${i}`, 'root', `step ${i % 97}`, { at: i * 1e3, took: 900 + (i % 7) * 1e5 }),
    ),
  ],
  deep: (count) =>
    Array.from({ length: count }, (_, i) =>
      row(`d${i}`, i > 0 ? `d${i - 1}` : '', `level ${i % 5}`, { at: i, took: 2 * (count - i) }),
    ),
  'N+1': (count) => [
    row('root', '', 'GET /orders', { at: 0, took: count * 1e3 }),
    ...Array.from({ length: count - 1 }, (_, i) =>
      row(`n${i}`, 'root', 'SELECT', {
        at: i * 1e3,
        took: 800,
        kind: 'client',
        db_system: 'mysql',
        db_query: `SELECT * FROM items WHERE id = ${i}`,
      }),
    ),
  ],
}

/** Times of each part. `tree` includes duplicates, findings and N+1s. */
function alone(most: number): void {
  const head = ['shape', 'spans', 'tree', 'critical path', 'fold', 'draw', 'ns a span', 'lines']
  console.log(head.map((one, i) => (i === 0 ? one.padEnd(12) : one.padStart(14))).join(''))
  for (const [shape, rowsOf] of Object.entries(SHAPES)) {
    for (const count of [1_000, 10_000, 100_000, 1_000_000].filter((one) => one <= most)) {
      const rows = rowsOf(count)
      const began = performance.now()
      const trace = buildTrace(rows)
      const built = performance.now()
      const outlined = outline(trace, OPTIONS)
      const folded = performance.now()
      let lines = 0
      for (const _ of waterfall(trace, [], OPTIONS, SCREEN, outlined)) lines++
      const drawn = performance.now()
      // A second walk, because the first is part of building. Its sums are discarded.
      criticalPath(trace.spans, trace.main)
      const walk = performance.now() - drawn
      const parts = [built - began - walk, walk, folded - built, drawn - folded]
      const each = ((drawn - began) * 1e6) / count
      const cells = [String(count), ...parts.map(ms), each.toFixed(0), String(lines)]
      console.log(shape.padEnd(12) + cells.map((one) => one.padStart(14)).join(''))
    }
  }
}

async function fromTheShell(most: number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'otrace-bench-'))
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  const collector = await start({ dataDir, ...ports })
  try {
    console.log(
      '\nspans      command                      ms     CPU ms   engine ms   peak MB      output',
    )
    for (const count of [22, 1_000, 100_000, 1_000_000].filter((one) => one <= most)) {
      const id = `${count}`.padStart(32, 'a')
      const rows = large(count).map((row) => ({ ...row, trace_id: id }))
      for (let at = 0; at < rows.length; at += 10_000) {
        await send(`${collector.addresses.otlpHttp}/v1/traces`, rows.slice(at, at + 10_000))
      }
      const { traces } = collector.status()
      while (collector.status().traces.stored < traces.received) await pause(50)
      const query = `SELECT * FROM otel.otel_traces WHERE TraceId = '${id}'`
      for (const args of [
        ['sql', query, '-o', 'ndjson'],
        ['trace', id],
        ['trace', id, '--no-fold'],
        ['trace', id, '--json'],
        ['trace', id, '-o', 'otlp'],
        ['trace', id, '--html', join(dataDir, 'trace.html')],
      ]) {
        const runs = []
        const rounds = count > 100_000 ? 1 : 3
        for (let i = 0; i < rounds; i++) runs.push(await run(args, dataDir))
        const { took, cpu, engine, peak, bytes, failed } = runs.sort((a, b) => a.took - b.took)[
          rounds >> 1
        ]!
        const shown =
          args[0] === 'sql' ? 'sql (the query alone)' : args.slice(2).join(' ').slice(0, 16)
        console.log(
          `${String(count).padEnd(10)} ${`${args[0] === 'sql' ? '' : 'trace '}${shown}`.padEnd(24)} ${ms(took)} ${ms(cpu)} ${ms(engine)} ${(peak / 1024).toFixed(0).padStart(8)} ${(bytes / 1e6).toFixed(2).padStart(9)} MB${failed}`,
        )
      }
    }
  } finally {
    await collector.stop()
    rmSync(dataDir, { recursive: true })
  }
}

async function send(url: string, rows: SpanRow[]): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const body = [...traceOtlp(buildTrace(rows))].join('')
  const response = await fetch(url, { method: 'POST', body, headers })
  if (!response.ok) throw new Error(await response.text())
}

/**
 * Wall time and CPU of the command in ms, CPU of this process with the collector, peak RSS in KB (0 except on
 * Linux), bytes written.
 */
async function run(args: string[], dataDir: string) {
  const [began, before] = [performance.now(), process.cpuUsage()]
  const child = spawn(process.execPath, [binary, ...args], {
    env: { ...process.env, OTRACE_DATA: dataDir },
  })
  let bytes = 0
  let peak = 0
  let cpu = 0
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const watch = setInterval(() => {
    peak = Math.max(peak, residentPeak(child.pid!))
    cpu = Math.max(cpu, cpuOf(child.pid!))
  }, 10)
  const exit = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(watch)
  const { user, system } = process.cpuUsage(before)
  const failed = exit === 0 ? '' : `, exit ${exit}: ${said.split('\n')[0]}`
  return {
    took: performance.now() - began,
    cpu,
    engine: (user + system) / 1000,
    peak,
    bytes,
    failed,
  }
}

/** User and system time in ms, of 10 ms a tick; 0 except on Linux. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(7)} ms`
}

const most = Number(process.argv[2] ?? 1_000_000)
if (process.argv[3] !== 'shell') alone(most)
await fromTheShell(most)
