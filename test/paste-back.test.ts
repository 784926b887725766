/**
 * Times, durations, sizes, rates, ids and names as printed are values that the flags take.
 *
 * One file: one store is filled for all values.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readInstant } from '../cli/options/window.ts'
import { bindParam } from '../cli/query/bind.ts'
import { readQueryFiles } from '../cli/query/files.ts'
import type { Param } from '../cli/query/query-file.ts'
import { parseInstant, unixNanos } from '../cli/trace/model/instant.ts'
import type { SpanRow } from '../cli/trace/model/span-row.ts'
import { parseUnit, readCount, readDuration } from '../cli/units/parse.ts'
import { formatUnit, type Unit } from '../cli/units/units.ts'
import { row } from './golden/trace/traces.ts'
import { type Run, runHere } from './otrace.ts'
import { remembering } from './remembering.ts'
import { storedTraces, traceRows } from './stored-traces.ts'

const NOW = '2026-11-22T18:00:00Z'
const ZONES = ['UTC', 'Asia/Kolkata', 'America/St_Johns']
const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
const { env: stored, send, sendRows, addresses } = storedTraces()
const env: Record<string, string> = { ...stored }
let answers: Awaited<ReturnType<typeof remembering>>
const zone = process.env.TZ
const MINUTE = 60e9

/** A trace of one server span with runtime counters, named after its method alone. */
function measured(id: string, at: number, took: number): SpanRow[] {
  const attributes = {
    'http.request.method': 'GET',
    'url.path': '/users/17/orders',
    'user.id': 'ada',
    'v8js.gc.minor.count': String(at / 1e9),
    'v8js.gc.minor.duration': String(at / 1e12),
    'v8js.memory.heap.used': String(1_572_864 + at / 1e6),
    'units.sold': '14405',
  }
  const given = { at, took, kind: 'server', attributes, service: 'odd\nname' }
  const events: [number, string, Record<string, string>][] = [
    [at + 5, 'log\tin', { 'session.id': 'ff00' }],
  ]
  return [{ ...row('root', '', 'GET', { ...given, events }), trace_id: id }]
}

/** What a span is called that has no name, or that of its method alone. */
const TITLES: [title: string, name: string, kind: string, attributes: Record<string, string>][] = [
  ['HTTP POST /carts/7/lines', 'HTTP POST', 'server', { 'http.target': '/carts/7/lines?a=1' }],
  ['PUT /carts/:id', 'PUT', 'server', { 'http.route': '/carts/:id', 'url.path': '/carts/8' }],
  ['POST bank.Bank/Pay', 'POST', 'server', { 'rpc.service': 'bank.Bank', 'rpc.method': 'Pay' }],
  ['DELETE /items', '', 'server', { 'http.request.method': 'DELETE', 'url.path': '/items' }],
  ['(no name) shop.Stock/Take', '', 'client', { 'rpc.method': 'shop.Stock/Take' }],
  ['(no name) orders', '', 'consumer', { 'messaging.destination.name': 'orders' }],
  ['(no name)', '', 'internal', {}],
  [
    'GET /mail/ada@example.com/items',
    ...(['GET', 'server', { 'url.path': '/mail/ada@example.com/items?page=2#top' }] as const),
  ],
  ['GET /through/a', 'GET', 'server', { 'http.target': 'http://proxy:8080/through/a?b' }],
  ['PING', 'PING', 'server', { 'url.path': '/ping' }],
]

const operationOf = (title: string) => title.replace(/(?<=\/)(?:7|[a-z]+@[a-z.]+)(?=\/)/, '{id}')

