/** Benchmark of every built-in query over a week of spans in the embedded store. */
// npx tsx bench/week.ts [spans] [directory] [rounds] [queries], after `npm run build`. The directory is filled once;
// of the queries, those that match the regular expression are asked.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BINARY,
  fillWeek,
  INSERT,
  NOW,
  SPANS_PER_TRACE,
  startCollector,
  WEEK,
} from './query/week.ts'

const WANTED = Number(process.argv[2] ?? 20_000_000)
const kept = process.argv[3]
const ROUNDS = Number(process.argv[4] ?? 5)
const CHOSEN = new RegExp(process.argv[5] ?? '')
const folder = kept ?? mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const USERS = 10_000
/** Parts of the week, each stored by one INSERT: ten minutes. */
const PARTS = 1008
const TRACES = Math.ceil(WANTED / 22 / PARTS)
const STEP = WEEK / BigInt(TRACES * PARTS)
/** Spans in order of time, as they come, of more users. */
const IN_ORDER = INSERT.replace('h % 200)', `h % ${USERS})`).replace(
  'toInt64(h % 604800000000000)',
  `toInt64(trace * ${STEP} + h % ${STEP})`,
)
const TICKS_PER_SECOND = 100

const NAMES =
  'slow latency services rps operations errors auth-failures events gc heatmap histogram repeats top-products basket-sizes'
const QUERIES = [
  ...NAMES.split(' ').map((name) => `${name} --since 7d`),
  'storage',
  'top product.id --since 7d',
  'buyers product-3 --since 7d',
  'journey user-77 --since 7d',
  'spans --attr user.id=user-77 --since 7d --limit 5000 -o ndjson',
  'slow --attr user.id=user-77 --since 7d',
  'operations --trace-attr user.id=user-77 --since 7d',
  'attributes --since 7d',
  'attributes user.id --since 7d',
  'map --since 7d',
  'spans --since 7d --limit 1000000 -o ndjson',
  'spans --since 7d --limit 1000000 --order slowest -o ndjson',
]

await fillWeek(folder, {
  spans: TRACES * PARTS * SPANS_PER_TRACE,
  traces: TRACES,
  insert: IN_ORDER,
})
const collector = await startCollector(folder)
try {
  report()
} finally {
  collector.kill('SIGTERM')
  await new Promise((resolve) => collector.once('exit', resolve))
  if (!kept) rmSync(folder, { recursive: true })
}

function report(): void {
  const stored = ask(['storage', '--json']).stdout
  console.log(`${WANTED} spans wanted; storage: ${stored.replace(/\s+/g, ' ')}`)
  console.log(`Node ${process.version}, medians of ${ROUNDS}; CPU and memory from /proc`)
  console.log(
    '| question | wall | CPU of the command | its memory | engine: time | CPU | rows read |',
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const question of QUERIES.filter((one) => CHOSEN.test(one))) {
    const words = question.split(' ')
    const runs = Array.from({ length: ROUNDS }, () => ask(words))
    const failed = runs.find(({ status }) => status !== 0)
    const middle = (of: (run: Run) => number) => runs.map(of).sort((a, b) => a - b)[ROUNDS >> 1]!
    const told = ask([...words, '-v'], true)
    const { rows, ms } = engineSays(told.stderr)
    const cells = failed
      ? [`exit ${failed.status}: ${failed.stderr.trim().split('\n')[0]}`]
      : [
          `${middle(({ wall }) => wall).toFixed(0)} ms`,
          `${middle(({ cpu }) => cpu).toFixed(0)} ms`,
          `${told.peak.toFixed(0)} MB`,
          `${ms.toFixed(0)} ms`,
          `${middle(({ engine }) => engine).toFixed(0)} ms`,
          rows,
        ]
    console.log(`| \`${question}\` | ${cells.join(' | ')} |`)
  }
  console.log(`collector: peak RSS ${(peakOf(collector.pid!) / 1024).toFixed(0)} MB`)
}

interface Run {
  status: number | null
  stdout: string
  stderr: string
  wall: number
  cpu: number
  /** MB. */
  peak: number
  /** CPU of the collector, in ms. */
  engine: number
}

/** One command. @param watched also finds its peak of memory, which costs it some ms */
function ask(words: string[], watched = false): Run {
  const args = ['-c', 'TIMEFORMAT="times %R %U %S"; time "$@"', 'bash']
  const watch = `process.on("exit", () => require("fs").writeSync(2, "peak " + process.resourceUsage().maxRSS + "\\n"))`
  const preload = `data:text/javascript,import{createRequire}from"node:module";const require=createRequire("/");${encodeURIComponent(watch)}`
  const before = cpuOf(collector.pid!)
  const command = [
    process.execPath,
    ...(watched ? ['--import', preload] : []),
    BINARY,
    ...words,
    ...['--data', folder],
    ...['--timeout', '300s'],
  ]
  const { status, stdout, stderr } = spawnSync('bash', [...args, ...command], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', OTRACE_NOW: NOW },
    stdio: ['ignore', words.includes('--json') ? 'pipe' : 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const engine = cpuOf(collector.pid!) - before
  const [, real, user, system] = /times ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr) ?? []
  const peak = Number(/^peak (\d+)$/m.exec(stderr)?.[1] ?? 0) / 1024
  const cpu = (Number(user) + Number(system)) * 1000
  return { status, stdout, stderr, wall: Number(real) * 1000, cpu, peak, engine }
}

/** What `-v` says of all statements. */
function engineSays(stderr: string): { rows: string; ms: number } {
  const found = [...stderr.matchAll(/read (\S+(?: \w+)?) rows, [^\n]* in ([\d.,]+) (\w+)/g)]
  const ms = found.reduce(
    (sum, [, , value, unit]) =>
      sum + Number(value) * (unit === 's' ? 1000 : unit === 'µs' ? 0.001 : 1),
    0,
  )
  return { rows: found.map(([, rows]) => rows).join(' + '), ms }
}

/** User and system time of a process in ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

/** Peak RSS in kB. */
function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}
