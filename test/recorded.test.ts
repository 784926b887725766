/**
 * Services with plain auto-instrumentation: every general query fills all of its columns.
 *
 * One file: one store is filled for all recordings.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type AuditLine,
  hasToolchain,
  LANGUAGES,
  type Language,
  PAYMENTS,
  runProgram,
} from './instrument/programs.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'
import { storedTraces } from './stored-traces.ts'

/** Recorded from Flask 3.1 with sqlite3 (distro 0.66b1) and from a JDK HTTP server (agent 2.16.0). */
const SERVICES = { books: 'python-flask', quotes: 'java-http-server' }
const NAMES = Object.keys(SERVICES)
const WINDOW = ['--from', '2026-11-26T01:30:00Z', '--to', '2026-11-26T01:50:00Z']
const { env: direct, send, stored, addresses, folder } = storedTraces()
const env = { ...direct, OTRACE_DATA: rememberingStore(addresses).dataDir }

beforeAll(async () => {
  const requests = Object.values(SERVICES).map((file) =>
    JSON.parse(readFileSync(new URL(`recorded/${file}.json`, import.meta.url), 'utf8')),
  )
  await send(JSON.stringify({ resourceSpans: requests.flatMap((one) => one.resourceSpans) }))
})

async function rows(...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr, exit } = await runHere([...args, ...WINDOW, '--json'], { env })
  expect({ args, exit, stderr }).toMatchObject({ exit: 0 })
  return JSON.parse(stdout)
}

interface Panel {
  title: string
  rows: Record<string, unknown>[]
}

const isEmpty = (cell: unknown) =>
  cell === null || cell === '' || (typeof cell === 'object' && Object.keys(cell).length === 0)

/** The commands whose columns are looked at, each of one service, in turns. OTRACE_LONG=1: of both. */
const isOf = (one: string, i: number) => NAMES[i % NAMES.length] === one || process.env.OTRACE_LONG

