/**
 * `otrace why` on a store with planted faults: findings, forms of the report, refusals.
 *
 * One file: one store is filled for all of them.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Row } from '../cli/result.ts'
import {
  type Faults,
  LINES,
  type MadeTrace,
  makeTraces,
  OPERATIONS,
  randomFrom,
} from '../cli/why/fixture.ts'
import { FAILED } from '../cli/why/tree.ts'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'

const MINUTE = 60_000
const REQUESTS = 150
const day = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE
const iso = (minutes: number) => new Date(day + minutes * MINUTE).toISOString()

/** Faults of the minutes of the store; minute 0 is healthy. */
const MINUTES: Faults[] = [
  {},
  {},
  { slowSelect: 12 },
  { failing: 3 },
  { waiting: 60 },
  { early: 2 },
  { selects: 16 },
  { slowFourth: 40 },
  // Also a new release, and the slow spans lack the region.
  { slowFourth: 40 },
  // Without error logs: the status alone tells.
  { failing: 3 },
]
const at = (minute: number, baseline = 0) => [
  ...['--from', iso(minute), '--to', iso(minute + 1)],
  ...['--baseline', `${iso(baseline)}..${iso(baseline + 1)}`],
]

const folder = temporaryFolder()
const env = { OTRACE_DATA: '', COLUMNS: '80', TZ: 'UTC' }
let collector: Collector

const list = (map: Record<string, string>) =>
  Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** Spans and log records of one minute as OTLP. */
function otlp(rows: MadeTrace[], minute: number) {
  const spans = new Map<string, object[]>()
  const logs = new Map<string, object[]>()
  const add = (map: Map<string, object[]>, service: string, one: object) =>
    map.set(service, [...(map.get(service) ?? []), one])
  for (const [i, row] of rows.entries()) {
    const traceId = `${minute + 1}`.padStart(16, 'a') + i.toString(16).padStart(16, '0')
    const start =
      BigInt(day + minute * MINUTE + Math.floor((i * 50_000) / rows.length)) * 1_000_000n
    const spanId = (id: number) => (id + i * 64 + minute * 65536).toString(16).padStart(16, '0')
    for (const [k, id] of row.ids.entries()) {
      const { service, name } = OPERATIONS[row.operations[k]!]!
      const from = start + BigInt(row.starts[k]!)
      add(spans, service, {
        ...{ traceId, spanId: spanId(id), name, kind: name.startsWith('HTTP') ? 3 : 1 },
        ...(row.parents[k] ? { parentSpanId: spanId(row.parents[k]!) } : {}),
        startTimeUnixNano: String(from),
        endTimeUnixNano: String(from + BigInt(row.durations[k]!)),
        // The region is confounded with nothing; the request's id tells spans apart, and nothing else.
        attributes: list({
          ...(i % 4 !== 0 ? { region: 'us' } : minute === 8 ? {} : { region: 'eu' }),
          'request.id': traceId,
        }),
        ...(row.flags[k]! & FAILED ? { status: { code: 2, message: 'no such card' } } : {}),
      })
    }
    for (const [span, line] of row.lines) {
      const { text, isError } = LINES[line]!
      if (isError && minute === 9) continue
      const service = OPERATIONS[row.operations[row.ids.indexOf(span)]!]!.service
      add(logs, service, {
        ...{ traceId, spanId: spanId(span), timeUnixNano: String(start + 1000n) },
        severityText: isError ? 'ERROR' : 'INFO',
        body: { stringValue: text.replace('*', String(i)) },
      })
    }
  }
  const release = minute === 8 ? 'new' : 'old'
  const of = (service: string) => ({
    attributes: list({
      ...{ 'service.name': service, 'service.version': release },
      'service.instance.id': `${service}-${release}`,
    }),
  })
  return {
    traces: {
      resourceSpans: [...spans].map(([service, own]) => ({
        resource: of(service),
        scopeSpans: [{ spans: own }],
      })),
    },
    logs: {
      resourceLogs: [...logs].map(([service, logRecords]) => ({
        resource: of(service),
        scopeLogs: [{ logRecords }],
      })),
    },
  }
}

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: join(folder.path, 'store'), ...ports })
  for (const [minute, faults] of MINUTES.entries()) {
    const rows = makeTraces(REQUESTS, minute > 0, randomFrom(minute * 7919 + 1), faults)
    for (const [signal, body] of Object.entries(otlp(rows, minute))) {
      const url = `${collector.addresses.otlpHttp}/v1/${signal}`
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
      expect(response.status).toBe(200)
    }
  }
  const left = () => {
    const { traces, logs } = collector.status()
    return traces.received - traces.stored + logs.received - logs.stored
  }
  while (left() > 0) await new Promise((resolve) => setTimeout(resolve, 20))
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})
const store = rememberingStore(() => collector.addresses)
env.OTRACE_DATA = store.dataDir

