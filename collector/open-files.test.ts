/** A collector with few open files says so, and answers each connection. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { shopRequest } from '../bench/shop-spans.ts'
import { packageRoot } from '../package.ts'
import { removeFolder } from '../test/folder.ts'
import { killed } from '../test/killed.ts'
import { readAddressFile } from './address-file.ts'
import { call } from './receive/testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-files-'))
let child: ChildProcess | undefined
afterEach(() => killed(child))
afterAll(() => removeFolder(folder))

/** Starts a collector that may open so many files. */
function startWith(limit: number, dataDir: string): { said: () => string } {
  // Node 22 itself ends when it loads TypeScript with 64.
  const command = [process.execPath, fileURLToPath(new URL('dist/cli/main.js', packageRoot))]
  const ports = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
  child = spawn(
    'sh',
    [
      ...['-c', `ulimit -n ${limit}; exec "$@"`, 'sh', ...command],
      ...['up', '--data', dataDir, ...ports],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr!.on('data', (data) => {
    said += data
  })
  return { said: () => said }
}

test.runIf(process.platform === 'linux').each([64, 128])(
  'at ulimit -n %i it does not start, and says what it needs',
  async (limit) => {
    const { said } = startWith(limit, join(folder, `at-${limit}`))
    const [code] = await once(child!, 'exit')
    expect([code, said().split('\n')[0]]).toEqual([
      3,
      `otrace: at most ${limit} open files are allowed here, and a collector needs 256`,
    ])
  },
)

test.runIf(process.platform === 'linux')(
  'at ulimit -n 256 each of 60 connections is answered, 200 or 503, and what was acknowledged is stored',
  async () => {
    const dataDir = mkdtempSync(join(folder, 'few-'))
    const { said } = startWith(256, dataDir)
    while (readAddressFile(dataDir) === undefined) await sleep(50)
    const { otlpHttp, otlpGrpc, clickhouse } = readAddressFile(dataDir)!
    const { hostname, port } = new URL(otlpHttp)
    const open: Socket[] = []
    const answers: string[] = []
    // The engine opens the files of each day.
    const days = Array.from({ length: 7 }, (_, day) => BigInt(Date.now() - day * 86_400_000))
    const body = Buffer.concat(days.map((ms) => shopRequest(1, ms * 1_000_000n, 1e9)))
    const rows = 22 * days.length
    const head = `POST /v1/traces HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`
    for (let i = 0; i < 60; i++) {
      const socket = connect(Number(port), hostname)
      open.push(socket)
      socket.on('error', () => undefined)
      socket.write(Buffer.concat([Buffer.from(head), body]))
      const first = await Promise.race([
        once(socket, 'data').then(([data]) => String(data).slice(9, 12)),
        once(socket, 'close').then(() => 'closed'),
      ])
      answers.push(first)
    }
    const count = (status: string) => answers.filter((answer) => answer === status).length
    expect([count('200') + count('503'), count('200') >= 20, count('503') > 10]).toEqual([
      60,
      true,
      true,
    ])
    expect((await call(otlpGrpc!, body, 'identity', 'late'))[0]).toBe('14')
    const asked = await fetch(`${clickhouse}/?query=SELECT%201`)
    expect([asked.status, await asked.text()]).toEqual([503, 'too many connections are open\n'])
    for (const socket of open) socket.destroy()
    const stored = async () => {
      const answer = await fetch(`${clickhouse}/?query=SELECT+count()+FROM+otel_traces`)
      return answer.status === 200 ? Number(await answer.text()) : 0
    }
    let spans = 0
    while (spans < count('200') * rows) {
      await sleep(100)
      spans = await stored()
    }
    expect(spans).toBe(count('200') * rows)
    const status = await fetch(`${clickhouse}/otrace/status`)
    const { rejected } = (await status.json()) as { rejected: Record<string, number> }
    expect(rejected['HTTP 503']).toBeGreaterThan(count('503'))
    expect(said()).not.toContain('storing failed')
  },
)
