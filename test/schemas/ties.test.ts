/** Built-in queries give the same bytes for the same spans in any order. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { toJson } from '../../cli/output/output.ts'
import { defaults } from '../../cli/query/bind.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import { readQueryFiles } from '../../cli/query/files.ts'
import type { Cell } from '../../cli/result.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, startEngine, store } from './engine.ts'
import { expectedResults } from './expected.ts'
import { madeSpan } from './made.ts'
import { sourceOf, text } from './source.ts'
import { type Attributes, FROM, numbers, type Span } from './spans.ts'

const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
const PARTS = 6
/** Tables in turns, first many parts with two threads, then one part with one, and as many sizes of a block. */
const ROUNDS = process.env.OTRACE_LONG ? 20 : 2
/** For statements of hand-written commands. */
const FEW_ROUNDS = Math.min(ROUNDS, 4)
const folder = temporaryFolder()
let session: Session

/** Spans of few times, durations, ids and texts each, a quarter of them sampled by fractions. */
function tied(): Span[] {
  const random = numbers(11)
  const one = <T>(...values: T[]): T => values[Math.floor(random() * values.length)]!
  const id = (digits: number) => one('1', '2', '3', '4', '5').padStart(digits, '0')
  const NAMES = ['GET', 'GET /a', 'authentication', 'service_buy_product', 'service_buy_product']
  return Array.from({ length: 300 }, (_, i) => {
    const time = FROM + one(0n, 1n, 60_000_000_000n)
    const exception: Attributes = {
      'exception.type': one('', 'A', 'B'),
      'exception.message': one('', 'a', 'b'),
    }
    const event = () => ({ time, name: one('exception', 'login', ''), attributes: exception })
    return madeSpan({
      time,
      duration: one(200_000_000n, 300_000_000n),
      traceId: id(32),
      spanId: id(16),
      parentId: one('', id(16)),
      traceState: one('', '', 'ot=th:5555', 'ot=th:199999', 'ot=th:e666'),
      service: one('web', 'shop', 'bank'),
      name: one(...NAMES),
      kind: one(1, 2, 3),
      status: one(0, 2),
      statusMessage: one('', '', 'no', 'never'),
      resource: { 'host.name': one('a', 'b') },
      attributes: {
        'user.id': one('user-5', 'user-6', 'user-7'),
        'product.id': one('product-1', 'product-2'),
        'product.quantity': one('1', '0.1', '0.7', '1e3', '2', 'NaN', 'inf', '1e30'),
        'url.path': one('/a', '/b'),
        'http.response.status_code': one(0n, 200n, 401n, 404n, 500n),
        'process.pid': one(1n, 2n),
        'v8js.gc.minor.count': one(1n, 5n, 50n),
        'v8js.gc.minor.duration': one('0.1', '0.7', '1.3', 'NaN'),
        'v8js.memory.heap.used': one(1n, 2n),
        'service.instance.id': one('x', 'y'),
        'order.id': i % 5 === 0 ? 'none' : `order-${i}`,
      },
      events: one([], [event()], [event(), event()]),
    })
  })
}

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', tied())
  for (const table of ['parts', 'merged']) {
    session.query(`CREATE TABLE otel_map.${table} AS otel_map.otel_traces`)
    session.query(`SYSTEM STOP MERGES otel_map.${table}`)
    for (let part = 0; part < PARTS; part++)
      session.query(
        `INSERT INTO otel_map.${table} SELECT * FROM otel_map.otel_traces
        WHERE cityHash64(toString(tuple(*))) % ${PARTS} = ${table === 'parts' ? part : PARTS - 1 - part}
        ORDER BY cityHash64(toString(tuple(*)), '${table}')`,
      )
  }
  session.query('SYSTEM START MERGES otel_map.merged')
  session.query('OPTIMIZE TABLE otel_map.merged FINAL')
  const active = `SELECT table, count() FROM system.parts WHERE active AND database = 'otel_map'
    AND table IN ('parts', 'merged') GROUP BY table ORDER BY table`
  expect(session.query(active, 'TSV')).toBe(`merged\t1\nparts\t${PARTS}\n`)
})