beforeAll(async () => {
  const golden = ['purchase', 'error', 'two-services', 'missing-parents'].map((name, i) =>
    traceRows(name, `aaaaaaaa${String(i).padStart(24, '0')}`),
  )
  const titled = TITLES.map(([, name, kind, attributes], i) => {
    const given = { at: 0, took: MINUTE, kind, attributes, service: 'titles' }
    const trace_id = `dddddddd${String(i).padStart(24, '0')}`
    return [{ ...row('root', '', name, given), trace_id }]
  })
  const counted = Array.from({ length: 12 }, (_, i) =>
    measured(`bbbbbbbb${String(i + 1).padStart(24, '0')}`, (i + 1) * MINUTE, (i + 1) * 11.7e9),
  )
  const unnamed = [
    row('root', '', 'first', { at: 0, took: 3e6, kind: 'internal', service: 'named' }),
    row('once', 'root', 'once', { at: 1e6, took: 2e6, kind: 'internal', service: '' }),
    row('last', 'once', 'last', { at: 1e6, took: 1e6, kind: 'server', service: 'named' }),
  ]
  const marked = [
    row('root', '', 'top', { at: 0, took: 3e6, kind: 'internal', service: 'named' }),
    row('once', 'root', 'twice', { at: 1e6, took: 2e6, kind: 'server', service: '"(other)"' }),
  ].map((one) => ({ ...one, trace_id: 'f'.repeat(32) }))
  const nameless = unnamed.map((one) => ({ ...one, trace_id: 'e'.repeat(32) }))
  await sendRows(...golden, ...titled, ...counted, nameless, marked)
  const record = {
    timeUnixNano: unixNanos(parseInstant(unnamed[0]!.time)!),
    body: { stringValue: 'alone' },
  }
  const resourceLogs = [{ scopeLogs: [{ logRecords: [record] }] }]
  await send(JSON.stringify({ resourceLogs }), 'logs')
  answers = await remembering(addresses().clickhouse)
  env.OTRACE_URL = answers.url
})

afterAll(() => {
  answers?.stop()
  process.env.TZ = zone
})

async function run(args: string[], now = NOW): Promise<Run> {
  const done = await runHere(args, { env: { ...env, COLUMNS: '200', OTRACE_NOW: now } })
  expect(done.stderr, args.join(' ')).not.toContain('otrace: ')
  return done
}
const jsonOf = async (args: string[]) =>
  JSON.parse((await run([...args, '--json'])).stdout) as Record<string, unknown>[]

const WINDOW = ['--since', '3h']
const WITH: Record<string, string[]> = {
  top: ['user.id', '--sum', 'units.sold'],
  journey: ['ada'],
  buyers: ['00000000-0000-4000-8000-000000000101'],
  slow: ['--over', '1ms'],
}
/** Commands whose output depends on the zone. */
const TIMED = ['slow', 'rps', 'gc']
/** One of two queries: a column is printed by its unit, and the units are below. OTRACE_LONG=1: all of them. */
const PRINTED = queries.filter(
  ({ name }, i) => i % 2 === 0 || TIMED.includes(name) || process.env.OTRACE_LONG,
)
const COMMANDS = [
  ...PRINTED.map(({ name }) => [
    name,
    ...(WITH[name] ?? []),
    ...(name === 'storage' ? [] : WINDOW),
  ]),
  ['spans', ...WINDOW, '--show', 'units.sold,v8js.memory.heap.used'],
  ['trace', 'aaaaaaaa000000000000000000000000', '--attributes'],
  ['trace', 'aaaaaaaa000000000000000000000001', '--stack'],
  ['trace', '--slowest', ...WINDOW],
  ['trace', '--latest', ...WINDOW, '--critical-path'],
  ['trace', '--latest', ...WINDOW, '-o', 'markdown'],
  ['flame', ...WINDOW],
  ['attributes', ...WINDOW],
  ['attributes', 'user.id', ...WINDOW],
  ['doctor', ...WINDOW],
  ['up', '--status'],
]

const now = BigInt(Date.parse(NOW)) * 1_000_000n
const over = { name: 'over', type: 'UInt64', unit: 'ns' } as Param
const TOKENS: [what: string, pattern: RegExp, read: (text: string) => unknown][] = [
  [
    'duration',
    /(?<![\w.])\d+(?:\.\d+)? ?(?:ns|µs|ms|s)\b|\b\d+m \d\ds\b|\b\d+h \d\dm\b|\b\d+d \d\dh\b|\b\d+ days\b/g,
    (text) => [readDuration('--since', text), bindParam(over, '--over', text)],
  ],
  ['size', /(?<![\w.])\d+(?:\.\d+)? ?(?:B|[KMGT]iB)\b/g, (text) => numberOf(text, 'bytes')],
  [
    'count',
    /(?<![\w.:,-])\d+(?:\.\d+)? ?[KM]\b(?! req)|\b\d{1,3}(?:,\d{3})+\b/g,
    (text) => readCount('--limit', text, 20),
  ],
  ['rate', /(?<![\w.])\d+(?:\.\d+)?[KM]? req\/s/g, (text) => numberOf(text, 'reqps')],
  ['share', /(?<![\w.<])\d+(?:\.\d+)?%/g, (text) => numberOf(text, 'percentunit')],
  [
    'time',
    /\b\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d+)?)?(?: ?(?:Z|[+-]\d\d:\d\d))?(?!\d)|(?<![\d:T+-])(?<!\d{4}-\d\d-\d\d )\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?![\d:])/g,
    (text) => readInstant('--from', text, now),
  ],
]

