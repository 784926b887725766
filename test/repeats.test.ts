/**
 * `otrace repeats` on planted loops, and the same loops in the findings of `otrace trace`.
 *
 * One file: its cases are asked of the query and of the trace.
 */
import { beforeAll, expect, it } from 'vitest'
import { runHere } from './otrace.ts'
import { runningCollector } from './running-collector.ts'

const MS = 1_000_000n
const { dataDir, send } = runningCollector()
const env = { OTRACE_DATA: dataDir, COLUMNS: '80', TZ: 'UTC' }
const day = BigInt(Date.now() - 600_000) * MS

const list = (map: Record<string, string>) =>
  Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }))

interface Call {
  name: string
  kind: number
  attributes: Record<string, string>
}

/** A request with calls of some ms below a function: one after another, or all at once. */
function request(nth: number, name: string, calls: Call[], atOnce = false, lasting = 2n) {
  const traceId = (nth + 1).toString(16).padStart(31, '0').padStart(32, 'a')
  const id = (k: number) => (nth * 100 + k + 1).toString(16).padStart(16, '0')
  const start = day + BigInt(nth) * 1000n * MS
  const at = (from: bigint, to: bigint) => ({
    startTimeUnixNano: String(start + from * MS),
    endTimeUnixNano: String(start + to * MS),
  })
  return [
    { traceId, spanId: id(0), name, kind: 2, ...at(0n, 100n) },
    { traceId, spanId: id(1), parentSpanId: id(0), name: `list ${name}`, kind: 1, ...at(0n, 99n) },
    ...calls.map(({ name, kind, attributes }, k) => {
      const from = atOnce ? 1n : BigInt(k * 2)
      return {
        ...{ traceId, spanId: id(k + 2), parentSpanId: id(1), name, kind },
        ...at(from, from + lasting),
        attributes: list(attributes),
      }
    }),
  ]
}

const select = (i: number): Call => ({
  name: 'SELECT products',
  kind: 3,
  attributes: { 'db.system': 'sqlite', 'db.statement': `SELECT * FROM products WHERE id = ${i}` },
})
const statement = (name: string, text = ''): Call => ({
  name,
  kind: 3,
  attributes: { 'db.system': 'sqlite', ...(text && { 'db.statement': text }) },
})
const get = (i: number): Call => ({
  name: 'GET',
  kind: 3,
  attributes: { 'http.request.method': 'GET', 'url.full': `http://stock/${i}` },
})
const times = (n: number, call: (i: number) => Call) => Array.from({ length: n }, (_, i) => call(i))

let sent = 0

beforeAll(async () => {
  const spans = [
    ...Array.from({ length: 8 }, (_, i) => request(i, '/products', times(i < 6 ? 16 : 1, select))),
    ...Array.from({ length: 4 }, (_, i) => request(20 + i, '/stock', times(12, get), true)),
    // Connections and transactions are not calls of an item each.
    ...[statement('sqlite.connect'), statement('COMMIT', 'COMMIT')].map((call, i) =>
      request(40 + i, `/${call.name}`, Array<Call>(9).fill(call)),
    ),
    // Marks in time, which take none.
    ...request(42, '/marks', times(9, select), false, 0n),
    ...Array.from({ length: 4 }, (_, i) => request(30 + i, '/few', times(3, select))),
  ].flat()
  sent = spans.length
  const resource = { attributes: list({ 'service.name': 'shop' }) }
  await send(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }))
})

