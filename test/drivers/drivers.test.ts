/** ClickHouse's drivers on the collector's endpoint, recorded and live. */
import { readFileSync } from 'node:fs'
import { ClickHouseError, createClient, type ResponseJSON } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unlz4 } from '../../collector/http/lz4.ts'
import { type Collector, start } from '../../collector/main.ts'
import { packageRoot } from '../../package.ts'
import { temporaryFolder } from '../folder.ts'
import { DRIVERS, drive, STATEMENTS } from './drivers.ts'
import { type Exchange, repeat, sha256, statementOf } from './exchange.ts'
import { fillStore } from './rows.ts'

const recorded: Exchange[] = JSON.parse(
  readFileSync(new URL('recorded.json', import.meta.url), 'utf8'),
)
const folder = temporaryFolder()
let collector: Collector
/** Columns of each table of the store. */
let store: Map<string, number>

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: folder.path, ...ports })
  await fillStore(collector)
  const sql =
    "SELECT table, count() FROM system.columns WHERE database = 'otel' GROUP BY table ORDER BY table"
  const asked = { method: 'POST', path: '/', headers: {}, body: `${sql} FORMAT JSONCompact` }
  const { bytes } = await repeat(collector.addresses.clickhouse, asked)
  const { data }: { data: [string, string][] } = JSON.parse(bytes.toString())
  store = new Map(data.map(([name, columns]) => [name, Number(columns)]))
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})

/** Fails unless these lines of a driver name every table of the store, with a row of all its columns. */
function expectWhole(lines: (string | undefined)[]): void {
  const [names, ...others] = lines
  expect(names?.split(' ')).toEqual([...store.keys()])
  const tables = STATEMENTS.flatMap((sql) => /^SELECT \* FROM (otel_\w+)/.exec(sql)?.[1] ?? [])
  expect(tables).toEqual([...store.keys()])
  expect(others).toEqual([
    ...tables.map((name) =>
      expect.stringMatching(new RegExp(`^rows [1-9]\\d* columns ${store.get(name)}$`)),
    ),
    ...['rows 1 columns 11', 'rows 1 columns 5', 'rows 3 columns 3', 'rows 1000 columns 2'],
    ...['error 47', 'error 62', 'error 164', 'error 395'],
  ])
}

describe.each(DRIVERS)('%s', (driver) => {
  const exchanges = recorded.filter((each) => each.driver === driver)
  it('read every table of the store and every type when it was recorded', () => {
    const lines = STATEMENTS.map((sql) => exchanges.find((each) => statementOf(each) === sql)?.read)
    expectWhole(lines)
  })

  it('gets the answers that it could read', async () => {
    for (const exchange of exchanges) {
      const { status, bytes } = await repeat(collector.addresses.clickhouse, exchange)
      expect({ status, body: exchange.body }).toEqual({
        status: exchange.status,
        body: exchange.body,
      })
      const found = exchange.sha256 === undefined ? {} : { sha256: sha256(bytes) }
      expect({ ...exchange, ...found }, exchange.body).toEqual(exchange)
      expect(bytes.length > 0 || exchange.body === '').toBe(true)
    }
  })

  // Where Go's modules, the Python package and JDBC's classes are installed.
  it.skipIf(!process.env.OTRACE_TEST_DRIVERS)(
    'itself reads every table and type (OTRACE_TEST_DRIVERS=1 runs it)',
    async () => {
      const port = Number(new URL(collector.addresses.clickhouse).port)
      expectWhole(await drive(driver, port))
    },
    120_000,
  )
})

it('@clickhouse/client reads every table and type', async () => {
  await using client = createClient({ url: collector.addresses.clickhouse, database: 'otel' })
  const lines: string[] = []
  for (const query of STATEMENTS) {
    try {
      const answer = await client.query({ query, format: 'JSONCompact' })
      const { data, meta = [] } = (await answer.json()) as ResponseJSON<string[]>
      const names = data.map(([name]) => name).join(' ')
      lines.push(query === 'SHOW TABLES' ? names : `rows ${data.length} columns ${meta.length}`)
    } catch (error) {
      lines.push(`error ${error instanceof ClickHouseError ? error.code : error}`)
    }
  }
  expectWhole(lines)
})

