/** Pings and OTLP requests are answered while a statement runs. */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { quote } from '../engine/engine.ts'
import { type Collector, start } from '../main.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-loop-'))
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir: folder, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(folder)
})

/** So many pings and OTLP requests are answered before a statement of seconds, and before a short one. */
const ANSWERS = { long: 15, short: 3 }
/** Seconds in one call, or without an end, in which the engine heeds no limit. */
const CONSTANT = 'SELECT hasAny(range(40000), range(200000, 240000))'
const REGEXP = "SELECT match(repeat('a', 200000), '(.?){500}b')"

test.each<[string, string, keyof typeof ANSWERS]>([
  ['a constant expression as TSV', `${CONSTANT} FORMAT TSV`, 'long'],
  ['a constant expression as JSON', `${CONSTANT} FORMAT JSON`, 'long'],
  ['a regular expression', REGEXP, 'long'],
  [
    'a regular expression per row',
    "SELECT max(match(repeat('a', 20000), '(.?){200}b' || toString(number))) FROM numbers(1000)",
    'long',
  ],
  ['deep calls', `SELECT ${'trim('.repeat(3000)}`, 'short'],
  ['a large answer', 'SELECT number, toString(number) FROM numbers(3000000)', 'short'],
])('pings and OTLP requests are answered beside %s', async (_, statement, length) => {
  // A statement on the event loop lets few through each time, another program only now and then.
  const wanted = ANSWERS[length]
  let most = 0
  for (let tries = 0; tries < 20 && most < wanted; tries++)
    most = Math.max(most, await beside(statement, wanted))
  expect(most).toBeGreaterThanOrEqual(wanted)
})

/** How many pings and OTLP requests are answered before the statement, up to `most`. */
async function beside(statement: string, most: number): Promise<number> {
  const gone = new AbortController()
  let isOver = false
  const asked = fetch(`${collector.addresses.clickhouse}/?max_execution_time=3`, {
    method: 'POST',
    body: statement,
    signal: gone.signal,
  })
    .then((answer) => answer.text())
    .catch(() => undefined)
    .finally(() => {
      isOver = true
    })
  let answered = 0
  while (answered < most) {
    const [url, init] =
      answered % 2 === 0
        ? [`${collector.addresses.clickhouse}/ping`, {}]
        : [`${collector.addresses.otlpHttp}/v1/traces`, OTLP]
    await (await fetch(url, init)).text()
    if (isOver) break
    answered++
  }
  gone.abort()
  await asked
  await vi.waitUntil(async () => (await running()) === 1, { timeout: 60_000, interval: 20 })
  return answered
}

/** Statements that run in the engine, this one included. */
async function running(): Promise<number> {
  const query = '/?query=SELECT+count()+FROM+system.processes'
  return Number(await (await fetch(`${collector.addresses.clickhouse}${query}`)).text())
}

test('a long parameter is quoted elsewhere', async () => {
  const value = "'".repeat(2e6)
  const part = (name: string, text: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`
  const spies = (['replace', 'replaceAll'] as const).map((name) => vi.spyOn(String.prototype, name))
  const answer = await fetch(collector.addresses.clickhouse, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: `${part('query', 'SELECT length({a:String})')}${part('param_a', value)}--x--\r\n`,
  })
  expect(await answer.text()).toBe('2000000\n')
  quote('a')
  const lengths = spies.flatMap(({ mock }) => mock.contexts.map((text) => String(text).length))
  for (const spy of spies) spy.mockRestore()
  // Of this thread: the server's, and of quote() here.
  expect(lengths).toContain(1)
  expect(Math.max(...lengths)).toBeLessThan(value.length)
})

test('an answer leaves no file behind', async () => {
  await (await fetch(`${collector.addresses.clickhouse}/?query=SELECT%201`)).text()
  await expect.poll(answers).toEqual([])
})

test('a statement that ignores its limits is reported and gives up its slot', async () => {
  const status = async () => {
    const answer = await fetch(`${collector.addresses.clickhouse}/otrace/status`)
    const { overdue } = (await answer.json()) as { overdue: { id: string; statement: string }[] }
    return overdue.filter(({ id }) => id === 'deaf')
  }
  // The smaller ones may end before they are overdue, or before it is asked which ones are.
  let answer = ''
  let overdue: Awaited<ReturnType<typeof status>> = []
  for (let n = 75_000; overdue.length === 0 && n < 1_000_000; n *= 2) {
    const asked = await fetch(
      `${collector.addresses.clickhouse}/?max_execution_time=0.1&query_id=deaf`,
      {
        method: 'POST',
        body: `SELECT hasAny(range(${n}), range(1000000, ${1_000_000 + n})), 'overdue'`,
      },
    )
    answer = await asked.text()
    overdue = await status()
  }
  expect(answer).toMatch(/^Code: 159\. .*does not stop/)
  expect(overdue).toEqual([
    { id: 'deaf', seconds: expect.any(Number), statement: expect.stringContaining('overdue') },
  ])
  while ((await status()).length > 0) await sleep(100)
})

function answers(): string[] {
  return readdirSync(join(folder, 'clickhouse', 'answers'))
}

/** One span. */
const OTLP = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: '0123456789abcdef0123456789abcdef',
                spanId: '0123456789abcdef',
                name: 'a',
                startTimeUnixNano: `${Date.now()}000000`,
                endTimeUnixNano: `${Date.now()}000000`,
              },
            ],
          },
        ],
      },
    ],
  }),
}