it('lists a loop and a fan-out, with calls, share, time and an example', async () => {
  const { stdout, stderr } = await runHere(['repeats', '--since', '1h', '--json'], { env })
  expect(stderr).toBe('')
  const [loop, fan, ...more] = JSON.parse(stdout)
  expect(loop).toMatchObject({
    ...{ type: 'loop', service: 'shop', under: 'list /products', call: 'SELECT products' },
    ...{ calls_p50: 16, calls_p99: 16, traces: 6, samples: 6, share: 0.75 },
    ...{ query: 'SELECT * FROM products WHERE id = ?', time: 6 * 32e6, time_each: 32e6 },
  })
  expect(loop.trace_id).toMatch(/^a0+6$/)
  expect(fan).toMatchObject({ type: 'fan-out', call: 'GET', calls_p50: 12, share: 1, time: 8e6 })
  expect(more).toEqual([])
  const drawn = await runHere(['repeats', '--since', '1h'], { env: { ...env, COLUMNS: '160' } })
  expect(drawn.stdout).toMatch(/list \/products .* 16 +\(6\) 16 /)
})

it('fewer calls count with --most, and without any the spans are read twice', async () => {
  const most = (n: string) => ['repeats', '--since', '1h', '--most', n, '--json', '-v']
  expect(JSON.parse((await runHere(most('2'), { env })).stdout)).toHaveLength(3)
  // Once for the calls, once for the operations; and a few rows of the engine's own tables.
  const { stderr } = await runHere(most('99'), { env })
  expect(Number(/read (\d+) rows/.exec(stderr)?.[1])).toBeLessThan(2.5 * sent)
})

interface Repeated {
  name: string
  attributes?: Record<string, string>
  /** Functions between the request and the call. */
  below?: number
  /** The service that serves it. */
  served?: string
  kind?: number
  /** All calls at one time. */
  atOnce?: boolean
}

const sql = (text: string, system = 'postgresql'): Repeated => ({
  name: text.split(' ')[0]!,
  attributes: { 'db.system.name': system, 'db.query.text': text },
})
const http = (url: string): Repeated => ({
  name: 'GET',
  attributes: { 'http.request.method': 'GET', 'url.full': url },
})
const database = (key: string, value: string): Repeated => ({
  name: 'find',
  attributes: { 'db.system.name': 'mongodb', [key]: value },
})

const named = (name: string) => ({ ...sql(name, 'redis'), name })

const template = (i: number) => ({
  attributes: {
    'http.request.method': 'GET',
    'url.full': `http://m/${i}`,
    'url.template': i % 2 ? '/a/{id}' : '/b/{id}',
  },
})

/** A UUID without its first digit. */
const uuid = (i: number) =>
  `${(i * 19_088_743).toString(16).padStart(7, '0')}-1111-4222-8333-444455556666`

