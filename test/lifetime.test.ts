/** Ctrl-C under a statement, and eleven processes at one directory. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { shopRequest } from '../bench/shop-spans.ts'
import { start as startCollector } from '../collector/main.ts'
import { otrace, start, temporaryFolder } from './otrace.ts'

const UP = ['up', '--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
const folder = temporaryFolder()
const data = join(folder.path, 'store')
const answers = join(data, 'clickhouse', 'answers')
const env = { OTRACE_DATA: data }
/** The engine heeds no limit in it, and no cancellation. */
const DEAF = 'SELECT hasAny(range(200000), range(300000, 500000))'
const LONG = 'SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 7'
const STOP_MS = 2000

beforeAll(async () => {
  const collector = await startCollector({ dataDir: data, otlpHttpPort: 0, clickhousePort: 0 })
  await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(shopRequest(10, BigInt(Date.now()) * 1_000_000n, 1e9)),
  })
  await collector.stop()
})
afterAll(() => folder.remove())

/** Milliseconds until it has ended after a signal. */
async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  expect(child.exitCode).toBeNull()
  const began = performance.now()
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
  return performance.now() - began
}

/** What a loaded machine adds: ten times what a process that does nothing takes beyond 50 ms. */
async function grace(): Promise<number> {
  const began = performance.now()
  await otrace(['--version'])
  return 10 * Math.max(0, performance.now() - began - 50)
}

async function address(child: ChildProcess): Promise<string> {
  for (;;) {
    try {
      const { pid, clickhouse } = JSON.parse(readFileSync(join(data, 'otrace.json'), 'utf8'))
      if (pid === child.pid) return clickhouse
    } catch {
      // Not there yet.
    }
    await sleep(20)
  }
}

/** Resolves when a statement runs: it has a file for its answer. */
async function running(): Promise<void> {
  for (;;) {
    try {
      if (readdirSync(answers).length > 0) break
    } catch {
      // The store is not open yet.
    }
    await sleep(20)
  }
  // The engine begins with it.
  await sleep(200)
}

// A killed process leaves its answer.
beforeEach(() => rmSync(answers, { recursive: true, force: true }))

it.each([
  ['SIGTERM', LONG],
  ['SIGINT', DEAF],
] as const)('%s ends `otrace up` within 2 s, whatever runs', async (signal, statement) => {
  const up = start(UP, { env })
  const clickhouse = await address(up)
  fetch(clickhouse, { method: 'POST', body: statement }).catch(() => undefined)
  await running()
  const more = await grace()
  expect(await stopped(up, signal)).toBeLessThan(STOP_MS + more)
})

it.each([LONG, DEAF])('ctrl-C ends a command within 2 s: %s', async (statement) => {
  const command = start(['sql', statement], { env })
  let said = ''
  command.stderr.on('data', (text) => {
    said += text
  })
  await running()
  const more = await grace()
  expect(await stopped(command, 'SIGINT')).toBeLessThan(STOP_MS + more)
  expect(said).toBe('')
})

it('ten commands and `otrace up` at one directory at once are all answered', async () => {
  const commands = Array.from({ length: 10 }, () =>
    otrace(['sql', 'SELECT count() AS n FROM spans', '--since', '1h', '--json'], { env }),
  )
  const up = start(UP, { env })
  for (const run of await Promise.all(commands)) {
    expect([run.exit, run.stdout.trim().replace(/\s+/g, '')]).toEqual([0, '[{"n":220}]'])
    expect(run.stderr).not.toMatch(/Code:|DB::|lock file/i)
  }
  await address(up)
  await stopped(up, 'SIGTERM')
})
