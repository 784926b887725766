/** Benchmark of whole processes: commands against a running collector, and without one. */
// npx tsx bench/cli/main.ts [spans] [directory] [rounds]
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BINARY, fillWeek, NOW, startCollector } from '../query/week.ts'

const WANTED = Number(process.argv[2] ?? 2_000_000)
const kept = process.argv[3]
const ROUNDS = Number(process.argv[4] ?? 5)
const folder = kept ?? mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const TRACES = 20_000

interface Measured {
  wall: number
  cpu: number
}

/** Commands that open no store. */
const OFFLINE = ['--version', '--help', 'completion bash', 'slow --help']
const QUERIES =
  'slow latency services rps operations errors auth-failures events gc top-products basket-sizes'
const ASKING = [
  'sql SELECT\u00a01',
  ...['1h', '7d'].flatMap((since) => [
    ...QUERIES.split(' ').map((query) => `${query} --since ${since}`),
    `journey user-7 --since ${since}`,
    `buyers product-3 --since ${since}`,
    `slow --attr user.id=user-7 --since ${since}`,
  ]),
  'attributes --since 7d',
  'attributes user.id --since 7d',
  'storage',
]
/** What the shell does with the output. */
const FIRST_LINE = ' | head -1'
const WITHOUT = ['slow --since 1h', 'services --since 1h']

// Each batch covers the whole week, so its parts are merged by day.
await fillWeek(folder, { spans: WANTED, traces: TRACES })
const base = median(Array.from({ length: ROUNDS * 2 }, () => run([process.execPath, '-e', '0'])))
console.log(`node -e 0: ${shown(base, base)}, node ${process.version}`)
report('without a store', OFFLINE)
const collector = await startCollector(folder)
report('against a running collector', ASKING)
// A script stops reading after one line: the rest must be neither awaited nor held.
report('the first line of many', [`spans -o ndjson --limit ${WANTED} --since 7d${FIRST_LINE}`])
report('a trace', [`trace ${someTrace()}`])
collector.kill('SIGTERM')
await new Promise((resolve) => collector.once('exit', resolve))
report('with nothing running', WITHOUT)
if (!kept) rmSync(folder, { recursive: true })

function someTrace(): string {
  const sql = 'SELECT max(trace_id) AS id FROM spans'
  const args = [BINARY, 'sql', sql, '--since', '1h', '--json', '--data', folder]
  return JSON.parse(
    execFileSync(process.execPath, args, { env: environment(), encoding: 'utf8' }),
  )[0].id
}

function report(what: string, commands: string[]): void {
  console.log(`\n${what.padEnd(44)} wall          CPU of the command    engine`)
  for (const command of commands) {
    const pipe = command.endsWith(FIRST_LINE) ? FIRST_LINE : ''
    const words = command
      .slice(0, command.length - pipe.length)
      .split(' ')
      .map((word) => word.replaceAll('\u00a0', ' '))
    const store = OFFLINE.includes(command) ? [] : ['--data', folder]
    const args = [process.execPath, BINARY, ...words, ...store]
    const time = median(Array.from({ length: ROUNDS }, () => run(args, pipe)))
    console.log(`${command.padEnd(44)} ${shown(time, base)}  ${engineTime(args, store)}`)
  }
}

/** What `-v` says of the statements, once. */
function engineTime(args: string[], store: string[]): string {
  if (store.length === 0) return ''
  const { stderr } = spawnSync(args[0]!, [...args.slice(1), '-v'], { env: environment() })
  const read = String(stderr).match(/read [^\n]* in [\d.,]+ \w+/g) ?? []
  return read.map((text) => text.replace('read ', '')).join('; ')
}

/** Times of one process, as bash measures them. */
function run(args: string[], pipe = ''): Measured {
  const script = `TIMEFORMAT="%R %U %S"; time { "$@" 2>/dev/null${pipe} >/dev/null; }`
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', ...args], { env: environment() })
  const [wall = 0, user = 0, system = 0] = String(stderr).trim().split(' ').map(Number)
  return { wall: wall * 1000, cpu: (user + system) * 1000 }
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', OTRACE_NOW: NOW }
}

function median(times: Measured[]): Measured {
  const middle = (of: (time: Measured) => number) =>
    times.map(of).sort((a, b) => a - b)[times.length >> 1]!
  return { wall: middle(({ wall }) => wall), cpu: middle(({ cpu }) => cpu) }
}

function shown({ wall, cpu }: Measured, than: Measured): string {
  const each = (value: number, by: number) =>
    `${value.toFixed(0).padStart(5)} ms ×${(value / by).toFixed(2)}`
  return `${each(wall, than.wall)}  ${each(cpu, than.cpu)}`
}