/** Calls of one request each: the nth of twelve calls of one request, and the sizes of the loops in them. */
const CASES: [what: string, call: (i: number) => Repeated, loops: number[]][] = [
  ['statements that differ by a number', (i) => sql(`SELECT * FROM m WHERE id = ${i}`), [12]],
  [
    'statements as names',
    (i) => ({ ...sql(`SELECT ${i}, b FROM m`), name: `SELECT ${i}, b FROM m` }),
    [12],
  ],
  [
    'fields of a key in Redis, as names',
    (i) => named(`HSET cart ${'abcdefghijk'[i] ?? '12'}`),
    [12],
  ],
  ['two statements', (i) => sql(`SELECT a FROM ${i % 2 ? 'person' : 'users'}`), [6, 6]],
  ['twelve tables', (i) => sql(`SELECT * FROM t${i} WHERE id = ?`), []],
  ['lists of any length', (i) => sql(`SELECT * FROM m WHERE id IN (${'1, '.repeat(i)}1)`), [12]],
  ['texts of MySQL', (i) => sql(`SELECT * FROM t WHERE n = "a${i}"`, 'mysql'), [12]],
  ['keys of Redis', (i) => sql(`GET session:${i}f${i}`, 'redis'), [12]],
  ['commands of MongoDB', (i) => sql(`{"find":"users","filter":{"_id":"x${i}"}}`, 'mongodb'), [12]],
  ['twelve databases', (i) => database('db.namespace', `d${i}`), []],
  ['twelve collections', (i) => database('db.collection.name', `c${i}`), []],
  ['paths of one server', (i) => http(`http://stock/items/${i}`), [12]],
  ['twelve routes', (i) => http(`http://stock/${'abcdefghijkl'[i]}`), []],
  ['twelve servers', (i) => http(`http://${'abcdefghijkl'[i]}/items`), []],
  ['two servers', (i) => ({ name: 'GET', served: i % 2 ? 'stock' : 'users' }), [6, 6]],
  ['a function below', (i) => ({ ...http(`http://stock/${i}`), below: 1 }), [12]],
  ['two functions below', (i) => ({ ...http(`http://stock/${i}`), below: 2 }), [12]],
  ['three functions below', (i) => ({ ...http(`http://stock/${i}`), below: 3 }), [12]],
  ['transactions', (i) => sql(i % 2 ? 'COMMIT' : 'BEGIN'), []],
  ['pings', () => sql('SELECT 1'), []],
  [
    'connections',
    () => ({ name: 'pg.connect', attributes: { 'db.system.name': 'postgresql' } }),
    [],
  ],
  ['pings without literals', () => sql('SELECT ?', 'mysql'), []],
  ['pings with a comment', () => sql('/* ping */ SELECT 1', 'mysql'), []],
  ['pings of Oracle', () => sql('SELECT 1 FROM DUAL', 'oracle.db'), []],
  ['pings with a comment behind', () => sql('SELECT 1 /* ping */;', 'mysql'), []],
  ['pings of H2', () => sql('VALUES (1)', 'h2database'), []],
  [
    'what drivers ask of a server',
    (i) =>
      sql(
        i % 2
          ? 'SELECT @@session.tx_isolation AS "level", @@sql_mode;'
          : "SELECT pg_catalog.set_config('search_path', 'a', false)",
      ),
    [],
  ],
  [
    'what drivers ask by functions',
    (i) => sql(['SELECT current_schema(), current_user', 'SELECT 1+1 AS `result`'][i % 2]!),
    [],
  ],
  [
    'what drivers ask by functions of systems',
    (i) => sql(['SELECT pg_catalog.version(), NOW(6)', 'SELECT LAST_INSERT_ID() AS id'][i % 2]!),
    [],
  ],
  ['functions of users', () => sql('SELECT dequeue()'), [12]],
  ['functions of users in a schema', () => sql('SELECT shop.now() AS job'), [12]],
  ['tests of SQLAlchemy', () => sql("SELECT CAST('a b' AS VARCHAR(60)) AS anon_1"), []],
  ['a comment alone', () => sql('-- ping'), []],
  ['numbers of a sequence', () => sql("SELECT nextval('s')"), [12]],
  ['a table with a short name', () => ({ ...sql(''), name: 'SELECT user' }), [12]],
  ['configurations of Redis', () => sql('CONFIG GET save', 'redis'), []],
  ['the end of transactions', (i) => sql(i % 2 ? 'END' : 'RESET ALL'), []],
  ['greetings of MongoDB', () => ({ ...database('db.namespace', 'admin'), name: 'hello' }), []],
  ['values set in Redis', (i) => sql(`SET session:${i}f${i} x`, 'redis'), [12]],
  [
    'calls with names of statements',
    (i) => ({ ...http(`http://m/${i}`), name: 'close order' }),
    [12],
  ],
  ['statements of such names', () => ({ ...sql('SELECT a FROM m'), name: 'fetch user' }), [12]],
  ['twelve ports', (i) => database('server.port', `${4000 + i}`), []],
  ['twelve databases of Redis', (i) => database('db.redis.database_index', `${i}`), []],
  ['twelve addresses', (i) => database('network.peer.address', `10.0.0.${i}`), []],
  ['twelve instances', (i) => database('db.mssql.instance_name', `i${i}`), []],
  ['twelve containers', (i) => database('db.cosmosdb.container', `c${i}`), []],
  ['two templates', (i) => ({ ...http(`http://m/${i}`), ...template(i) }), [6, 6]],
  ['at the same time', (i) => ({ ...http(`http://stock/${i}`), atOnce: true }), []],
  ['local functions', () => ({ name: 'work', kind: 1 }), []],
  [
    'UUIDs of Cassandra',
    (i) => sql(`SELECT * FROM u WHERE id = ${'0a9f'[i % 4]}${uuid(i)}`, 'cassandra'),
    [12],
  ],
  ['twelve buckets', (i) => database('aws.s3.bucket', `b${i}`), []],
  ['four of each', (i) => sql(`SELECT a FROM ${['one', 'two', 'three'][i % 3]}`), []],
]

