/** What `why`, `critical` and `diff` cost on traces of 22 spans. Needs a build. */
// npx tsx bench/why/cost.ts [traces]
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'

const TRACES = Number(process.argv[2] ?? 100_000)
const BATCH = 10_000
const MAIN = ['dist/cli/main.js']
const HOURS = 2

const folder = mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const env = { ...process.env, OTRACE_DATA: join(folder, 'data') }
const now = Date.now()
const at = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
const half = ['--from', at(1), '--to', at(0), '--baseline', `${at(2)}..${at(1)}`]
const tenth = ['--from', at(0.1), '--to', at(0), '--baseline', `${at(0.2)}..${at(0.1)}`]

/** Starts a collector on free ports. @returns stops it */
async function up(): Promise<() => Promise<void>> {
  const ports = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
  const child = spawn(process.execPath, [...MAIN, 'up', ...ports], { env, stdio: 'pipe' })
  await new Promise<void>((resolve) =>
    child.stdout.on('data', (text) => String(text).includes('ClickHouse HTTP') && resolve()),
  )
  return () =>
    new Promise((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
}

function fill(): void {
  const session = new Session(join(env.OTRACE_DATA, 'clickhouse'))
  session.query('USE otel')
  const week = 604_800_000_000_000
  const sql = readFileSync(new URL('../query/spans.sql', import.meta.url), 'utf8')
  const insert = sql.replaceAll(String(week), String(HOURS * 3_600_000_000_000))
  const start = String(BigInt(now - HOURS * 3_600_000) * 1_000_000n)
  for (let first = 0; first < TRACES; first += BATCH)
    session.queryBind(insert, { first, traces: BATCH, start })
  session.close()
}

/** Runs a command, which says at its end what it took. */
function measure(name: string, args: string[]): void {
  // resourceUsage() counts the memory of the process that forked, too.
  const peak =
    'Number(/VmHWM:\\s+(\\d+)/.exec(process.getBuiltinModule("fs").readFileSync("/proc/self/status"))[1])'
  const told = `const r = process.resourceUsage(); try { r.maxRSS = ${peak} } catch {}; process.stderr.write("\\n" + JSON.stringify(r))`
  const hook = `data:text/javascript,${encodeURIComponent(`process.on('exit', () => { ${told} })`)}`
  const began = performance.now()
  const { stderr, status } = spawnSync(process.execPath, ['--import', hook, ...MAIN, ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  const wall = ((performance.now() - began) / 1000).toFixed(1)
  const used = JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as NodeJS.ResourceUsage
  const cpu = ((used.userCPUTime + used.systemCPUTime) / 1e6).toFixed(1)
  const memory = Math.round(used.maxRSS / 1000)
  console.log(
    `${name.padEnd(28)}${wall.padStart(6)} s ${cpu.padStart(6)} s CPU of the command ${String(memory).padStart(5)} MB${status === 0 ? '' : ` exit ${status}`}`,
  )
}

await (await up())()
fill()
const stop = await up()
measure('why, a tenth', ['why', ...tenth])
measure('why, all traces', ['why', ...half])
measure('critical, all traces', ['critical', '--from', at(2), '--to', at(0)])
measure('diff, half of the spans', [
  'diff',
  '--error',
  '--from',
  at(1),
  '--to',
  at(0),
  '--against',
  '--kind',
  'server',
  '--kind',
  'client',
  '--kind',
  'internal',
])
await stop()
rmSync(folder, { recursive: true })
