/** Benchmark: /ping and OTLP requests beside hostile statements and requests. */
// npx tsx bench/hostile.ts [--seconds 10] [--only <part of a name>]
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { readAddressFile } from '../collector/address-file.ts'
import { WireWriter } from '../collector/otlp/wire.ts'
import { shopRequest } from './shop-spans.ts'

const { values: flags } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, only: { type: 'string', default: '' } },
})
const seconds = Number(flags.seconds)

const STATEMENTS = {
  'a constant expression': 'SELECT hasAny(range(70000), range(200000, 270000))',
  'the same as JSON': 'SELECT hasAny(range(70000), range(200000, 270000)) FORMAT JSON',
  'a regular expression': "SELECT match(repeat('a', 1000000), '(.?){500}b')",
  'one per row':
    "SELECT max(match(repeat('a', 20000), '(.?){200}b' || toString(number))) FROM numbers(1000)",
  'deep calls': `SELECT ${'trim('.repeat(5000)}`,
  'a text of SETTINGS': `SELECT '${' SETTINGS a = bbb% = bbb%'.repeat(4000)}'`,
  'many columns': `SELECT ${Array.from({ length: 20_000 }, (_, i) => `${i} AS c${i}`).join(', ')}`,
  'many aliases': `SELECT 1 AS a0${Array.from({ length: 400 }, (_, i) => `, a${i} + a${i} AS a${i + 1}`).join('')}`,
  'a large answer': 'SELECT number, toString(number) FROM numbers(30000000)',
  'a cross join':
    'SELECT count() FROM numbers(3000000) AS a, numbers(3000000) AS b WHERE a.number > b.number',
  'a large sort':
    'SELECT number FROM numbers(50000000) ORDER BY rand() LIMIT 100000000 FORMAT Null',
  'a large group':
    'SELECT uniqExact(number), groupArray(number) FROM numbers(30000000) FORMAT Null',
  'a large array': 'SELECT arraySum(arrayMap(x -> x * x, range(50000000)))',
  'all CPUs': 'SELECT count() FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1',
}

/** Keys of one length with the same first, middle and last byte. */
const alike = (i: number) => `a${String(i).padStart(9, '0')}b${'c'.repeat(9)}a`

function inSpan(write: (span: WireWriter) => void): Buffer {
  const request = new WireWriter()
  request.message(1, (resource) => resource.message(2, (scope) => scope.message(2, write)))
  return request.bytes()
}

function attribute(span: WireWriter, key: string, value: (any: WireWriter) => void): void {
  span.message(9, (pair) => {
    pair.string(1, key)
    pair.message(2, value)
  })
}

const REQUESTS = {
  'gzip bombs of zeros, 20 at once': () => gzipSync(Buffer.alloc(60_000_000)),
  'gzip bombs of one span, 20 at once': () =>
    gzipSync(inSpan((span) => attribute(span, 'k', (any) => any.raw(1, Buffer.alloc(60_000_000))))),
  'gzip bombs of JSON, 20 at once': () =>
    gzipSync(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{"name":"a"},'.repeat(4_500_000)}{}]}]}]}`,
    ),
  '200,000 keys of like hash': () =>
    gzipSync(
      inSpan((span) => {
        for (let i = 0; i < 200_000; i++) attribute(span, alike(i), (any) => any.string(1, 'v'))
      }),
    ),
  '30,000,000 empty events': () => gzipSync(events(30_000_000)),
}

/** A span with so many empty events: two bytes each. */
function events(count: number): Buffer {
  const inner = Buffer.alloc(count * 2, Buffer.from([0x5a, 0]))
  const around = (content: Buffer, tag: number) => {
    const head = new WireWriter()
    head.varint(tag, content.length)
    const [, ...length] = head.bytes()
    return Buffer.concat([Buffer.from([tag * 8 + 2, ...length]), content])
  }
  return around(around(around(inner, 2), 2), 1)
}

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-hostile-'))
const script = `import { start } from '${new URL('../collector/main.ts', import.meta.url).href}'
  await start({ dataDir: process.argv[1], otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })`
