/** Terminal escapes, bidirectional marks and C1 controls never reach any output. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { type Run, runHere } from './otrace.ts'
import { remembering } from './remembering.ts'

const EVIL = '\u001b]0;own\u0007\u009b31m\u202e\u2066\u2028\u2029\u0085\u000b\u007f\u200f\ufeff'
const ACTIVE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

const evil = (text: string) => `${text}${EVIL}`
const attributes = (...keys: string[]) =>
  keys.map((key) => ({ key, value: { stringValue: evil('v') } }))
const STACK = 'Error: own\n::error::own\n  ::add-mask::own\n    at ##[error]own\n'
const TRACE = 'ab'.repeat(16)
const now = Date.now()
const nanos = (ms: number) => `${now + ms}000000`

const resource = { attributes: attributes('service.name', evil('host')) }
const scope = { name: evil('scope'), version: evil('1'), attributes: attributes(evil('in')) }
const span = (id: string, parent: string, more: object) => ({
  traceId: TRACE,
  spanId: id.repeat(16),
  parentSpanId: parent === '' ? '' : parent.repeat(16),
  traceState: evil('a=b'),
  name: evil('name'),
  startTimeUnixNano: nanos(-5000),
  endTimeUnixNano: nanos(-4000),
  attributes: attributes(
    'http.route',
    'http.request.method',
    'url.path',
    'db.system.name',
    'db.query.text',
    'user.id',
    'product.id',
    evil('key'),
  ),
  events: [
    {
      name: 'exception',
      timeUnixNano: nanos(-4500),
      attributes: [
        ...attributes('exception.type', 'exception.message'),
        { key: 'exception.stacktrace', value: { stringValue: evil(STACK) } },
      ],
    },
    { name: evil('event'), timeUnixNano: nanos(-4500), attributes: attributes(evil('of')) },
  ],
  links: [
    {
      traceId: TRACE,
      spanId: 'c'.repeat(16),
      traceState: evil('c'),
      attributes: attributes(evil('l')),
    },
  ],
  status: { code: 2, message: evil('failed') },
  ...more,
})
const traces = {
  resourceSpans: [
    {
      resource,
      scopeSpans: [{ scope, spans: [span('a', '', { kind: 2 }), span('b', 'a', { kind: 3 })] }],
    },
  ],
}
const record = {
  timeUnixNano: nanos(-4800),
  traceId: TRACE,
  spanId: 'a'.repeat(16),
  severityText: evil('ERROR'),
  body: { stringValue: evil('body') },
  attributes: attributes(evil('log')),
}
const logs = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] }

const folder = temporaryFolder()
const env: Record<string, string> = { OTRACE_NOW: new Date(now).toISOString() }
let collector: Collector
let answers: Awaited<ReturnType<typeof remembering>>

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: join(folder.path, 'store'), ...ports })
  env.OTRACE_URL = collector.addresses.clickhouse
  for (const [signal, body] of Object.entries({ traces, logs })) {
    const response = await fetch(`${collector.addresses.otlpHttp}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(200)
  }
  for (const [table, rows] of [
    ['spans', 2],
    ['otel_logs', 1],
  ] as const) {
    await vi.waitFor(
      async () => {
        const { stdout } = await otrace('sql', `SELECT count() AS n FROM ${table}`, '-o', 'tsv')
        expect(stdout).toBe(`n\n${rows}\n`)
      },
      { timeout: 60_000, interval: 200 },
    )
  }
  answers = await remembering(collector.addresses.clickhouse)
  env.OTRACE_URL = answers.url
})

afterAll(async () => {
  answers?.stop()
  await collector?.stop()
  folder.remove()
})

const otrace = (...args: string[]) => runHere(args, { env })
const sent = ({ stdout, stderr }: Run) => (stdout + stderr).replaceAll('\r\n', '\n')

/** Commands that write their own texts, and one query: in every format. */
const WRITERS = [
  ['trace', TRACE],
  ['trace', TRACE, '--attributes', '--stack', '--no-fold'],
  ['flame'],
  ['spans', '--show', evil('key')],
  ['attributes'],
  ['attributes', evil('key')],
  ['doctor'],
  ['errors'],
]
/** Other queries share the writers of files, and differ in their panels. */
const QUERIES = [
  ['services'],
  ['operations'],
  ['events'],
  ['slow', '--over', '1ms'],
  ['rps'],
  ['latency'],
  ['sql', 'SELECT * FROM spans'],
  ['sql', 'SELECT * FROM otel_logs'],
]
const FORMATS = ['terminal', 'json', 'ndjson', 'csv', 'tsv', 'markdown']
const RUNS = [
  ...WRITERS.flatMap((command) => FORMATS.map((format) => [format, command] as const)),
  ...QUERIES.flatMap((command) => ['terminal', 'json'].map((format) => [format, command] as const)),
]