const why = (...args: string[]) => runHere(['why', ...args], { env })
const found = async (...args: string[]) => {
  const { stdout, stderr } = await why(...args, '--json')
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

it.each([
  [2, 'slower', 'shop', 'SELECT products'],
  [3, 'errors begin here', 'payment', 'charge'],
  [4, 'waiting between', 'payment', 'charge'],
  [5, 'no longer called', 'shop', 'list'],
  [6, 'more calls', 'shop', 'SELECT products'],
])('minute %i: %s of %s %s comes first', async (minute, kind, service, name) => {
  const { findings } = await found(...at(minute))
  expect(findings[0]).toMatchObject({ kind, service, name, certain: true })
  expect(findings[0].traces[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(findings[0].next).toMatch(/^otrace trace [0-9a-f]{16}$/)
})

it('reads a trace whole whose root alone begins in the window', async () => {
  const window = ['--from', iso(0), '--to', iso(0).replace('Z', '100Z')]
  const { stdout, stderr } = await runHere(['critical', ...window, '--slow', '1ns', '--json'], {
    env,
  })
  const rows: Row[] = JSON.parse(stdout)
  expect([...new Set(rows.map(({ service }) => service))].sort()).toEqual(
    expect.arrayContaining(['gateway', 'shop']),
  )
  expect(stderr).toContain('1 request, ')
  expect(stderr).not.toContain('missing')
})

it('chooses a trace by a span that begins behind the window', async () => {
  const window = ['--from', iso(0), '--to', iso(0).replace('Z', '001Z'), '--service', 'shop']
  const { stderr } = await runHere(['critical', ...window], { env })
  expect(stderr).toContain('1 request, ')
  const { stdout } = await why(...window, '--baseline', 'rest')
  expect(stdout).toMatch(/^requests {2}0 in 1 µs → 1 in 1 µs$/m)
})

it('looks for bare names in no window of which the collector has facts', async () => {
  const looks = () => store.asked().filter((text) => /HTTP OPTIONS'\)\s+LIMIT 1/.test(text)).length
  const before = looks()
  await runHere(['critical', '--from', iso(6), '--to', iso(7)], { env })
  expect(looks() - before).toBe(0)
  // Of the baseline alone, which the facts are not of.
  await why(...at(6, 5))
  expect(looks() - before).toBe(1)
})

it('says the status message of an error that no line tells', async () => {
  const [first] = (await found(...at(9))).findings
  expect(first).toMatchObject({ kind: 'errors begin here', name: 'charge', detail: 'no such card' })
  expect(first.sentence).toMatch(
    /^charge in payment fails in \d+ of .*, before in none: no such card$/,
  )
})

it('names the attribute that only the slow spans have, and no id', async () => {
  const { findings } = await found(...at(7))
  expect(findings[0]).toMatchObject({ kind: 'slower', service: 'shop', name: 'SELECT products' })
  expect(findings[1]).toMatchObject({
    kind: 'only some',
    attribute: 'region=eu',
    name: 'SELECT products',
  })
  expect(findings[1].after).toBeGreaterThan(0.9)
  expect(JSON.stringify(findings)).not.toContain('request.id')
})

it('names an attribute that only the slow spans lack, a new version and a restart', async () => {
  const { findings } = await found(...at(8))
  const named = findings.map(({ kind, service, attribute }: Record<string, string>) =>
    [kind, service, attribute].join(' '),
  )
  expect(named.slice(0, 4)).toEqual([
    'slower shop ',
    'new version shop service.version=new',
    'restarted shop 1 of 1 instances',
    'only some shop region absent',
  ])
  const own = `--from ${iso(8).replace('.000', '')} --to ${iso(9).replace('.000', '')}`
  expect(findings[1].next).toBe(`otrace spans --service shop --resource service.version=new ${own}`)
  expect(findings[1].sentence).toMatch(/^shop has a new version since \d\d:\d\d:\d\d UTC: /)
  const days = at(8).with(3, iso(8 + 2 * 24 * 60))
  const { stdout } = await why(...days, '--json')
  expect(stdout).toMatch(/ has a new version since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: /)
})

it('claims nothing where nothing changed', async () => {
  const { findings, changed } = await found(...at(1))
  expect(findings).toEqual([])
  expect(changed.requests).toEqual([REQUESTS, REQUESTS])
  const { stdout } = await why(...at(1))
  expect(stdout).toContain('No significant change in 300 requests.')
})

it('prints a report of half a screen that fits the terminal', async () => {
  const { stdout } = await why(...at(4))
  const lines = stdout.trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(20)
  expect(lines.slice(1).filter((line) => line.length > 80)).toEqual([])
  expect(stdout).toMatch(/^requests {2}150 in 1m → 150 in 1m$/m)
  expect(stdout).toMatch(/^1\. shop waits [\d.]+ ms longer for payment than payment works,/m)
  expect(stdout).toMatch(/of the change/)
})

it('prints Markdown for a ticket, and rows for a spreadsheet', async () => {
  const markdown = await why(...at(3), '-o', 'markdown')
  expect(markdown.stdout).toMatch(/^### What changed: /)
  expect(markdown.stdout).toMatch(/^1\. \*\*charge in payment fails in .*card declined\*\*/m)
  const csv = await why(...at(3), '-o', 'csv')
  expect(csv.stdout).toMatch(/^kind,service,name,peer,/)
})

it('writes a page without scripts that says what the terminal does', async () => {
  const page = join(folder.path, 'why.html')
  const { stdout, stderr } = await why(...at(4), '--html', page)
  expect([stdout, stderr]).toEqual(['', `wrote ${page}: open it in a browser\n`])
  const html = readFileSync(page, 'utf8')
  expect(html).toMatch(/<strong>1\. shop waits [\d.]+ ms longer for payment than payment works/)
  expect(html).toContain('<code>otrace trace ')
  expect(html).toContain('class="whole"')
  expect(html).not.toMatch(/<script|https?:/)
  const refused = await why(...at(4), '--html', page, '--json')
  expect(refused).toMatchObject({ exit: 2, stdout: '' })
})

it('prints the header of CSV and TSV without findings too', async () => {
  const [header] = (await why(...at(3), '-o', 'csv')).stdout.split('\r\n')
  expect((await why(...at(1), '-o', 'csv')).stdout.trimEnd()).toBe(header)
  const tsv = await why(...at(1), '-o', 'tsv')
  expect(tsv.stdout.trimEnd()).toBe(header!.replaceAll(',', '\t'))
})

it('reads whole traces where filters choose one of their spans', async () => {
  const { findings, changed } = await found(...at(2), '--service', 'payment')
  expect(findings[0]).toMatchObject({ kind: 'slower', service: 'shop', name: 'SELECT products' })
  expect(changed.requests[1]).toBeLessThan(REQUESTS)
})

it('compares the failing and the slow requests of a window with the rest', async () => {
  const window = ['--from', iso(3), '--to', iso(4)]
  const { findings } = await found(...window, '--errors')
  expect(findings[0]).toMatchObject({ service: 'payment', name: 'charge' })
  const { changed } = await found(...window, '--slow')
  expect(changed.requests[1]).toBeGreaterThan(0)
  expect(changed.requests[1]).toBeLessThan(REQUESTS / 8)
})

it('compares the requests that filters choose with the rest of the window', async () => {
  const rest = (...args: string[]) =>
    found('--from', iso(7), '--to', iso(8), '--baseline', 'rest', ...args)
  const { findings, changed } = await rest('--attr', 'region=eu')
  const chosen = Math.ceil(REQUESTS / 4)
  expect(changed.requests).toEqual([REQUESTS - chosen, chosen])
  expect(findings[0]).toMatchObject({ kind: 'slower', name: 'SELECT products', certain: true })
  const { notes } = await rest('--name', 'buy')
  expect(notes).toEqual([
    'Only among the chosen requests, so compared with nothing: buy (shop).',
    'Only among the others, so compared with nothing: list (shop).',
  ])
})

it('marks in a trace the span that the first finding names', async () => {
  const { findings } = await found(...at(2, 1))
  const [id] = findings[0].traces
  // Two minutes around the trace's start, which begin in the healthy minute.
  const { stdout, stderr } = await runHere(['trace', id, '--why', '1m'], { env })
  expect(stdout).toMatch(/SELECT products[^\n]*\n[^\n]*◆ why \d\. SELECT products in shop takes/)
  expect(stdout.match(/◆ why/g)).toHaveLength(1)
  expect(stderr).toMatch(/^why: \d+ findings? in \d+ requests in 1m against \d+ in the 1m before/)
  const refused = await runHere(['trace', id, '--why', '--json'], { env })
  expect(refused.stderr).toContain('--why marks spans on the terminal alone')
  expect(refused.exit).toBe(2)
})

it('shows the critical path of slow requests, whose times add up', async () => {
  const window = ['--from', iso(7), '--to', iso(8), '--slow', '60ms']
  const { stdout } = await runHere(['critical', ...window, '--json'], { env })
  const rows = JSON.parse(stdout)
  expect(rows[0]).toMatchObject({ service: 'shop', name: 'SELECT products' })
  expect(rows[0].share).toBeGreaterThan(0.5)
  const sum = (key: string) => rows.reduce((all: number, row: Row) => all + Number(row[key]), 0)
  const sql = `SELECT avgIf(duration, duration >= 60000000) AS slow, avgIf(duration, duration < 60000000) AS others
    FROM spans WHERE parent_id = ''`
  const asked = await runHere(['sql', sql, '--from', iso(7), '--to', iso(8), '--json'], { env })
  const [means] = JSON.parse(asked.stdout)
  for (const key of ['slow', 'others']) expect(sum(key) / means[key]).toBeCloseTo(1, 5)
  const usual = await runHere(['critical', '--slow', '--from', iso(7), '--to', iso(8)], { env })
  expect(usual.stderr).toMatch(/^\d+ slow requests?, /)
  const { stderr, exit } = await runHere(['critical', '--slow', 'px'], { env })
  expect(stderr).toContain("--slow 'px' is not a quantile")
  expect(exit).toBe(2)
})

it.each([
  ['1h', 'slow', 'none is slow', /^service +name +self +other_calls +drag$/m],
  ['1ns', 'others', 'all are slow', /^service +name +self +slow_calls +drag$/m],
])('compares nothing where no request is on a side: --slow %s', async (slow, side, note, head) => {
  const asked = ['critical', '--from', iso(7), '--to', iso(8), '--slow', slow]
  const { stdout } = await runHere([...asked, '--json'], { env })
  const rows: Row[] = JSON.parse(stdout)
  const times = rows.map(({ self }) => Number(self))
  expect(times).toEqual([...times].sort((a, b) => b - a))
  for (const row of rows)
    expect(row).toMatchObject({ [side]: null, difference: null, more_calls: null })
  const shown = await runHere(asked, { env: { ...env, COLUMNS: '80' } })
  expect(shown.stdout).toMatch(head)
  expect(shown.stderr).toContain(note)
})

it.each([
  [['--baseline', 'rest'], '--baseline rest needs --slow, --errors or a filter'],
  [['--slow', '--errors'], "--slow can't be used with --errors"],
  [['--slow', 'p95', '--baseline', '1d'], "--baseline 1d can't be used with --slow"],
  [['--slow', 'px'], "--slow 'px' is not a quantile"],
  [['--baseline', '1m', '--since', '1h'], '--baseline 1m overlaps the window'],
  [['--baseline', '90m..10m', '--since', '1h'], '--baseline 90m..10m overlaps the window'],
  [['--baseline', '1h..now', '--since', '1h'], '--baseline 1h..now overlaps the window'],
  [['--baseline', '2h..3h'], '--baseline 2h..3h is empty'],
  [['--baseline', 'soon'], "--baseline 'soon' is not a time"],
])('refuses %j', async (args, message) => {
  const { stderr, exit } = await why(...args)
  expect(stderr).toContain(message)
  expect(exit).toBe(2)
})

it('advises what a young store can compare', async () => {
  const { stdout, exit } = await why('--since', '2h')
  expect(exit).toBe(0)
  const text = stdout.replace(/\s+/g, ' ')
  expect(text).toContain('no requests in the baseline. Within the window, --slow compares')
  expect(text).not.toMatch(/No type|--baseline 1d/)
})

it.each([
  [['--slow', '1h'], 'None of 150 requests takes 1h.'],
  [['--slow', '1ns'], 'All of 150 requests are slow.'],
  [['--service', 'gateway', '--baseline', 'rest'], 'The filters choose all of 150 requests'],
  [['--service', 'nobody', '--baseline', 'rest'], 'The filters choose none of 150 requests.'],
  [['--baseline', '2099-01-01..2099-01-02'], 'no requests in the baseline. It is in the future.'],
  [['--error', '--baseline', `${iso(0)}..${iso(1)}`], '--errors compares them with the rest.'],
])('says why a side has no requests: %j', async (args, said) => {
  const minute = args[0] === '--error' ? 3 : 7
  const { stdout } = await why('--from', iso(minute), '--to', iso(minute + 1), ...args)
  expect(stdout.replace(/\s+/g, ' ')).toContain(said)
})

it('says what a window without spans lacks', async () => {
  const { stderr, exit } = await why('--from', iso(-100), '--to', iso(-99))
  expect(stderr).toContain('no spans in the window\n')
  expect(exit).toBe(5)
})