it('docs/clients.md says of these drivers that they are tested, and when others were tried', () => {
  const rows = readFileSync(new URL('docs/clients.md', packageRoot), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| client |'))
    .map((line) => line.split(' | '))
    .map(([client = '', , tried = '']) => ({ name: client.slice(2).split(/[ ,]/)[0], tried }))
  const tested = rows.filter(({ tried }) => tried.startsWith('by `npm test`'))
  const versions = DRIVERS.filter((driver) => !driver.includes(' ')).map((name) => {
    const agents = recorded.filter(({ driver }) => driver === name)
    const [agent = ''] = agents.map(({ headers }) => headers['user-agent'] ?? '')
    return { name, tried: `by \`npm test\`, recorded with ${/(?<=\/)\d[\d.]+/.exec(agent)}` }
  })
  const own = { name: '@clickhouse/client', tried: 'by `npm test`' }
  expect(new Set(tested)).toEqual(new Set([own, ...versions]))
  for (const { tried } of rows.filter((row) => !tested.includes(row))) {
    expect(tried).toMatch(/^by hand, \d{4}-\d\d-\d\d$|^not: /)
  }
})

const DOCUMENT = `concat('{"a":', toString(number), ',"b":{"c":"x"},"d":[{"e":1}]}')`

/** Without a fixed length: the data tells which types there are. */
const TYPES = [
  `number::Variant(UInt64, Array(String))`,
  `[NULL, 'x'::Variant(String, UInt8)]`,
  `multiIf(number = 0, NULL::Dynamic, number = 1, 'x'::Dynamic, [number]::Dynamic)`,
  `multiIf(number = 0, 1::Dynamic(max_types = 1), number = 1, 'x'::Dynamic(max_types = 1), 1.5::Dynamic(max_types = 1))`,
  `map('k', toLowCardinality(toString(number))::Dynamic)`,
  `${DOCUMENT}::JSON`,
  `${DOCUMENT}::JSON(a UInt32, max_dynamic_paths = 1, SKIP d)`,
  `[${DOCUMENT}::JSON, '{}'::JSON]`,
  ...[`tuple()`, `[tuple()]`],
]

describe('a client of a newer protocol reads', () => {
  const native = async (value: string, rows: number, settings: string) => {
    // The text behind it is found only where the length of the value is right.
    const body = `SELECT ${value} AS v, 'behind' AS b FROM numbers(${rows})`
    const path = `/?default_format=Native&max_block_size=100${settings}`
    const asked = { method: 'POST', path, headers: {}, body }
    const { status, bytes } = await repeat(collector.addresses.clickhouse, asked)
    expect(status, bytes.toString()).toBe(200)
    return bytes.length
  }

  it.each(TYPES)('%s', async (value) => {
    for (const written of [
      '',
      '&output_format_native_use_flattened_dynamic_and_json_serialization=1',
      '&output_format_native_write_json_as_string=1',
    ]) {
      const plain = await native(value, 250, written)
      // The info of each of three blocks, and a byte for each column.
      const read = await native(value, 250, `${written}&client_protocol_version=54460`)
      expect(read - plain).toBe(3 * (8 + 2))
    }
  })
})

it('a client that accepts LZ4 alone gets its frames, as the JDBC driver with HTTP compression', async () => {
  const { clickhouse } = collector.addresses
  for (const rows of [0, 1, 1_000_000]) {
    const asked = {
      method: 'POST',
      path: '/?enable_http_compression=1',
      headers: { 'accept-encoding': 'lz4' },
      body: `SELECT number FROM numbers(${rows})`,
    }
    const { headers, bytes } = await repeat(clickhouse, asked)
    expect(headers['content-encoding']).toBe('lz4')
    const text = (await unlz4(bytes, 2 ** 24)).toString()
    expect(text).toBe((await repeat(clickhouse, { ...asked, path: '/' })).bytes.toString())
  }
})

describe('without a password of its own, the endpoint', () => {
  const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`
  it.each([
    ['user=someone&password=word', {}],
    ['', { authorization: basic('someone:word') }],
    ['', { 'x-clickhouse-user': 'someone', 'x-clickhouse-key': 'word' }],
  ])('has no users with one: %s %j', async (login, headers) => {
    const asked = { method: 'POST', path: `/?${login}`, headers, body: 'SELECT 1' }
    const { status, bytes } = await repeat(collector.addresses.clickhouse, asked)
    expect([status, bytes.toString()]).toEqual([
      403,
      expect.stringMatching(/^Code: 516\. .* Authentication failed: password is incorrect/),
    ])
  })

  it.each([
    ['user=default&password=', {}],
    ['user=someone', {}],
    ['', { authorization: basic('default:') }],
    ['', { authorization: basic('default:null') }],
    ['', { 'x-clickhouse-user': 'default', 'x-clickhouse-key': '' }],
  ])('takes a login as ClickHouse does: %s %j', async (login, headers) => {
    const asked = { method: 'POST', path: `/?${login}`, headers, body: 'SELECT 1' }
    expect((await repeat(collector.addresses.clickhouse, asked)).status).toBe(200)
  })
})

describe('errors have the codes of ClickHouse', () => {
  it.each([
    [
      'hello there',
      '',
      62,
      400,
      'Syntax error: failed at position 1 (hello): hello there. Expected',
    ],
    ['', '', 62, 400, 'Empty query. (SYNTAX_ERROR)'],
    ['SELECT 1; SELECT 2', '', 62, 400, 'Syntax error (Multi-statements are not allowed)'],
    ["INSERT INTO otel_logs (Body) VALUES ('x')", '', 164, 500, 'Cannot execute query in readonly'],
    ['DROP TABLE otel_logs', '', 164, 500, 'Cannot execute query in readonly mode'],
    ['SET max_threads = 1', '', 164, 500, 'Cannot execute query in readonly mode'],
    ['SELECT missing', '', 47, 404, 'Unknown expression identifier `missing`'],
    ['SELECT 1 FROM missing', '', 60, 404, "Unknown table expression identifier 'missing'"],
    ['SELECT 1 FROM missing.t', '', 81, 404, 'Database missing does not exist'],
    ['SELECT 1 IN missing.t', '', 81, 404, 'Database missing does not exist'],
    ['DESCRIBE missing.t', '', 81, 404, 'Database missing does not exist'],
    ['SHOW TABLES FROM missing', '', 81, 404, 'Database missing does not exist'],
    ['SELECT 1', 'database=missing', 81, 404, 'Database missing does not exist'],
    ['SELECT missing(1)', '', 46, 404, 'Function with name `missing` does not exist'],
    ["SELECT CAST(1, 'Missing')", '', 50, 404, 'Unknown data type family: Missing'],
    ['SELECT 1 FORMAT Missing', '', 73, 404, 'Unknown format Missing'],
    ['SELECT 1', 'role=missing', 511, 404, 'There is no role `missing` in `user directories`.'],
    ['SELECT 1', 'missing=1', 115, 404, "Unknown setting 'missing'"],
    ['SELECT 1 SETTINGS missing = 1', '', 115, 404, "Unknown setting 'missing'"],
    ['SELECT 1', 'allow_ddl=0', 164, 500, "Cannot modify 'allow_ddl' setting in readonly mode"],
    ['SELECT 1', 'max_threads=many', 72, 400, 'Cannot parse the number many'],
    ['SELECT {x:UInt8}', '', 456, 500, 'Substitution `x` is not set'],
    ['SELECT {x:UInt8}', 'param_x=many', 457, 500, 'Value many cannot be parsed as UInt8'],
    ['SELECT * FROM system.users', '', 497, 403, 'table system.users is not allowed'],
    ['SELECT groupArray(number) FROM numbers(100000000)', 'max_memory_usage=10M', 241, 500, ''],
  ])('%s %s: %s', async (body, settings, code, status, text) => {
    const asked = { method: 'POST', path: `/?${settings}`, headers: {}, body }
    const plain = await repeat(collector.addresses.clickhouse, asked)
    expect([plain.status, plain.bytes.toString()]).toEqual([
      status,
      expect.stringContaining(`Code: ${code}. DB::Exception: ${text}`),
    ])
    expect(plain.headers['x-clickhouse-exception-code']).toBe(String(code))
    expect(plain.bytes.toString()).not.toContain('formatQuerySingleLine')
    if (settings !== '') return
    const framed = await repeat(collector.addresses.clickhouse, { ...asked, path: '/?compress=1' })
    // After a checksum: LZ4, and both sizes.
    expect(framed.bytes[16]).toBe(0x82)
    expect(framed.bytes.readUInt32LE(17)).toBe(framed.bytes.length - 16)
    expect(framed.bytes.readUInt32LE(21)).toBe(plain.bytes.length)
  })
})
