/**
 * The ClickHouse endpoint, with an unmodified @clickhouse/client and plain HTTP.
 *
 * One file: every exchange is with one running endpoint.
 */
import { mkdtempSync } from 'node:fs'
import { request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClickHouseError, ClickHouseLogLevel, createClient, TupleParam } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { cityHash128 } from './native/city-hash.ts'
import { compressedFrames } from './native/compressed.ts'
import { MOST_MEMORY, USUAL_MEMORY } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-endpoint-'))
/** After some megabytes and most of a second: on a busy machine at times before the first of them go out. */
const FAILS_LATE =
  'SELECT number, throwIf(number = 150000), arraySum(arrayMap(x -> x * number, range(1000))) FROM numbers(200000)'
const PATIENT = { timeout: 120_000 }
const SLOW = 'SELECT count() FROM numbers(100000000000) WHERE number % 7 = 3'
const FORM = { 'content-type': 'multipart/form-data; boundary=x' }
const PART = 'Content-Disposition: form-data; name="param_a"'
const form = (parts: number, head: string) =>
  `${`--x\r\n${head}\r\n\r\n1\r\n`.repeat(parts)}--x--\r\n`
let collector: Collector
let url: string

beforeAll(async () => {
  collector = await start({ dataDir: join(folder, 'data'), receive: false })
  url = collector.addresses.clickhouse
})
afterAll(async () => {
  await collector.stop()
  removeFolder(folder)
})

