/** Benchmark of ten checks over a million spans. */
// npm run build; npx tsx bench/gate/checks.ts [spans]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from '../../collector/main.ts'
import { shopRequest } from '../shop-spans.ts'

const WANTED = Number(process.argv[2] ?? 1_000_000)
const TRACES = 500
const ROUNDS = 5
const SPREAD = 50 * 60_000_000_000

const CHECKS = `window: { since: 1h }
checks:
  - { operation: 'POST /product/{id}', expect: ['p(95) < 300ms', 'error_rate < 50%'] }
  - { operation: service_buy_product, expect: p(99) < 300ms }
  - { kind: server, where: 'http_status >= 500', expect: count >= 0 }
  - { operation: 'POST /product/{id}', slower: { than: { window: 30m, to: now }, tolerance: 50% } }
  - { operation: service_buy_product, tail_growth: { than: { window: 30m, to: now }, tolerance: 50% } }
  - { query: slow, params: { over: 1h }, expect: rows == 0 }
  - no_n_plus_one: 20
  - no_exceptions: [TimeoutError]
  - { operation: service_buy_product, attributes: [user.id] }
  - complete_traces: true
`

const folder = mkdtempSync(join(tmpdir(), 'otrace-bench-'))
const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
const collector = await start({ dataDir: join(folder, 'store'), ...ports })
try {
  for (let spans = 0; spans < WANTED; spans += TRACES * 22) {
    const began = BigInt(Date.now()) * 1_000_000n - BigInt(SPREAD) - 60_000_000_000n
    const body = shopRequest(TRACES, began, SPREAD)
    const headers = { 'content-type': 'application/x-protobuf' }
    const url = `${collector.addresses.otlpHttp}/v1/traces`
    const answer = await fetch(url, { method: 'POST', body, headers })
    if (!answer.ok) throw new Error(await answer.text())
  }
  const { traces } = collector.status()
  while (collector.status().traces.stored < traces.received)
    await new Promise((r) => setTimeout(r, 50))
  console.log(`${collector.status().traces.stored} spans`)
  const file = join(folder, 'checks.yaml')
  writeFileSync(file, CHECKS)
  for (let round = 0; round < ROUNDS; round++) {
    const [began, cpu] = [performance.now(), process.cpuUsage()]
    const binary = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    const args = [binary, 'check', file, '--url', collector.addresses.clickhouse]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (part) => {
      text += part
    })
    const [code] = await once(child, 'close')
    const { user, system } = process.cpuUsage(cpu)
    const seconds = (value: number) => `${value.toFixed(2)} s`
    const engine = seconds((user + system) / 1e6)
    console.log(
      `${seconds((performance.now() - began) / 1000)}, engine ${engine} of CPU, exit ${code}`,
    )
    if (round === 0) console.log(text)
  }
} finally {
  await collector.stop()
  rmSync(folder, { recursive: true })
}