function numberOf(text: string, unit: Unit): number {
  const value = parseUnit(text, unit)
  if (value === undefined) throw new Error(`not a number in ${unit}: ${text}`)
  return value
}

describe.each(ZONES)('in %s', (timeZone) => {
  const seen = new Map<string, number>()
  const all = timeZone === 'UTC'
  const commands = all ? COMMANDS : COMMANDS.filter(([name = '']) => TIMED.includes(name))

  it.each(commands.map((args) => [args.join(' '), args] as const))(
    'flags read what is printed by %s',
    async (_, args) => {
      process.env.TZ = timeZone
      const { stdout, stderr } = await run(args)
      for (const [what, pattern, read] of TOKENS) {
        for (const [text] of `${stdout}\n${stderr}`.matchAll(pattern)) {
          expect(() => read(text), `${what} '${text}' in ${args.join(' ')}`).not.toThrow()
          seen.set(what, (seen.get(what) ?? 0) + 1)
        }
      }
    },
  )

  it('some of each kind', () => {
    const kinds = TOKENS.map(([what]) => what).filter((what) => what !== 'count' || all)
    expect([...seen.keys()].sort()).toEqual(expect.arrayContaining(kinds))
  })

  it('a printed time finds its span', async () => {
    process.env.TZ = timeZone
    const [span] = await jsonOf(['spans', ...WINDOW, '--limit', '1'])
    const { stdout: table, stderr } = await run(['spans', ...WINDOW, '--limit', '1'])
    expect(stderr).toContain('only the first row is shown: there are more, see --limit')
    const tree = (await run(['trace', String(span!.trace_id)])).stdout
    const cell = /\d\d:\d\d:\d\d\.\d{3}/.exec(table)![0]
    const header = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} (?:Z|[+-]\d\d:\d\d)/.exec(tree)![0]
    const start = BigInt(unixNanos(parseInstant(String(span!.time))))
    for (const [text, step] of [
      [cell, 1_000_000n],
      [header, 1000n],
    ] as const) {
      expect(readInstant('--from', text, now)).toBe(start - (start % step))
      const found = await jsonOf(['spans', '--from', text, '--limit', '100'])
      expect(found.map(({ span_id }) => span_id)).toContain(span!.span_id)
    }
  })
})

it('a time of day that is later than now is of the day before', async () => {
  const found = await runHere(['spans', '--from', '15:30:00.123', '--utc', '--json'], {
    env: { ...env, OTRACE_NOW: '2026-11-23T00:10:00Z' },
  })
  expect(JSON.parse(found.stdout).length).toBeGreaterThan(10)
})

it.each(['ns', 'bytes', 'short', 'reqps', 'percentunit', 's', 'ms'] as const)(
  'a number in %s is read back with its three digits, at any size',
  (unit) => {
    const most = unit === 'percentunit' ? 1 : unit === 'ns' ? 2 ** 53 : 1e12
    for (let value = unit === 'percentunit' ? 1e-4 : 1; value <= most; value *= 1.37) {
      const raw = unit === 'percentunit' ? value : Math.round(value)
      for (const text of [formatUnit(raw, unit), formatUnit(raw, unit).replaceAll(' ', '')]) {
        const back = parseUnit(text, unit)
        expect(Math.abs(back! - raw), `${raw} as ${text}`).toBeLessThanOrEqual(raw * 0.021)
      }
    }
  },
)