afterAll(() => {
  session.close()
  folder.remove()
})

/** Few rows where a limit could choose among equals. */
const GIVEN: Record<string, Record<string, string>> = {
  slow: { over: '1ns', limit: '7' },
  errors: { everywhere: 'true', limit: '5' },
  events: { limit: '9' },
  journey: { user_id: 'user-5', limit: '7' },
  'auth-failures': { limit: '3' },
  operations: { by: 'product.quantity', limit: '7' },
  services: { by: 'product.quantity' },
  repeats: { most: '1', limit: '5' },
  top: { by: 'product.quantity', values: '2', sum: 'product.quantity' },
}

/** Asks a query of both tables, and expects the same rows each time. */
async function expectSame(
  sql: string,
  params: Parameters<typeof compose>[1],
  rounds = ROUNDS,
): Promise<void> {
  const seen = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const table = round % 2 === 0 ? 'parts' : 'merged'
    const settings = {
      max_threads: 1 + ((round + 1 + Math.floor(round / 2)) % 2),
      max_block_size: 32 + round,
    }
    const source = { ...sourceOf('otel-map'), table, settings }
    const rows = await ask(session, compose(sql, params, source))
    expect(rows).not.toEqual([])
    // What has no order is read as a set.
    seen.add(
      toJson((/ORDER BY/.test(sql) ? rows : rows.map((row) => toJson(row as Cell)).sort()) as Cell),
    )
  }
  const [first = '', ...others] = seen
  for (const other of others) expect(JSON.parse(other)).toEqual(JSON.parse(first))
}

it.each(Object.keys(expectedResults))('%s is the same each time', async (name) => {
  const query = queries.find((each) => each.name === name)!
  const params = defaults(query, GIVEN[name] ?? expectedResults[name]!.params)
  await expectSame(query.sql, params)
})

it.each<[string, Parameters<typeof compose>[1]]>([
  ['map/calls', { limit: 100 }],
  // More values of order.id than topK counts.
  ['attributes/keys', { limit: 100 }],
  ['attributes/values', { key: 'user.id', limit: 2 }],
  ['complete/values', { key: 'order.id', prefix: '', most: 40 }],
  ['why/events', { one_in: 1, most: 3 }],
  ['list/spans', { show: ['user.id'], order: 'newest', limit: 20 }],
  ['diff/sizes', { part: 0 }],
  ['diff/values', { part: 0, left_out: [], one_in: 1 }],
  [
    'diff/numbers',
    {
      ...{ part: 0, one_in: 1, durations: 1 },
      ...{ keys: ['product.quantity', 'v8js.gc.minor.duration'], resource_keys: [] },
    },
  ],
  ['diff/together', { part: 0, one_in: 1, hashes: ['1'], absent: ['0'] }],
  ['gate/weight', {}],
  ['gate/sample', { one_in: 1 }],
  ['gate/sample-ab', { one_in: 1 }],
  [
    'gate/counts',
    {
      ...{ start: String(FROM), step: '100000000000' },
      ...{ limits: ['250000000', '0'], levels: ['0.5'] },
    },
  ],
  ['gate/deprecated', { keys: ['user.id', 'product.id', 'url.path', 'order.id'] }],
  ['gate/operations', {}],
  ['doctor/mix', {}],
  ['trace/latest', {}],
  ['gate/summary', {}],
  ['gate/coverage', { keys: ['none', 'user.id'] }],
  ['trace/slowest', {}],
])('%s is the same each time', async (name, params) => {
  await expectSame(text(`internal/${name}.sql`), params, FEW_ROUNDS)
})

it.each(['newest-errors', 'newest-slow', 'slowest-operations', 'summary'])(
  'the panel %s is the same each time',
  async (name) => {
    await expectSame(text(`dashboards/${name}.sql`), { limit: 5 }, FEW_ROUNDS)
  },
)