describe.each(NAMES)('%s', (service) => {
  const commands: [string[]][] = [
    [['services']],
    [['operations']],
    [['operations', '--by', 'http_status']],
    [['rps']],
    [['latency', '--by', 'operation']],
    [['slow', '--over', '1ms']],
    [['errors']],
    [['events']],
    [['spans']],
    [['top', 'http.response.status_code']],
    [['top', 'route']],
    [['auth-failures']],
    [['attributes']],
    [['attributes', 'http.route']],
    [['heatmap']],
    [['histogram', '--by', 'route']],
    [['latency', '--by', 'route']],
    [['map']],
    [['errors', '--by', 'http.route']],
    [['services', '--by', 'kind']],
    [['operations', '--by', 'code_function']],
    [['spans', '--show', 'http.route']],
    [['critical', '--slow', '10ms']],
    [['flame']],
  ]
  it.each(commands.filter((_, i) => isOf(service, i)))('%j has no empty column', async (args) => {
    const found = await rows(...args, '--service', service)
    expect(found).not.toEqual([])
    const blank = Object.keys(found[0]!).filter((name) => found.every((row) => isEmpty(row[name])))
    // Of --sum, of the window before, of a user whom no plain instrumentation knows, of a stored caller, and of a
    // message without ids and numbers.
    const known = ['sum', 'change', 'noise', 'user', 'p95_gap', 'example']
    expect(blank.filter((name) => !known.includes(name))).toEqual([])
  })

  it('shows the calls in a loop, if there are', async () => {
    const found = await rows('repeats', '--service', service)
    expect(found.map(({ type, samples }) => [type, Number(samples) > 0])).toEqual(
      service === 'books' ? [['loop', true]] : [],
    )
    expect(found.filter((row) => Object.values(row).some(isEmpty))).toEqual([])
  })

  const onePanels = [service].filter((one) => isOf(one, 1))
  it.each(onePanels)('fills the columns of every panel of the dashboard of %s', async () => {
    const args = ['dashboard', '--service', service, ...WINDOW, '--json']
    const { panels } = JSON.parse((await runHere(args, { env })).stdout)
    const blank = (panels as Panel[]).flatMap(({ title, rows: found }) =>
      Object.keys(found[0] ?? {})
        .filter((name) => found.every((row) => isEmpty(row[name])))
        .map((name) => `${title}: ${name}`),
    )
    expect(blank).toEqual(['Latency over time: series', 'Failed logins: user'])
  })

  it('counts each request once, under its route', async () => {
    const [row] = await rows('services', '--service', service)
    expect(row).toMatchObject({ service })
    expect(Number(row!.requests)).toBeGreaterThan(10)
    const slow = await rows('slow', '--over', '1ms', '--service', service)
    for (const { method, route } of slow) {
      expect(method).toBe('GET')
      expect(route).toMatch(/^\//)
    }
  })

  it('separates faults and refusals', async () => {
    const errors = await rows('errors', '--service', service, '--everywhere')
    expect(errors.map(({ type }) => type)).toContain('fault')
    const statuses = errors.map(({ status }) => status)
    expect(statuses).toContain(500)
  })

  it('opens the slowest trace, with its calls below its request', async () => {
    const { stdout } = await runHere(['trace', '--slowest', '--service', service, ...WINDOW], {
      env,
    })
    expect(stdout).toMatch(service === 'books' ? /SELECT .*×5/ : /GET \/quote/)
    // The other service's is above.
    if (!isOf(service, 0)) return
    const flame = await runHere(['flame', '--service', service, ...WINDOW], { env })
    expect(flame.exit).toBe(0)
    expect(flame.stdout).toContain('█')
  })
})

/** Recorded from opentelemetry-otlp 0.31.1: a trace over protobuf and JSON, each plain, with gzip and with zstd. */
const rust: { path: string; headers: Record<string, string>; body: string }[] = JSON.parse(
  readFileSync(new URL('recorded/rust-otlp.json', import.meta.url), 'utf8'),
)

it('takes what the Rust SDK sends, in each encoding, with values of every type', async () => {
  for (const { path, headers, body } of rust) {
    const request = { method: 'POST', headers, body: Buffer.from(body, 'base64') }
    expect((await fetch(`${addresses().otlpHttp}${path}`, request)).status).toBe(200)
  }
  await stored()
  const { stdout } = await runHere(
    [
      'sql',
      `SELECT count() AS spans, uniqExact(ServiceName) AS services, uniqExact(TraceId) AS traces,
        groupUniqArrayIf(SpanAttributes, SpanKind = 'Server') AS attributes,
        groupUniqArrayIf(Events.Attributes, SpanKind = 'Client') AS events,
        groupUniqArrayIf(Links.TraceId, SpanKind = 'Server') AS links,
        groupUniqArrayIf((StatusCode, StatusMessage), SpanKind = 'Client') AS statuses
      FROM otel_traces WHERE startsWith(ServiceName, 'rust-')`,
      '--json',
    ],
    { env },
  )
  const attributes = {
    ...{ text: 'wörld', flag: 'true', large: '9223372036854775807', share: '0.1' },
    ...{ texts: '["a","b"]', flags: '[true,false]', numbers: '[1,-2]', shares: '[0.5,1]' },
  }
  expect(JSON.parse(stdout)).toMatchObject([
    {
      ...{ spans: 12, services: 6, traces: 6, attributes: [attributes] },
      events: [[{ 'exception.type': 'io::Error', n: '7' }]],
      links: [['4bf92f3577b34da6a3ce929d0e0e4736']],
      statuses: [['Error', 'broken']],
    },
  ])
})

interface Recording {
  audit: AuditLine[]
  requests: string[]
}

/** What the programs of docs/instrument.md sent at SIGTERM, recorded with test/instrument/record.ts. */
const programs: Record<Language, Recording> = JSON.parse(
  readFileSync(new URL('instrument/recorded.json', import.meta.url), 'utf8'),
)
/** All of them in one request: messages of protobuf one after the other are one message. */
async function sendPrograms(): Promise<void> {
  const requests = LANGUAGES.flatMap((language) => programs[language].requests)
  const response = await fetch(`${addresses().otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.concat(requests.map((body) => Buffer.from(body, 'base64'))),
  })
  expect(response.status).toBe(200)
  await stored()
}
let sent: Promise<void> | undefined
const RECORDED = ['--from', '2026-11-26T15:00:00Z', '--to', '2026-11-26T16:00:00Z']

describe.each(LANGUAGES)('the program of docs/instrument.md in %s', (language) => {
  const service = `checkout-${language}`

  it('sent what the page says', async () => {
    sent ??= sendPrograms()
    await sent
    await holds(service, programs[language].audit, RECORDED)
  })

  // Where the language is.
  it.skipIf(!process.env.OTRACE_TEST_PROGRAMS || !hasToolchain(language))(
    'sends it (OTRACE_TEST_PROGRAMS=1 installs and runs it)',
    async () => {
      const cache = process.env.OTRACE_TEST_PROGRAMS_IN ?? join(folder, 'programs')
      const started = new Date().toISOString()
      const named = { OTEL_SERVICE_NAME: `${service}-now` }
      const endpoint = addresses().otlpHttp!
      const audit = await runProgram(language, join(cache, language), endpoint, named)
      await stored()
      await holds(`${service}-now`, audit, ['--from', started])
    },
    600_000,
  )

  async function holds(name: string, audit: AuditLine[], window: string[]): Promise<void> {
    const askAll = async (...args: string[]) => {
      const { stdout, stderr, exit } = await runHere([...args, ...window, '--json'], { env })
      expect({ args, exit, stderr }).toMatchObject({ exit: 0 })
      return JSON.parse(stdout)
    }
    // Statements about all programs are asked once.
    const ask = async (...args: string[]) =>
      (await askAll(...args)).filter((row: { service: string }) => row.service === name)
    expect(await ask('services')).toMatchObject([{ service: name, requests: 3, errors: 1 }])
    expect(await ask('errors')).toMatchObject([
      {
        errors: 1,
        type: 'fault',
        name: 'charge_card',
        message: expect.stringContaining('the bank does not answer'),
      },
    ])
    expect(await ask('events', '--contains', 'payment accepted')).toHaveLength(2)
    const payments = await ask('spans', '--name', 'charge_card', '--show', 'user.id,order.total')
    const paid = payments.map((row: Record<string, unknown>) => [
      row['user.id'],
      String(Number(row['order.total'])),
    ])
    expect(paid.sort()).toEqual(PAYMENTS)
    const charged = ['--service', name, '--name', 'charge_card', '--sum', 'order.total']
    const [most] = await askAll('top', 'user.id', ...charged)
    expect(most).toMatchObject({ spans: 1 })
    const collections = await ask('gc')
    expect(collections).toMatchObject([
      { runtime: language === 'node' ? 'v8' : language.replace('java', 'jvm'), spans: 3 },
    ])
    expect(collections[0].heap_max).toBeGreaterThan(100_000)
    expect(audit).toMatchObject([
      { user: 'ann', total: 12.5 },
      { user: 'ben', total: 7 },
    ])
    const { stdout } = await runHere(['trace', audit[0]!.trace_id, '--attributes'], { env })
    expect(stdout).toMatch(/GET \/checkout[\s\S]*charge_card/)
    expect(stdout).toContain('payment accepted')
  }
})
