/** Ctrl-C under a statement, and six processes at one directory. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { shopRequest } from '../bench/shop-spans.ts'
import { start as startCollector } from '../collector/main.ts'
import { removeFolder, temporaryFolder } from './folder.ts'
import { otrace, start } from './otrace.ts'

const UP = ['up', '--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
const folder = temporaryFolder()
const data = join(folder.path, 'store')
const answers = join(data, 'clickhouse', 'answers')
const env = { OTRACE_DATA: data }
/** Takes hours, and the engine heeds no limit in it, and no cancellation. */
const DEAF = 'SELECT hasAny(range(10000000), range(20000000, 30000000))'
/** Ends with an error after a minute, unless it is cancelled. */
const LONG = 'SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 7'

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

/** Its exit code, or the signal that ended it, after a signal. */
async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> {
  expect(child.exitCode).toBeNull()
  const ended = once(child, 'exit')
  child.kill(signal)
  const [code, by] = await ended
  return code ?? by
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

/** Resolves when the process runs a statement: it has a file for its answer, and uses the processor. */
async function running({ pid }: ChildProcess): Promise<void> {
  for (;;) {
    try {
      if (readdirSync(answers).length > 0) break
    } catch {
      // The store is not open yet.
    }
    await sleep(20)
  }
  if (process.platform !== 'linux') return
  const ticks = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return Number(fields[11])
  }
  const before = ticks()
  while (ticks() < before + 20) await sleep(20)
}

// A killed process leaves its answer.
beforeEach(() => removeFolder(answers))

it.each([
  ['SIGTERM', LONG],
  ['SIGINT', DEAF],
] as const)('%s ends `otrace up`, whatever runs', async (signal, statement) => {
  const up = start(UP, { env })
  const clickhouse = await address(up)
  fetch(clickhouse, { method: 'POST', body: statement }).catch(() => undefined)
  await running(up)
  // Before Node 22.15 a statement that heeds no cancellation takes the process's end by a signal.
  expect([0, 'SIGTERM']).toContain(await stopped(up, signal))
})

it.each([LONG, DEAF])('ctrl-C ends a command: %s', async (statement) => {
  const command = start(['sql', statement], { env })
  let said = ''
  command.stderr.on('data', (text) => {
    said += text
  })
  await running(command)
  expect([130, 'SIGINT']).toContain(await stopped(command, 'SIGINT'))
  expect(said).toBe('')
})

it('five commands and `otrace up` at one directory at once are all answered, and a bug of `up` is said', async () => {
  const commands = Array.from({ length: 5 }, () =>
    otrace(['sql', 'SELECT count() AS n FROM spans', '--since', '1h', '--json'], { env }),
  )
  const bug = "process.once('SIGUSR2', () => { throw new Error('not found') })"
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(bug)}`
  const up = start(UP, { env: { ...env, NODE_OPTIONS } })
  for (const run of await Promise.all(commands)) {
    expect([run.exit, run.stdout.trim().replace(/\s+/g, '')]).toEqual([0, '[{"n":220}]'])
    expect(run.stderr).not.toMatch(/Code:|DB::|lock file/i)
  }
  await address(up)
  let said = ''
  up.stderr!.on('data', (text) => {
    said += text
  })
  // The engine ends the process with its code, or before Node 22.15 by a signal.
  expect([70, 'SIGTERM']).toContain(await stopped(up, 'SIGUSR2'))
  expect(said).toContain('otrace: a bug in otrace: not found')
})