const collector = spawn(
  process.execPath,
  ['--import', 'tsx', '--input-type=module', '-e', script, dataDir],
  { stdio: 'ignore' },
)
process.on('exit', () => {
  collector.kill('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})
while (readAddressFile(dataDir) === undefined) await sleep(50)
const { clickhouse, otlpHttp } = readAddressFile(dataDir)!

const ordinary = new Uint8Array(shopRequest(1, BigInt(Date.now()) * 1_000_000n, 1e9))

function post(
  body: Uint8Array,
  encoding?: string,
  signal?: AbortSignal,
  type = 'protobuf',
): Promise<Response> {
  return fetch(`${otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: {
      'content-type': type === 'json' ? 'application/json' : 'application/x-protobuf',
      ...(encoding ? { 'content-encoding': encoding } : {}),
    },
    body: body as Uint8Array<ArrayBuffer>,
    signal,
  })
}

/** Repeats the attack until it is aborted. */
type Attack = (signal: AbortSignal) => Promise<unknown>

const ask =
  (statement: string): Attack =>
  async (signal) => {
    const answer = await fetch(clickhouse, { method: 'POST', body: statement, signal })
    for await (const _ of answer.body!);
  }

function send(make: () => Buffer, atOnce: number, type?: string): Attack {
  const body = new Uint8Array(make())
  return (signal) =>
    Promise.all(
      Array.from({ length: atOnce }, async () =>
        (await post(body, 'gzip', signal, type)).arrayBuffer(),
      ),
    )
}

const waits = { ping: [] as number[], otlp: [] as number[] }
/** Milliseconds; statuses other than 200 are counted. */
async function measure(attack: Attack): Promise<(string | number)[]> {
  waits.ping = []
  waits.otlp = []
  let refused = 0
  writeFileSync(`/proc/${collector.pid}/clear_refs`, '5')
  const end = new AbortController()
  const attacking = (async () => {
    while (!end.signal.aborted) {
      await attack(end.signal).catch(() => undefined)
      await sleep(10)
    }
  })()
  const until = performance.now() + seconds * 1000
  const repeat = async (into: number[], one: () => Promise<Response>) => {
    while (performance.now() < until) {
      const began = performance.now()
      const answer = await one()
      await answer.arrayBuffer()
      if (answer.status !== 200) refused++
      into.push(performance.now() - began)
      await sleep(10)
    }
  }
  await Promise.all([
    repeat(waits.ping, () => fetch(`${clickhouse}/ping`)),
    repeat(waits.otlp, () => post(ordinary)),
  ])
  const stopped = performance.now()
  end.abort()
  await attacking
  const status = readFileSync(`/proc/${collector.pid}/status`, 'utf8')
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024
  return [
    ...[waits.ping, waits.otlp].flatMap((all) => [quantile(all, 0.5), quantile(all, 0.99)]),
    refused,
    Math.round(peak),
    Math.round(performance.now() - stopped),
  ]
}

function quantile(all: number[], share: number): number {
  const sorted = all.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}

const attacks: [string, Attack][] = [
  ['nothing', () => sleep(100)],
  ...Object.entries(STATEMENTS).map(([name, sql]): [string, Attack] => [name, ask(sql)]),
  ...Object.entries(REQUESTS).map(([name, make]): [string, Attack] => [
    name,
    name.includes(flags.only)
      ? send(make, name.startsWith('gzip') ? 20 : 1, name.includes('JSON') ? 'json' : undefined)
      : () => sleep(1),
  ]),
]
const heads = ['beside', 'ping p50', 'p99', 'OTLP p50', 'p99', 'refused', 'peak RSS, MB', 'end, ms']
console.log(`| ${heads.join(' | ')} |\n|${heads.map(() => ' --- |').join('')}`)
for (const [name, attack] of attacks) {
  if (!name.includes(flags.only)) continue
  console.log(`| ${[name, ...(await measure(attack))].join(' | ')} |`)
}
process.exit()
