/** Answers of servers that are not ClickHouse, or mean harm. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OtraceError } from '../errors.ts'
import { openUrl, readAll } from './client.ts'

let answer: (response: ServerResponse) => void
let server: Server
beforeAll(async () => {
  server = createServer((request, response) => {
    let sent = ''
    request.on('data', (data) => {
      sent += data
    })
    request.on('end', () => {
      if (sent.includes('getSetting')) response.end('{"kept":1}\n')
      else answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => server.close())

async function ask(): Promise<unknown> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = openUrl({ url, place: 'it', limits: { seconds: 5, memory: undefined } })
  try {
    const { batches } = await store.ask({ sql: 'SELECT 1', params: {} })
    return await readAll(batches)
  } finally {
    await store.close()
  }
}

const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
const deep = `${'Array('.repeat(100_000)}UInt8${')'.repeat(100_000)}`

it.each<[string, string, RegExp]>([
  ['a page', '<html></html>\n</html>\n', /it does not answer like ClickHouse: Unexpected token/],
  ['an object of names', lines({ a: 1 }, ['String']), /not a list of names: \{"a":1\}/],
  ['null', lines(null, null), /not a list of names: null/],
  ['numbers as types', lines(['a'], [1], ['x']), /not a list of names: \[1\]/],
  ['a deep type', lines(['a'], [deep], [1]), /a type is nested too deeply/],
  ['names alone', lines(['a']), /it sent no names and types/],
  ['names cut off', '["a"', /it sent no names and types/],
  ['nothing', '', /it sent no names and types/],
  ['a broken row', `${lines(['a'], ['String'])}["x\n`, /it does not answer like ClickHouse/],
  [
    'a short row',
    lines(['a', 'b'], ['String', 'String'], ['x']),
    /a row has other columns than a, b/,
  ],
])('%s is not an answer of ClickHouse', async (_, text, said) => {
  answer = (response) => response.end(text)
  const refused = ask()
  await expect(refused).rejects.toThrow(said)
  await expect(refused).rejects.toBeInstanceOf(OtraceError)
})

it('a connection that ends within an answer is said', async () => {
  answer = (response) => {
    response.write(lines(['a'], ['String']))
    setTimeout(() => response.destroy(), 20)
  }
  await expect(ask()).rejects.toThrow('it ended the connection within its answer')
})

it('a redirect is not followed', async () => {
  answer = (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
  await expect(ask()).rejects.toThrow(/^it does not answer like ClickHouse$/)
})

it('odd numbers and headers do no harm', async () => {
  answer = (response) => {
    response.writeHead(200, {
      'x-clickhouse-summary': 'null',
      'x-otrace-retention': 'garbage',
      'x-otrace-memory': '-1',
    })
    response.end(lines(['a', 'b'], ['UInt64', 'Int256'], ['abc', '9'.repeat(200_000)]))
  }
  expect(await ask()).toEqual([{ a: 'abc', b: '9'.repeat(200_000) }])
})
