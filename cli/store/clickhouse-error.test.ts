/** Errors of a connection, as a user reads them. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { ClickHouseError } from '@clickhouse/client'
import { expect, it } from 'vitest'
import type { OtraceError } from '../errors.ts'
import { parseWhole, readSize } from '../units/parse.ts'
import { exceptionOf } from './answer.ts'
import { storeError } from './clickhouse-error.ts'

it('explains https at a port of http', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const error = await new Promise((resolve) =>
    get({ host: '127.0.0.1', port }).on('error', resolve),
  )
  server.close()
  expect(storeError(error, 'the place')).toMatchObject({
    exit: 3,
    message: 'cannot reach ClickHouse at the place: this port does not speak TLS',
    hint: 'use http://',
  })
})

it.each([
  ['Too many simultaneous queries. Maximum: 1', /wait longer with --timeout$/],
  ['6 statements ignore their limits and leave no room for others: restart otrace up', undefined],
])('of other statements: %s', (message, hint) => {
  const error = new ClickHouseError({ message, code: '202', type: 'TOO_MANY_SIMULTANEOUS_QUERIES' })
  const said = storeError(error, 'the place') as OtraceError
  if (hint === undefined) expect(said.hint).toBeUndefined()
  else expect(said.hint).toMatch(hint)
})

it('a regular expression is explained by the words of RE2', () => {
  const message =
    'OptimizedRegularExpression: cannot compile re2: (, error: missing ): (. Look at https://github.com/google/re2/wiki/Syntax for reference. Please note that …'
  const error = new ClickHouseError({ message, code: '427', type: 'CANNOT_COMPILE_REGEXP' })
  const { message: said } = storeError(error, 'the place') as Error
  expect(said).toBe('invalid regular expression: missing ): (')
})

it.each([
  ['the disk of the store is full.', 'make room on the disk'],
  ['the disk of the store cannot be written to.', /mounted read-only/],
  ['a file is in the place of a folder of the store.', /put the files back/],
  ['too many files are open.', /ulimit -n/],
  ["Cannot parse string 'the disk of the store is full' as UInt64.", undefined],
  ["Cannot parse string 'No space left on device' as UInt64.", undefined],
])('of the files of a store: %s', (message, hint) => {
  const error = new ClickHouseError({ message, code: '6', type: 'CANNOT_PARSE_TEXT' })
  const said = storeError(error, 'the place') as OtraceError
  if (hint === undefined) expect(said.hint).toBeUndefined()
  else expect(said.hint).toMatch(hint)
})

it.each([
  ['maximum: 60 seconds', 600, /allow more: --timeout 300s$/],
  ['maximum: 300 seconds', 600, /allow more: --timeout 600s$/],
  ['maximum: 600 seconds', 600, /the collector allows no more time$/],
  ['maximum: 600 seconds', undefined, /allow more: --timeout 3000s$/],
])('a timeout with %s, where %s s are allowed', (said, seconds, hint) => {
  const message = `Timeout exceeded: elapsed 1000 seconds, ${said}.`
  const error = new ClickHouseError({ message, code: '159', type: 'TIMEOUT_EXCEEDED' })
  const most = seconds === undefined ? {} : { seconds }
  expect(storeError(error, 'the place', most)).toMatchObject({
    exit: 4,
    hint: expect.stringMatching(hint),
  })
})

it.each([
  ['unable to verify the first certificate', 'http', '--tls-ca ca.pem'],
  ['self-signed certificate in certificate chain', 'https', '--tls-ca ca.pem'],
  ['error:0A00045C:SSL routines: certificate required: SSL alert number 116', 'https', '--tls-key'],
  ["Hostname/IP does not match certificate's altnames: Host: db", 'https', 'use a name that'],
  ['socket hang up', 'http', 'needs https://'],
  ['socket hang up', 'https', '8443)'],
])('%s: what to do at a place of %s', (text, protocol, hint) => {
  const error = storeError(new Error(text), `${protocol}://db:8123`)
  expect(error).toMatchObject({ exit: 3, hint: expect.stringContaining(hint) })
  expect((error as Error).message).not.toContain('SSL routines')
})

it('a column of spans is suggested where the statement reads them', () => {
  const message = 'Unknown expression identifier `servce` in scope SELECT servce FROM spans'
  const error = new ClickHouseError({ message, code: '47', type: 'UNKNOWN_IDENTIFIER' })
  const hint = (sql: string) => (storeError(error, 'the place', {}, sql) as OtraceError).hint
  expect(hint('WITH spans AS (SELECT 1) SELECT servce FROM spans')).toMatch(/mean service\?/)
  expect(hint('SELECT servce FROM otel_traces')).toMatch(/^see the columns/)
})

it('the type of an error is told from a word of the statement', () => {
  const text =
    'Code: 62. DB::Exception: Syntax error: failed at position 8 (INTO): INTO x. Expected end of query. (SYNTAX_ERROR) (version 26.7)'
  expect(exceptionOf(text)).toMatchObject({
    type: 'SYNTAX_ERROR',
    message: 'Syntax error: failed at position 8 (INTO): INTO x. Expected end of query. ',
  })
})

it('a text in double quotes is explained', () => {
  const message = 'Unknown expression or function identifier `my shop` in scope SELECT 1'
  const error = new ClickHouseError({ message, code: '47', type: 'UNKNOWN_IDENTIFIER' })
  const hint = (sql: string) => (storeError(error, 'the place', {}, sql) as OtraceError).hint
  expect(hint('SELECT 1 WHERE service = "my shop"')).toMatch(/in single quotes: 'my shop'; /)
  expect(hint('SELECT 1 WHERE service = `my shop`')).not.toContain('single quotes')
})

it.each([
  ['9.54 MiB', undefined, /allow more: --memory 20MB$/],
  ['2.00 GiB', 25e9, /allow more: --memory 4.29GB$/],
  ['2.00 GiB', 2.9e9, /allow more: --memory 2.9GB$/],
  ['1.21 GiB', 2 ** 31, /allow more: --memory 2.14GB$/],
  ['2.00 GiB', 2 ** 31, /fewer columns: the collector allows no more memory$/],
  ['1000.00 B', undefined, /allow more: --memory 2KB$/],
])('memory of %s, where %s bytes are allowed', (said, memory, hint) => {
  const message = `Query memory limit exceeded: would use 9 GiB (attempt), maximum: ${said}.`
  const error = new ClickHouseError({ message, code: '241', type: 'MEMORY_LIMIT_EXCEEDED' })
  const most = memory === undefined ? {} : { memory }
  const { hint: advised } = storeError(error, 'the place', most) as OtraceError
  expect(advised).toMatch(hint)
  const [, size] = /--memory (\S+)/.exec(advised!) ?? []
  if (size === undefined) return
  const limit = Number(parseWhole(said.replace(' ', ''), 'bytes'))
  expect(readSize('--memory', size)).toBeGreaterThan(limit)
  expect(readSize('--memory', size)).toBeLessThanOrEqual(memory ?? 2 * limit)
})

it('files of a store that were deleted are to be put back', () => {
  const message = 'files of otel_traces were deleted from …/store/abc/x/.'
  const error = new ClickHouseError({ message, code: '107', type: 'FILE_DOESNT_EXIST' })
  expect((storeError(error, 'the place') as OtraceError).hint).toMatch(/^put the files back/)
})

it('a position in bytes becomes one in characters', () => {
  const sql = "SELECT 'ééé', FRMO"
  const position = Buffer.from(sql).indexOf('FRMO') + 1
  const message = `Syntax error: failed at position ${position} (FRMO). Expected one of: FROM.`
  const error = new ClickHouseError({ message, code: '62', type: 'SYNTAX_ERROR' })
  const { statement } = storeError(error, 'the place', {}, sql) as OtraceError
  expect(statement).toEqual({ sql, position: sql.indexOf('FRMO') })
})

it.each([
  ['queries = 10001/10000', 3600, '10,000 queries in 1h'],
  ['queries = 2/1', 3600, '1 query in 1h'],
  ['query_selects = 3/2', 3600, '2 SELECTs in 1h'],
  ['execution_time = 7200.518393/7200', 3600, '2h of execution in 1h'],
  ['execution_time = 0.83/0.5', 60, '500 ms of execution in 1m'],
  ['read_bytes = 10000000001/10000000000', 86_400, '9.31 GiB read in 1d'],
  ['result_bytes = 1025/1024', 86_400, '1.00 KiB of results in 1d'],
  ['result_rows = 1e+06/100', 604_800, '100 rows of results in 7d'],
  ['read_rows = 2/1', 604_800, '1 row read in 7d'],
  ['errors = 2/1', 3600, '1 error in 1h'],
  ['later_things = 3/2', 3600, '2 later things in 1h'],
])('a quota that is used up says what, and until when: %s', (used, seconds, said) => {
  const quota = `Quota for user \`reader\` for ${seconds}s has been exceeded: ${used}. Interval will end at 2026-11-28 02:00:00. Name of quota template: \`otrace_reader\`. `
  for (const message of [quota, `Received from ch-2:9000. DB::Exception: ${quota}`]) {
    const error = new ClickHouseError({ message, code: '201', type: 'QUOTA_EXCEEDED' })
    expect(storeError(error, 'the place')).toMatchObject({
      exit: 4,
      message: `ClickHouse refused the query: the quota of reader is used up: ${said} (QUOTA_EXCEEDED 201)`,
      hint: "ask again after 2026-11-28 02:00:00 of the server's clock, or have the quota raised",
    })
  }
})

it('a quota in other words is refused with what the server says', () => {
  const error = new ClickHouseError({ message: 'Used up.', code: '201', type: 'QUOTA_EXCEEDED' })
  const { message, hint } = storeError(error, 'the place') as OtraceError
  expect(message).toBe('ClickHouse refused the query: Used up. (QUOTA_EXCEEDED 201)')
  expect(hint).toMatch(/^ask again when its interval has ended/)
})