describe('an unmodified @clickhouse/client', () => {
  test('pings, either way', async () => {
    await using client = connect()
    expect(await client.ping()).toEqual({ success: true })
    expect(await client.ping({ select: true })).toEqual({ success: true })
  })

  test('reads rows as JSON, with their cost in the summary if it waits for the end', async () => {
    await using client = connect()
    const answer = await client.query({
      query: 'SELECT number FROM numbers(1000) WHERE number % 999 = 0',
      query_id: 'my-id',
      clickhouse_settings: { wait_end_of_query: 1 },
    })
    expect(await answer.json()).toMatchObject({ data: [{ number: 0 }, { number: 999 }], rows: 2 })
    expect(answer.query_id).toBe('my-id')
    expect(answer.response_headers).toMatchObject({
      'x-clickhouse-query-id': 'my-id',
      'x-clickhouse-format': 'JSON',
      'x-clickhouse-timezone': 'UTC',
      'content-type': 'application/json; charset=UTF-8',
    })
    const summary = JSON.parse(String(answer.response_headers['x-clickhouse-summary']))
    expect(summary).toMatchObject({ read_rows: '1000', read_bytes: '8000' })
    expect(Number(summary.elapsed_ns)).toBeGreaterThan(0)
    const early = await client.query({ query: 'SELECT 1' })
    expect(await early.json()).toMatchObject({ rows: 1 })
    expect(early.response_headers).not.toHaveProperty('x-clickhouse-summary')
  })

  test.each([
    ['String', "it's \\ a\ttab\nline", "it's \\ a\ttab\nline"],
    ['UInt64', '18446744073709551615', '18446744073709551615'],
    ['Int8', -5, '-5'],
    ['Float64', 0.25, '0.25'],
    ['Bool', true, 'true'],
    ['Nullable(String)', null, null],
    ['Array(String)', ["a'b", 'c'], "['a\\'b','c']"],
    ['Map(String, UInt8)', { a: 1 }, "{'a':1}"],
    ['Tuple(UInt8, String)', new TupleParam([1, 'x']), "(1,'x')"],
    ['Date', '2026-11-22', '2026-11-22'],
    ["DateTime64(9, 'UTC')", '2026-11-22 12:00:00.123456789', '2026-11-22 12:00:00.123456789'],
    ['DateTime64(3)', new Date(1_790_000_000_123), '2026-09-21 14:13:20.123'],
  ])('binds a parameter of type %s', async (type, value, text) => {
    for (const multipart of [false, true]) {
      await using client = connect({ use_multipart_params: multipart })
      const answer = await client.query({
        query: `SELECT toString({value:${type}}) AS text`,
        query_params: { value },
        format: 'JSONEachRow',
      })
      expect(await answer.json()).toEqual([{ text }])
    }
  })

  test('binds an identifier', async () => {
    await using client = connect()
    const answer = await client.query({
      query: 'SELECT count() AS n FROM {table:Identifier} WHERE {column:Identifier} = 1',
      query_params: { table: 'otel_traces', column: 'Duration' },
      format: 'JSONEachRow',
    })
    expect(await answer.json()).toEqual([{ n: 0 }])
  })

  test.each([
    'JSONEachRow',
    'JSONCompactEachRowWithNamesAndTypes',
    'TabSeparatedWithNames',
    'CSV',
    'CSVWithNames',
  ] as const)('streams many rows as %s, whole and once', async (format) => {
    await using client = connect({ compression: { response: true } })
    // More than the buffers on the way; the others differ in their lines alone.
    const many = format === 'JSONEachRow' ? 1_000_000 : 200_000
    const query = `SELECT number AS n FROM numbers(${many})`
    const answer = await client.query({ query, format })
    let lines = 0
    for await (const rows of answer.stream()) lines += (rows as unknown[]).length
    const head =
      { JSONEachRow: 0, CSV: 0, JSONCompactEachRowWithNamesAndTypes: 2 }[format as string] ?? 1
    expect(lines).toBe(many + head)
  })

  test('gets ClickHouse errors with code and type', async () => {
    await using client = connect()
    const error = await client.query({ query: 'SELECT nope' }).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ClickHouseError)
    expect(error).toMatchObject({ code: '47', type: 'UNKNOWN_IDENTIFIER' })
    const refused = await client
      .command({ query: 'DROP TABLE otel.otel_traces' })
      .catch((thrown) => thrown)
    expect(refused).toMatchObject({ code: '164', type: 'READONLY' })
  })

  test.each([
    ['DROP TABLE otel.otel_traces', 164, 500],
    ["KILL QUERY WHERE query_id = ''", 164, 500],
    ['SELECT 1 SETTINGS readonly = 0', 164, 500],
    ['SELECT length(1)', 43, 500],
    ['SELECT length()', 42, 500],
    ["SELECT file('/etc/passwd')", 497, 403],
    ['SELECT nope', 47, 404],
    ['SELECT nope(1)', 46, 404],
    ['SELECT 1 FROM nope.spans', 81, 404],
    ['SELECT', 62, 400],
    ["SELECT toUInt8('x')", 6, 400],
    ["SELECT toDate('x')", 38, 400],
    ["SELECT match('a', '(')", 427, 400],
    ['SELECT throwIf(1)', 395, 500],
  ])('answers %s with %i and the HTTP status of ClickHouse', async (sql, code, status) => {
    const answer = await fetch(url, { method: 'POST', body: sql })
    const said = await answer.text()
    expect([Number(answer.headers.get('x-clickhouse-exception-code')), said]).toEqual([
      code,
      expect.stringMatching(new RegExp(`^Code: ${code}\\. `)),
    ])
    expect(answer.status).toBe(status)
  })

  test('gets an error in the middle of a stream', async () => {
    await using client = connect()
    const query = () => client.query({ query: FAILS_LATE, format: 'JSONEachRow' })
    const answer = await vi.waitUntil(() => query().catch(() => undefined), PATIENT)
    expect(answer.response_headers['x-clickhouse-exception-tag']).toMatch(/^\w{16}$/)
    const error = await answer.json().catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ClickHouseError)
    expect(error).toMatchObject({
      code: '395',
      type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO',
      message: expect.stringMatching(/^Value passed to 'throwIf' function is non-zero/),
    })
  })

  test.each(['gzip', 'identity'])(
    'reads what is exact in an exception frame, %s',
    async (encoding) => {
      const ask = async () => {
        const answer = await fetch(`${url}/?enable_http_compression=1`, {
          method: 'POST',
          headers: { 'accept-encoding': encoding },
          body: `${FAILS_LATE} FORMAT TSV`,
        })
        return answer.ok && answer
      }
      const answer = await vi.waitUntil(ask, PATIENT)
      const tag = answer.headers.get('x-clickhouse-exception-tag')
      const text = await answer.text()
      const frame = text.slice(text.indexOf('\r\n__exception__'))
      const [, message, size] =
        new RegExp(
          `^\\r\\n__exception__\\r\\n${tag}\\r\\n(Code: 395[\\s\\S]*\\n)(\\d+) ${tag}\\r\\n__exception__\\r\\n$`,
        ).exec(frame) ?? []
      expect(message?.length).toBe(Number(size))
      expect(text.slice(0, -frame.length)).toMatch(/\n$/)
    },
  )

  test('switches are on as a word, too, as the .NET driver sends them', async () => {
    const ask = (name: string) =>
      fetch(`${url}/?${name}=true`, { method: 'POST', body: 'SELECT 1' })
    expect((await ask('enable_http_compression')).headers.get('content-encoding')).toBe('gzip')
    expect(Buffer.from(await (await ask('compress')).arrayBuffer())[16]).toBe(0x82)
  })

  test('an encoding that it does not read is named', async () => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-encoding': 'xz' },
      body: new Uint8Array([1, 2, 3]),
    })
    expect([answer.status, await answer.text()]).toEqual([
      415,
      expect.stringContaining('Content-Encoding xz is not supported'),
    ])
  })

  test('announces no exception where an answer has ended well before it goes out', async () => {
    await using client = connect()
    const answer = await client.query({ query: 'SELECT 1', format: 'JSONEachRow' })
    expect(answer.response_headers['x-clickhouse-exception-tag']).toBeUndefined()
  })

  test('stops the query when it goes away', async () => {
    await using client = connect()
    const away = new AbortController()
    const slow = client.query({
      query: SLOW,
      query_id: 'gone',
      abort_signal: away.signal,
    })
    await until(async () => (await running(client)) === 1)
    away.abort()
    await expect(slow).rejects.toThrow()
    await until(async () => (await running(client)) === 0)
  })

  test('kills a query by its id', async () => {
    await using client = connect()
    const slow = client.query({
      query: SLOW,
      query_id: 'kill-me',
    })
    const thrown = slow.catch((error) => error)
    await until(async () => (await running(client)) === 1)
    await client.command({ query: "KILL QUERY WHERE query_id = 'kill-me'" })
    expect(await thrown).toMatchObject({ type: 'QUERY_WAS_CANCELLED' })
  })

  test('kills only by an id, and only the statement with that id', async () => {
    await using client = connect()
    const limited = { query: SLOW, clickhouse_settings: { max_execution_time: 2 } }
    let thrown: Promise<unknown> | undefined
    // On a busy machine it may end before it is seen.
    for (let isSeen = false; !isSeen; ) {
      let hasEnded = false
      thrown = client
        .query(limited)
        .catch((error) => error)
        .finally(() => {
          hasEnded = true
        })
      while (!hasEnded && !isSeen) isSeen = (await running(client)) === 1
    }
    // Not the id under which the engine itself knows a statement, and none at all.
    const ids = await client.query({
      query: 'SELECT query_id AS id FROM system.processes',
      format: 'JSONEachRow',
    })
    for (const { id } of (await ids.json()) as { id: string }[])
      if (id) await client.command({ query: `KILL QUERY WHERE query_id = '${id}'` })
    const none = await fetch(url, { method: 'POST', body: "KILL QUERY WHERE query_id = ''" })
    expect(none.status).toBe(500)
    expect(await thrown).toMatchObject({ type: 'TIMEOUT_EXCEEDED' })
  })

  test('may not use an id twice at a time', async () => {
    await using client = connect()
    const slow = client.query({ query: SLOW, query_id: 'twice' })
    const thrown = slow.catch((error) => error)
    await until(async () => (await running(client)) === 1)
    const second = client.query({ query: 'SELECT 1', query_id: 'twice' })
    await expect(second).rejects.toMatchObject({ code: '216' })
    await client.command({ query: "KILL QUERY WHERE query_id = 'twice'" })
    expect(await thrown).toMatchObject({ type: 'QUERY_WAS_CANCELLED' })
    expect((await client.query({ query: 'SELECT 1', query_id: 'twice' })).query_id).toBe('twice')
  })

  test('waits while two statements run, and gets an error after a timeout', async () => {
    await using client = connect({ max_open_connections: 20 })
    const slow = ['a', 'b'].map((id) =>
      client.query({ query: SLOW, query_id: id }).catch((error) => error),
    )
    let impatient: Response | undefined
    await until(async () => {
      impatient = await fetch(`${url}/?max_execution_time=0.2`, {
        method: 'POST',
        body: 'SELECT 1',
      })
      return impatient.status !== 200
    })
    expect([impatient!.status, impatient!.headers.get('x-clickhouse-exception-code')]).toEqual([
      429,
      '202',
    ])
    const waiting = client.query({ query: 'SELECT 1', query_id: 'w' }).catch((error) => error)
    const patient = client.query({ query: 'SELECT 7 AS n', format: 'JSONEachRow' })
    await until(async () => {
      await client.command({ query: "KILL QUERY WHERE query_id = 'w'" })
      return Promise.race([
        waiting.then(() => true),
        new Promise<false>((r) => setTimeout(r, 20, false)),
      ])
    })
    expect(await waiting).toMatchObject({ type: 'QUERY_WAS_CANCELLED' })
    await client.command({ query: "KILL QUERY WHERE query_id = 'a'" })
    expect(await (await patient).json()).toEqual([{ n: 7 }])
    await client.command({ query: "KILL QUERY WHERE query_id = 'b'" })
    for (const each of slow) expect(await each).toMatchObject({ type: 'QUERY_WAS_CANCELLED' })
  })

  test('reads slowly without being in the way', async () => {
    await using client = connect()
    const readers = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        client.query({
          query: `SELECT number, '${name}' FROM numbers(3000000)`,
          format: 'JSONEachRow',
        }),
      ),
    )
    const answer = await client.query({ query: 'SELECT 1 AS n', format: 'JSONEachRow' })
    expect(await answer.json()).toEqual([{ n: 1 }])
    for (const each of readers) each.close()
  })

  test('run as short ones: nothing is compiled, and no comparison is derived from others', async () => {
    await using client = connect()
    const names = ['compile_expressions', 'optimize_and_compare_chain']
    const answer = await client.query({
      query: `SELECT ${names.map((name) => `getSetting('${name}') AS ${name}`).join(', ')}`,
      format: 'JSONEachRow',
    })
    expect(await answer.json()).toEqual([
      { compile_expressions: false, optimize_and_compare_chain: false },
    ])
  })

  test('may set limits below ours, and no others', async () => {
    await using client = connect()
    const slow = client.query({
      query: SLOW,
      clickhouse_settings: { max_execution_time: 1 },
    })
    await expect(slow).rejects.toMatchObject({ type: 'TIMEOUT_EXCEEDED' })
    const seconds = await client.query({
      query: "SELECT toUInt32(getSetting('max_execution_time')) AS s",
      clickhouse_settings: { max_execution_time: 100_000 },
      format: 'JSONEachRow',
    })
    expect(await seconds.json()).toEqual([{ s: 600 }])
    const refused = client.query({
      query: 'SELECT 1',
      clickhouse_settings: { readonly: '0', allow_ddl: true } as never,
    })
    await expect(refused).rejects.toMatchObject({ code: '164' })
    const memory = client.query({
      query: 'SELECT groupArray(number) FROM numbers(100000000)',
      clickhouse_settings: { max_memory_usage: '10000000' },
    })
    await expect(memory).rejects.toMatchObject({ type: 'MEMORY_LIMIT_EXCEEDED' })
    const sorted = await client.query({
      query:
        "SELECT number, repeat('x', 200) AS text FROM numbers(400000) ORDER BY sipHash64(number) LIMIT 1 OFFSET 399999",
      clickhouse_settings: { max_memory_usage: '60000000' },
      format: 'JSONEachRow',
    })
    expect(await sorted.json()).toHaveLength(1)
    const usual = availableParallelism()
    const allowed = { '1000': usual, '1e3': usual, auto: usual, 'auto(1)': usual, DEFAULT: usual }
    for (const [max_threads, expected] of Object.entries({ ...allowed, '1': 1, '+1': 1 })) {
      const threads = await client.query({
        query:
          "SELECT toUInt32(getSetting('max_threads')) AS n, toUInt32(getSetting('max_block_size')) AS b",
        clickhouse_settings: { max_threads: max_threads as never, max_block_size: '10000000' },
        format: 'JSONEachRow',
      })
      const [{ n, b }] = (await threads.json()) as [{ n: number; b: number }]
      expect(n).toBe(expected)
      expect(b).toBe(16_384)
    }
  })

  test.skipIf(MOST_MEMORY <= USUAL_MEMORY)(
    'waits where another may take more memory than usual, and keeps no third waiting',
    async () => {
      const ask = (body: string, more: Record<string, string>, signal?: AbortSignal) =>
        fetch(`${url}/?${new URLSearchParams(more)}`, { method: 'POST', body, signal })
      const stop = new AbortController()
      // Checked here, so that both begin before the third.
      await ask(SLOW, { max_execution_time: '0.1' })
      const large = [1, 2].map(() =>
        ask(SLOW, { max_memory_usage: '3Gi' }, stop.signal).catch(() => undefined),
      )
      await sleep(300)
      const small = await ask('SELECT 1', { max_execution_time: '20' })
      expect(await small.text()).toBe('1\n')
      stop.abort()
      await Promise.all(large)
    },
  )

  test.each(['TabSeparated', 'JSON'] as const)('gets no more %s than it may', async (format) => {
    // A byte in the engine, ten kilobytes in the answer.
    const query = `SELECT CAST(1 AS Enum8('${'a'.repeat(10_000)}' = 1)) AS e FROM numbers(20000)`
    const settings = { max_result_bytes: '1000000', max_block_size: '1000' }
    const answer = await fetch(
      `${url}/?${new URLSearchParams({ ...settings, default_format: format })}`,
      {
        method: 'POST',
        body: query,
      },
    )
    const text = await answer.text()
    expect(text.slice(-300)).toContain('TOO_MANY_ROWS_OR_BYTES')
    expect(text.length).toBeLessThan(12_000_000)
  })

  test('may name a session', async () => {
    await using client = connect({ session_id: 'a' })
    expect(
      await (await client.query({ query: 'SELECT 1 AS x', format: 'JSONEachRow' })).json(),
    ).toEqual([{ x: 1 }])
  })
})