it.each(RUNS)('-o %s: %j', async (format, command) => {
  const run = await otrace(...command, '-o', format)
  expect(run.exit).toBe(0)
  expect(run.stdout.length).toBeGreaterThan(10)
  expect(ACTIVE.exec(sent(run))).toBeNull()
})

it.each([
  ['trace', '--latest', '--critical-path'],
  ['trace', TRACE, '-o', 'otlp'],
  ['flame', '-o', 'folded'],
])('%j', async (...command) => {
  const run = await otrace(...command)
  expect(run.exit).toBe(0)
  expect(ACTIVE.exec(sent(run))).toBeNull()
})

it.each(['trace', 'flame'])('%s --html', async (command) => {
  const file = join(folder.path, `${command}.html`)
  const run = await otrace(command, ...(command === 'trace' ? [TRACE] : []), '--html', file)
  expect(run.exit).toBe(0)
  expect(ACTIVE.exec(sent(run))).toBeNull()
  const page = readFileSync(file, 'utf8')
  expect(page).toContain('own')
  expect(ACTIVE.exec(page)).toBeNull()
})

const quoted = (text: string) =>
  JSON.stringify(text).replace(
    /[^ -~]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

it('the reports of checks', async () => {
  const path = (name: string) => join(folder.path, name)
  const check = `{ name: ${quoted(evil('check'))}, attr: ${quoted(`${evil('key')}!=${EVIL}`)}, expect: count > 1000 }`
  writeFileSync(path('checks.yaml'), `checks:\n  - ${check}\n`)
  const reports = ['junit', 'gitlab'].flatMap((name) => [`--${name}`, path(name)])
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: path('summary') }
  const args = ['check', path('checks.yaml'), ...reports]
  const json = await runHere([...args, '--json'], { env: { ...env, ...github } })
  expect([json.exit, JSON.parse(json.stdout)[0].name]).toEqual([
    1,
    `${evil('check')}: count > 1000`,
  ])
  const texts = [sent(json), sent(await runHere(args, { env }))]
  for (const name of ['junit', 'gitlab', 'summary']) texts.push(readFileSync(path(name), 'utf8'))
  for (const text of texts) {
    expect(text).toContain('check')
    expect(ACTIVE.exec(text)).toBeNull()
  }
})

it.each([
  ['trace', TRACE],
  ['sql', "SELECT '##[error]own' AS stack"],
])('Markdown has no command of a CI runner: %j', async (...command) => {
  const { stdout } = await otrace(...command, '-o', 'markdown')
  expect(stdout).toContain('error')
  expect(stdout).not.toMatch(/^\s*::|##\[/m)
})

it.each([
  ['trace', TRACE, '--stack'],
  ['sql', "SELECT '::add-mask::own' AS error, '##vso[task.own]' AS b, '##teamcity[own]' AS c"],
  ['trace', '\n::error::own'],
])('the log of a CI runner has no command: %j', async (...command) => {
  const run = await runHere(command, { env: { ...env, TF_BUILD: 'True' } })
  expect(run.stdout + run.stderr).toContain('own')
  expect(run.stdout + run.stderr).not.toMatch(/^\s*::|##(?:vso|teamcity)?\[/m)
})

it('formats for programs keep commands of a CI runner', async () => {
  const asked = ['sql', "SELECT '::own' AS a", '-o', 'csv', '--no-header']
  const run = await runHere(asked, { env: { ...env, GITHUB_ACTIONS: 'true' } })
  expect(run.stdout.trim()).toBe('::own')
})

it('JSON keeps every character of a value', async () => {
  const { stdout } = await otrace('sql', 'SELECT any(name) AS name FROM spans', '--json')
  expect(JSON.parse(stdout)).toEqual([{ name: evil('name') }])
})

it.each([
  ['sql', `SELECT throwIf(1, name) FROM spans`],
  ['sql', `SELECT * FROM \`${EVIL}\``],
  ['slow', '--where', `nosuch('${EVIL}')`],
  ['slow', '--url', `http://${EVIL}`],
  ['slow', '--profile', EVIL],
  [EVIL],
])('errors: %j', async (...command) => {
  const run = await otrace(...command)
  expect(run.exit).toBeGreaterThan(1)
  expect(ACTIVE.exec(sent(run))).toBeNull()
})