describe('names as printed choose what they name', () => {
  const shown = (cell: unknown) => JSON.stringify(cell).slice(1, -1)
  /** Values of a column are read alike. OTRACE_LONG=1: all. */
  const some = <T>(rows: T[]) => (process.env.OTRACE_LONG ? rows : rows.slice(0, 2))

  it('services and operations', async () => {
    for (const { service } of (await jsonOf(['services', ...WINDOW])).slice(0, 2))
      expect(await jsonOf(['spans', ...WINDOW, '--service', shown(service)])).not.toEqual([])
    const operations = await jsonOf(['operations', ...WINDOW])
    const isGrouped = ({ name }: Record<string, unknown>) => name === 'GET /users/{id}/orders'
    const others = operations.filter((one) => !isGrouped(one))
    for (const { name, spans } of [...operations.filter(isGrouped), ...others.slice(0, 3)]) {
      const args = [...WINDOW, '--name', shown(name), '--limit', '500']
      expect(await jsonOf(['spans', ...args]), String(name)).toHaveLength(Number(spans))
    }
  })

  it('spans without a service', async () => {
    const flags = [...WINDOW, '--service', '(absent)']
    expect(await jsonOf(['spans', ...flags])).toMatchObject([{ service: '', name: 'once' }])
    for (const args of [
      ...[['services'], ['spans'], ['spans', '-o', 'markdown'], ['logs'], ['logs', '-o', 'csv']],
      ...[['map'], ['map', '--flat'], ['map', '-o', 'mermaid']],
    ]) {
      const { stdout } = await run([...args, ...flags])
      expect(stdout, args.join(' ')).toMatch(
        args.includes('csv') ? /,,alone,/ : /\(absent\)|#40;absent#41;/,
      )
    }
    const trace = ['trace', 'e'.repeat(32)]
    const flame = ['flame', ...WINDOW, '--name', 'first']
    for (const args of [trace, [...trace, '--critical-path'], flame])
      expect((await run(args)).stdout, args.join(' ')).toMatch(/once \(absent\)/)
    expect((await run([...trace, '-o', 'markdown'])).stdout).toContain('of named, (absent);')
  })

  it('no service for the sum of many operations', async () => {
    expect((await run(['critical', ...WINDOW])).stdout).toMatch(/^– {2,}\(\d+ others\)/m)
  })

  it('a service that reads like a row of our own', async () => {
    const flags = [...WINDOW, '--service', '""(other)""']
    expect(await jsonOf(['spans', ...flags])).toMatchObject([{ service: '"(other)"' }])
    for (const args of [
      ['services'],
      ['operations'],
      ['spans', '-o', 'markdown'],
      ['map'],
      ['map', '--flat'],
    ])
      expect((await run([...args, ...flags])).stdout, args.join(' ')).toMatch(
        /(?<!")""\(other\)""(?!")/,
      )
    expect((await run(['trace', 'f'.repeat(32)])).stdout).toContain('twice ""(other)""')
  })

  it.each(TITLES.map(([title], i) => [title, i] as const))('%s', async (title, i) => {
    const id = `dddddddd${String(i).padStart(24, '0')}`
    const flags = [...WINDOW, '--service', 'titles']
    expect((await run(['trace', id])).stdout.split('  ')[0]).toBe(title)
    const found = await jsonOf(['spans', ...flags, '--name', title])
    expect(found.map(({ trace_id }) => trace_id)).toEqual([id])
    // The same condition in other commands: of a path, of a span without a name, and of one that has nothing.
    if (![0, 3, 6].includes(i) && !process.env.OTRACE_LONG) return
    const operations = await jsonOf(['operations', ...flags, '--name', title])
    expect(operations.map(({ name }) => name)).toEqual([operationOf(title)])
    const [slow] = await jsonOf(['slow', ...flags, '--name', title])
    expect(slow!.route).not.toBe('')
  })

  it('operations have the titles of their spans', async () => {
    const operations = await jsonOf(['operations', ...WINDOW, '--service', 'titles'])
    const titles = TITLES.map(([title]) => operationOf(title))
    expect(operations.map(({ name }) => String(name)).sort()).toEqual(titles.sort())
  })

  it('events, users, products and attributes', async () => {
    for (const { event } of await jsonOf(['events', ...WINDOW, '--limit', '2']))
      expect(await jsonOf(['spans', ...WINDOW, '--event', shown(event)])).not.toEqual([])
    for (const { user } of some(await jsonOf(['auth-failures', ...WINDOW])))
      if (user) expect(await jsonOf(['journey', String(user), ...WINDOW])).not.toEqual([])
    for (const { product_id } of some(await jsonOf(['top-products', ...WINDOW])))
      expect(await jsonOf(['buyers', String(product_id), ...WINDOW])).not.toEqual([])
    for (const { value, spans } of some(await jsonOf(['top', 'user.id', ...WINDOW])))
      if (!/^\(/.test(String(value)))
        expect(
          await jsonOf(['spans', ...WINDOW, '--attr', `user.id=${value}`, '--limit', '500']),
        ).toHaveLength(Number(spans))
  })

  it('ids open their trace', async () => {
    for (const { trace_id } of some(await jsonOf(['slow', '--over', '1ms', ...WINDOW])))
      expect((await run(['trace', String(trace_id)])).stdout).toContain(String(trace_id))
  })
})

it('the end of a window that otrace advises finds the newest span', async () => {
  const [far] = measured('cccccccc000000000000000000000001', 0, 1000)
  await sendRows([{ ...far!, time: '2106-02-06T23:47:16.500000000Z' }])
  const now = '2106-02-01T00:00:00Z'
  const { stderr } = await run(['slow', '--over', '1h'], now)
  const advised = /--from now --to (\S+?),/.exec(stderr)?.[1] ?? ''
  expect(advised, stderr).toBe('2106-02-06T23:47:17Z')
  for (const [to, ...commands] of [
    [advised, 'slow', 'rps', 'latency'],
    ['2262-04-11T23:47:17Z', 'services', 'rps', 'operations'],
  ] as const) {
    for (const command of commands) {
      const over = command === 'slow' ? ['--over', '1ns'] : []
      const found = await run([command, '--from', 'now', '--to', to, ...over, '--json'], now)
      expect(JSON.parse(found.stdout), `${command} to ${to}`).not.toEqual([])
    }
  }
})

describe('notes about the window', () => {
  it('rates say since when there are spans, changes that there is nothing before', async () => {
    for (const command of ['services', 'operations']) {
      const { stderr } = await run([command, '--from', '2026-11-22T05:00:00Z', '--utc'])
      expect(stderr).toContain('rates are over the whole window, whose first span is of 2026-11-22')
      const whole = await run([command, '--from', '2026-11-22T15:29:59Z', '--utc'])
      expect(whole.stderr).not.toContain('rates are over')
    }
    const { stderr } = await run(['top', 'user.id', '--from', '2026-11-22T15:00:00Z', '--utc'])
    expect(stderr).toContain('no change: the window before, from 2026-11-22 12:00:00 Z, is empty')
  })

  it('buckets of a day say that they are of UTC', async () => {
    process.env.TZ = 'Asia/Kolkata'
    const args = ['rps', '--since', '5d', '--bucket', '1d']
    expect((await run(args)).stderr).toContain('begin at midnight UTC')
    expect((await run([...args, '--utc'])).stderr).not.toContain('midnight')
    const hours = ['rps', '--since', '5d', '--bucket', '36h']
    expect((await run(hours)).stderr).not.toContain('midnight')
    process.env.TZ = 'Europe/London'
    expect((await run(args)).stderr).not.toContain('midnight')
    const summer = ['rps', '--from', '2026-10-20', '--bucket', '1d']
    expect((await run(summer)).stderr).toContain('begin at midnight UTC')
  })
})

it.each([
  ['<+0330>-3:30', ' Z', "TZ '<+0330>-3:30' is not the name of a zone: times are UTC"],
  ['Mars/Base', ' Z', "TZ 'Mars/Base' is not the name of a zone: times are UTC"],
  ['UTC+3', ' -03:00', undefined],
  ['GMT-2', ' +02:00', undefined],
  ['UTC0', ' Z', undefined],
  ['Asia/Tehran', ' +03:30', undefined],
])('the zone %s', async (name, offset, note) => {
  process.env.TZ = name
  const at = ['--from', '2026-11-22T00:00:00Z', '--to', '2026-11-23T00:00:00Z']
  const inZone = { ...env, COLUMNS: '200', OTRACE_NOW: NOW, TZ: name }
  const { stdout, stderr } = await runHere(['spans', ...at, '--limit', '2'], { env: inZone })
  expect(stdout.split('\n')[0]).toContain(offset)
  if (note === undefined) expect(stderr).not.toContain('zone')
  else expect(stderr.replaceAll(/\s+/g, ' ')).toContain(note)
  // A machine's form has no local times.
  const json = await runHere(['spans', '--limit', '2', '--json'], { env: inZone })
  expect(json.stderr).not.toContain('zone')
})

it.each([
  ['empty', ''],
  ['unset', undefined],
  ['unknown', 'No/Such'],
])('times are UTC where TZ is %s', async (_, name) => {
  if (name === undefined) delete process.env.TZ
  else process.env.TZ = name
  const { stdout, stderr, exit } = await run(['spans', ...WINDOW, '--limit', '2'])
  expect({ exit, stderr }).toMatchObject({ exit: 0 })
  if (name !== undefined) expect(stdout).toContain(' Z')
  expect(stdout).not.toContain('Invalid')
})