const traceId = 'a'.repeat(32)
const ROOT = 'f'.repeat(16)

/** The spans of one request, with their services. */
function requestOf(nth: number, call: (i: number) => Repeated) {
  let made = 0
  const span = (parentSpanId: string, name: string, kind: number, from: number, to: number) => ({
    ...{ traceId, parentSpanId, name, kind },
    spanId: (nth * 1000 + ++made).toString(16).padStart(16, '0'),
    startTimeUnixNano: String(day + BigInt(from) * MS),
    endTimeUnixNano: String(day + BigInt(to) * MS),
    attributes: [] as object[],
  })
  const root = span(ROOT, `request ${nth}`, 2, 0, 100)
  const spans: [string, ReturnType<typeof span>][] = [['shop', root]]
  for (let i = 0; i < 12; i++) {
    const { name, attributes = {}, below = 0, served, kind = 3, atOnce } = call(i)
    const at: [number, number] = atOnce ? [1, 90] : [i * 8, i * 8 + 6]
    let parent = root
    for (let level = 0; level < below; level++) {
      parent = span(parent.spanId, `level ${level}`, 1, ...at)
      spans.push(['shop', parent])
    }
    const own = span(parent.spanId, name, kind, ...at)
    own.attributes = Object.entries(attributes).map(([key, stringValue]) => ({
      key,
      value: { stringValue },
    }))
    spans.push(['shop', own])
    if (served) spans.push([served, span(own.spanId, 'serve', 2, ...at)])
  }
  return spans
}

it('both find each loop once, with its calls and the span above it', async () => {
  const spans = CASES.flatMap(([, call], nth) =>
    requestOf(nth, call).flatMap(([service, one]): [string, typeof one][] => [
      [service, one],
      // In a trace of its own nothing else repeats.
      [service, { ...one, traceId: String(nth).padStart(32, 'b') }],
    ]),
  )
  const services = [...new Set(spans.map(([service]) => service))]
  const resourceSpans = services.map((service) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [{ spans: spans.filter(([own]) => own === service).map(([, one]) => one) }],
  }))
  await send(JSON.stringify({ resourceSpans }))
  const ask = async (...args: string[]) =>
    JSON.parse((await runHere([...args, '--json'], { env })).stdout)
  const rows: { type: string; under: string; calls_p50: number; traces: number }[] = await ask(
    ...['repeats', '--limit', '1000'],
  )
  const { findings }: { findings: { kind: string; count: number; message: string }[] } = await ask(
    ...['trace', traceId],
  )
  const named = findings
    .filter(({ kind }) => kind === 'n_plus_one')
    .map(({ count, message }) => `${count} under ${/under (request \d+)/.exec(message)?.[1]}`)
  const listed = rows
    .filter(({ type, under, traces }) => type === 'loop' && /^request/.test(under) && traces === 2)
    .map(({ calls_p50, under }) => `${calls_p50} under ${under}`)
  const planted = CASES.flatMap(([, , loops], nth) =>
    loops.map((calls) => `${calls} under request ${nth}`),
  )
  expect(named.sort()).toEqual(planted.sort())
  expect(listed.sort()).toEqual(planted)
})