describe('plain HTTP', () => {
  test('queryID() is the id that the client gave, or got', async () => {
    const names = ['queryID', 'query_id', 'currentQueryID', 'current_query_id', 'initialQueryID']
    const body = `SELECT ${names.map((name) => `${name}()`)}, 'queryID()' AS text, lower(queryID()) AS l,
      initial_query_id() AS i FROM (SELECT queryID()) WHERE query_id() != '' FORMAT JSONCompactEachRowWithNames`
    for (const id of ["o'Hara \\ 1", '']) {
      const answer = await fetch(`${url}/?${new URLSearchParams({ query_id: id })}`, {
        method: 'POST',
        body,
      })
      const told = answer.headers.get('x-clickhouse-query-id')!
      if (id !== '') expect(told).toBe(id)
      const [columns, row] = (await answer.text()).trim().split('\n')
      expect(JSON.parse(columns!)).toEqual([...names.map((name) => `${name}()`), 'text', 'l', 'i'])
      const ids = names.map(() => told)
      expect(JSON.parse(row!)).toEqual([...ids, 'queryID()', told.toLowerCase(), told])
    }
  })

  test('session_check finds the sessions that were used and are not closed', async () => {
    const ask = async (parameters: object, sql = 'SELECT 1') => {
      const query = new URLSearchParams({ query: sql, ...parameters })
      const answer = await fetch(`${url}/?${query}`)
      return [answer.headers.get('x-clickhouse-exception-code'), (await answer.text()).slice(0, 80)]
    }
    const check = { session_id: 'kept', session_check: '1' }
    const missing = ['372', expect.stringContaining('Session kept not found. (SESSION_NOT_FOUND)')]
    expect(await ask(check)).toEqual(missing)
    // A statement that fails opens it, too.
    expect(await ask({ session_id: 'kept' }, 'SELECT nothing')).toMatchObject([
      '47',
      expect.any(String),
    ])
    expect(await ask(check)).toEqual([null, '1\n'])
    expect(await ask({ ...check, session_id: 'other' })).toMatchObject(['372', expect.any(String)])
    expect(await ask({ ...check, close_session: '1' })).toEqual([null, '1\n'])
    expect(await ask(check)).toEqual(missing)
    await ask({ session_id: 'kept', session_timeout: '0' })
    expect(await ask(check)).toEqual(missing)
    expect(await ask({ session_check: '1' })).toEqual([null, '1\n'])
    for (const session_timeout of ['x', '-1', '3601'])
      expect(await ask({ session_id: 'kept', session_timeout })).toMatchObject([
        '374',
        expect.any(String),
      ])
  })

  test('GET with the query in the URL, TabSeparated by default', async () => {
    const answer = await fetch(`${url}/?query=SELECT%201,2`)
    expect([answer.status, await answer.text()]).toEqual([200, '1\t2\n'])
    expect(answer.headers.get('content-type')).toBe('text/tab-separated-values; charset=UTF-8')
  })

  test('the format of a header, of a parameter, of the statement', async () => {
    const statement = { method: 'POST', body: 'SELECT 1 AS x' }
    expect(await (await fetch(`${url}/?default_format=JSONEachRow`, statement)).text()).toBe(
      '{"x":1}\n',
    )
    const header = { 'x-clickhouse-format': 'CSV' }
    expect(
      await (await fetch(`${url}/?default_format=JSON`, { ...statement, headers: header })).text(),
    ).toBe('1\n')
    expect(
      await (
        await fetch(url, {
          method: 'POST',
          body: 'SELECT 1 AS x FORMAT JSONEachRow',
          headers: header,
        })
      ).text(),
    ).toBe('{"x":1}\n')
  })

  test.each([
    'Native',
    'Parquet',
    'RowBinary',
    'ArrowStream',
    'JSON',
    'XML',
    'Pretty',
    'Vertical',
    'Null',
    'JSONColumns',
    // Of clickhouse-odbc, which knows no other.
    'ODBCDriver2',
  ])('answers in format %s', async (format) => {
    const answer = await fetch(`${url}/?default_format=${format}`, {
      method: 'POST',
      body: 'SELECT 1 AS x',
    })
    expect([answer.status, answer.headers.get('x-clickhouse-format')]).toEqual([200, format])
  })

  test.each([
    ['a query_id with a line of its own', '/?query=SELECT%201&query_id=a%0d%0ab', {}],
    ['a multipart body that is none', '/', FORM],
    [
      'a form with a long head',
      '/?query=SELECT%201',
      FORM,
      form(1, `${'a: b\r\n'.repeat(999)}${PART}`),
    ],
    ['a form of many parts', '/?query=SELECT%201', FORM, form(1001, PART)],
    [
      'a form of many ends',
      '/?query=SELECT%201',
      FORM,
      '--x--'.repeat(1002),
      'may have 1000 parts',
    ],
    [
      'a form of many parts under another spelling of its boundary',
      '/?query=SELECT%201',
      { 'content-type': 'multipart/form-data; aboundary=y; BOUNDARY=x ; a=b' },
      form(1001, PART),
    ],
    [
      'an external table',
      '/?query=SELECT%201',
      FORM,
      form(1, PART.replace('param_a"', 'a"; filename="a"')),
    ],
    ['a name of a parameter that is none', '/?query=SELECT%201&param_a%20b=1', {}],
  ])('%s is a bad request', async (_, path, headers, body = 'nothing', said = '') => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', body, headers })
    expect(await answer.text()).toContain(said)
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([400, '36'])
  })

  test('an empty query_id is ignored, and the path // is accepted', async () => {
    const answer = await fetch(`${url}/?query=SELECT%201&query_id=`)
    expect(answer.headers.get('x-clickhouse-query-id')).toMatch(/^[\da-f-]{36}$/)
    expect(await status('//', {})).toBe(200)
    expect(await status('//?query=SELECT%201', {})).toBe(200)
  })

  test('a statement beyond the size limit is not parsed', async () => {
    const answer = await fetch(url, { method: 'POST', body: `SELECT ${'1,'.repeat(200_000)}1` })
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('a statement may have 262144 characters'),
    ])
    const long = await fetch(url, { method: 'POST', body: `SELECT ${' '.repeat(100_000)}1` })
    expect(await long.text()).toBe('1\n')
  })

  // The engine's own print of them is longer than its usual limit, in bytes.
  test.each([
    ['of the most characters', `SELECT length('${'x'.repeat(262_144 - 17)}')`, '262127'],
    ['of characters of two bytes', `SELECT length('${'é'.repeat(200_000)}')`, '400000'],
  ])('a statement %s runs', async (_, body, answer) => {
    expect(await (await fetch(url, { method: 'POST', body })).text()).toBe(`${answer}\n`)
  })

  test('/ping and / answer Ok, and unknown formats and settings are named', async () => {
    expect(await (await fetch(`${url}/ping`)).text()).toBe('Ok.\n')
    expect(await (await fetch(url)).text()).toBe('Ok.\n')
    const format = await fetch(`${url}/?default_format=Nope`, { method: 'POST', body: 'SELECT 1' })
    expect([format.status, format.headers.get('x-clickhouse-exception-code')]).toEqual([404, '73'])
  })

  test('other paths without a statement, and other methods, get a sentence', async () => {
    const told = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${url}${path}`, init)
      return `${answer.status} ${await answer.text()}`
    }
    for (const path of ['/health', '/nothing?database=otel', '/play', '/play?query=SELECT+1'])
      expect(await told(path)).toMatch(/^404 There is no handle \/\w+\n\nUse \/ or \/ping/)
    expect(await told('/replicas_status')).toBe('200 Ok.\n')
    expect(await told('/nothing?query=SELECT+1')).toBe('200 1\n')
    for (const method of ['PUT', 'DELETE', 'OPTIONS'])
      expect(await told('/', { method })).toBe(
        `405 ${method} is not allowed here\n\nSend statements by POST, or by GET as /?query=\n`,
      )
  })

  test('settings without effect are taken, from the address and from the statement', async () => {
    const errors = 'http_write_exception_in_output_format'
    const sent = `use_query_cache=1&enable_json_type=1&connect_timeout=5&replace_running_query=1&add_http_cors_header=1&${errors}=0`
    const sql = 'SELECT 1 SETTINGS async_insert = 1, max_bytes_before_external_sort = 1'
    const answer = await fetch(`${url}/?${sent}`, { method: 'POST', body: sql })
    expect(await answer.text()).toBe('1\n')
    const inRows = await fetch(`${url}/?${errors}=1`, { method: 'POST', body: 'SELECT 1' })
    expect(inRows.headers.get('x-clickhouse-exception-code')).toBe('164')
  })

  test.each([1000, 20_000])('a list of %d ids is a parameter', async (count) => {
    const ids = Array.from({ length: count }, (_, i) => `'${String(i).padStart(32, 'a')}'`)
    const sql = 'SELECT length({ids:Array(String)})'
    const list = `[${ids}]`
    const form = new FormData()
    form.set('query', sql)
    form.set('param_ids', list)
    const sent =
      count === 1000 ? [`${url}/?${new URLSearchParams({ query: sql, param_ids: list })}`] : []
    for (const address of [...sent, url]) {
      const init = address === url ? { method: 'POST', body: form } : {}
      expect(await (await fetch(address, init)).text()).toBe(`${count}\n`)
    }
  })

  test('settings that HyperDX sends with every query are taken', async () => {
    const plans =
      `query_plan_optimize_lazy_materialization query_plan_max_limit_for_lazy_materialization
      use_skip_indexes_for_top_k query_plan_max_limit_for_top_k_optimization use_top_k_dynamic_filtering
      use_skip_indexes_on_data_read use_skip_indexes_for_disjunctions`.split(/\s+/)
    const codeWith = async (settings: string[]) => {
      const sent = settings.map((name) => (name.includes('=') ? name : `${name}=1`)).join('&')
      const answer = await fetch(`${url}/?${sent}`, { method: 'POST', body: 'SELECT 1' })
      return answer.headers.get('x-clickhouse-exception-code')
    }
    expect(await codeWith(['allow_experimental_analyzer', ...plans])).toBeNull()
    expect(await codeWith(['allow_experimental_analyzer=0'])).toBe('164')
  })

  test.each([
    [
      'DESC otel_logs SETTINGS describe_compact_output = 1',
      /^Timestamp\tDateTime64\(9\)\nTraceId\tString\n/,
    ],
    [
      'SELECT sum(number) FROM numbers(0) SETTINGS aggregate_functions_null_for_empty = 1',
      /^\\N\n$/,
    ],
    ['SELECT 5 IN (SELECT number FROM numbers(9)) SETTINGS max_rows_in_set = 2', /^Code: 191\./],
    ['USE otel', /^$/],
    ['USE `default`', /^$/],
    ['USE system', /^Code: 164\./],
    ['USE missing', /^Code: 81\./],
    ["SELECT true SETTINGS bool_true_representation = {'a':'b'} FORMAT CSV", /not a map/],
    ['SELECT 1 SETTINGS max_threads = {}', /not a map/],
    ["SELECT 1 SETTINGS additional_table_filters = {'a':'b'}", /^Code: 164\./],
    ['SELECT true SETTINGS bool_true_representation = {x:String} FORMAT CSV', /^Code: 164\./],
    ['SELECT 1 SETTINGS max_threads = {x:UInt8}', /^Code: 164\./],
    ["SELECT count(), 'processes' FROM system.processes WHERE query_id = queryID()", /^1\t/],
    [
      "SELECT readonly, 'FROM system.settings' FROM system.settings WHERE name = 'max_threads'",
      /^0\tFROM system\.settings\n$/,
    ],
    ["SELECT queryID() = 'mine', 'queryID() of system.processes'", /^1\tqueryID\(\) of system/],
  ])('%s', async (body, expected) => {
    const answer = await fetch(`${url}/?param_x=3&query_id=mine`, { method: 'POST', body })
    expect(await answer.text()).toMatch(expected)
  })

  test('a statement in compressed frames is read, and a damaged one refused', async () => {
    const post = async (body: Buffer) => {
      const answer = await fetch(`${url}/?decompress=1`, { method: 'POST', body })
      return (await answer.text()).slice(0, 9).trim()
    }
    expect(await post(compressedFrames(Buffer.from('SELECT 40 + 2')))).toBe('42')
    // liblz4's block of SELECT length('abab…') with 80 characters: a match that overlaps itself.
    const block = Buffer.from('ff0253454c454354206c656e67746828276162020038506261622729', 'hex')
    const framed = (method: number, data: Buffer, size: number) => {
      const head = Buffer.from([method, 0, 0, 0, 0, 0, 0, 0, 0])
      head.writeUInt32LE(9 + data.length, 1)
      head.writeUInt32LE(size, 5)
      const content = Buffer.concat([head, data])
      return Buffer.concat([cityHash128(content), content])
    }
    expect(await post(framed(0x82, block, 97))).toBe('80')
    expect(await post(framed(0x02, Buffer.from('SELECT 7'), 8))).toBe('7')
    expect(await post(framed(0x82, block, 96))).toBe('Code: 271')
    expect(await post(framed(0x95, block, 97))).toBe('Code: 89.')
    expect(await post(framed(0x82, block, 2 ** 30))).toBe('Code: 131')
    expect(await post(Buffer.alloc(2 ** 21))).toBe('Code: 131')
    expect(await post(framed(0x82, block, 97).fill(0, 0, 1))).toBe('Code: 40.')
    expect(await post(framed(0x82, block, 97).subarray(0, 30))).toBe('Code: 33.')
  })

  test.each([
    [{ host: 'evil.example:8123' }],
    [{ origin: 'http://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
  ])('what web pages send is refused: %j', async (headers) => {
    expect(await status('/?query=SELECT%201', headers)).toBe(403)
    expect(await status('/?query=SELECT%201', { host: 'localhost:8123' })).toBe(200)
    expect(await status('/?query=SELECT%201', { 'sec-fetch-site': 'none' })).toBe(200)
  })

  test('two Host headers are refused, and no answer may be taken for a script', async () => {
    const { hostname, port, host } = new URL(url)
    const socket = connectTcp(Number(port), hostname)
    socket.end(
      `GET /?query=SELECT%201 HTTP/1.1\r\nHost: ${host}\r\nHost: evil\r\nConnection: close\r\n\r\n`,
    )
    let text = ''
    for await (const chunk of socket) text += chunk
    expect(text).toMatch(/^HTTP\/1\.1 40[03] /)
    expect((await fetch(url)).headers.get('x-content-type-options')).toBe('nosniff')
    const refused = await fetch(`${url}/?query=nope`)
    expect(refused.headers.get('x-content-type-options')).toBe('nosniff')
  })
})

function connect(options: Parameters<typeof createClient>[0] = {}) {
  return createClient({ url, log: { level: ClickHouseLogLevel.OFF }, ...options })
}

/** fetch() cannot change the Host header. */
function status(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode!)
    })
      .on('error', reject)
      .end()
  })
}

async function running(client: ReturnType<typeof connect>): Promise<number> {
  const answer = await client.query({
    query: 'SELECT count() AS n FROM system.processes WHERE total_rows_approx = 100000000000',
    format: 'JSONEachRow',
  })
  return Number(((await answer.json()) as { n: number }[])[0]!.n)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}
