/**
 * Answers of servers that are not ClickHouse, or mean harm.
 *
 * One file: all of them are those of one server.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Duplex, pipeline, Readable, type Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OtraceError } from '../errors.ts'
import { openUrl, readAll, type StoreOptions } from './client.ts'

let answer: (response: ServerResponse) => void
/** Whether it answers for its status, as a collector does. */
let isAwake = false
let asked = 0
let server: Server
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/otrace/status') {
      asked++
      return void (isAwake && response.end('{}'))
    }
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

type Given = Partial<StoreOptions> & { seconds?: number }

const ask = async (given: Given = {}) => (await askTogether(1, given))[0]

async function askTogether(times: number, given: Given): Promise<unknown[]> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { seconds = 60, ...rest } = given
  const store = openUrl({ url, place: 'it', limits: { seconds, memory: undefined }, ...rest })
  const once = async () => readAll((await store.ask({ sql: 'SELECT 1', params: {} })).batches)
  try {
    return await Promise.all(Array.from({ length: times }, once))
  } finally {
    await store.close()
  }
}

const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
const deep = `${'Array('.repeat(100_000)}UInt8${')'.repeat(100_000)}`

it.each<[string, string, RegExp]>([
  [
    'a page',
    '<html></html>\n</html>\n',
    /it does not answer like ClickHouse: it sends a web page$/,
  ],
  ['an object of names', lines({ a: 1 }, ['String']), /not a list of names: \{"a":1\}/],
  ['null', lines(null, null), /not a list of names: null/],
  ['numbers as types', lines(['a'], [1], ['x']), /not a list of names: \[1\]/],
  ['a deep type', lines(['a'], [deep], [1]), /a type is nested too deeply/],
  ['names alone', lines(['a']), /it sent no names and types/],
  ['names cut off', '["a"', /it ended the connection in the middle of its response/],
  [
    'a row cut off',
    `${lines(['a'], ['UInt8'])}[1]\n[2]`,
    /it ended the connection in the middle of its response/,
  ],
  ['many columns', lines(Array(20_000).fill('a'), Array(20_000).fill('UInt8')), /: 20000 columns$/],
  [
    'a deep row',
    `${lines(['a'], ['JSON'])}[${'['.repeat(100_000)}${']'.repeat(100_000)}]\n`,
    /a value is nested too deeply/,
  ],
  [
    'a deep row of objects',
    `${lines(['a'], ['JSON'])}[${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}]\n`,
    /a value is nested too deeply/,
  ],
  [
    'a row of other words',
    `${lines(['a'], ['String'])}aborted\n`,
    /it does not answer like ClickHouse/,
  ],
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
  await expect(ask()).rejects.toThrow('it ended the connection in the middle of its response')
})

it('a redirect is not followed', async () => {
  answer = (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
  await expect(ask()).rejects.toThrow(
    /^it does not answer like ClickHouse: 307, a redirect to http:\/\/127\.0\.0\.1:1\/$/,
  )
})

it('odd numbers and headers do no harm', async () => {
  answer = (response) => {
    response.writeHead(200, {
      'x-clickhouse-summary': '{"read_rows":"x"}',
      'x-otrace-retention': 'garbage',
      'x-otrace-memory': '-1',
    })
    response.end(lines(['a', 'b'], ['UInt64', 'Int256'], ['abc', '9'.repeat(200_000)]))
  }
  expect(await ask()).toEqual([{ a: 'abc', b: '9'.repeat(200_000) }])
})

it('an odd summary is said', async () => {
  answer = (response) => response.writeHead(200, { 'x-clickhouse-summary': 'null' }).end(HEAD)
  await expect(ask()).rejects.toThrow('it does not answer like ClickHouse: it sends an odd head')
})

/** Writes the same bytes until the reader is gone. */
function endless(bytes: Buffer, ...through: [...Duplex[], Writable]): void {
  const source = Readable.from(
    (function* () {
      for (;;) yield bytes
    })(),
  )
  pipeline([source, ...through], () => undefined)
}

const LETTERS = Buffer.alloc(2 ** 20, 'a')
const HEAD = lines(['a'], ['String'])

it.each<[string, RegExp, (response: ServerResponse) => void]>([
  [
    'a row',
    /it sends a row of more than 64 MiB/,
    (response) => {
      response.write(`${HEAD}["`)
      endless(LETTERS, response)
    },
  ],
  ['names', /it sends a row of more than 64 MiB/, (response) => endless(LETTERS, response)],
  [
    'a compressed row',
    /it sends a row of more than 64 MiB/,
    (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      endless(LETTERS, createGzip(), response)
    },
  ],
  [
    'an error',
    /it does not answer like ClickHouse: 500 a{190,200}/,
    (response) => endless(LETTERS, response.writeHead(500)),
  ],
  [
    'an exception',
    /it aborted the response with an unreadable error/,
    (response) => {
      response.writeHead(200, { 'x-clickhouse-exception-tag': 'tag' })
      response.write(`${HEAD}\r\n__exception__\r\ntag\r\n`)
      endless(LETTERS, response)
    },
  ],
  [
    'rows',
    /it sends more rows than fit in memory at once/,
    (response) => {
      response.write(HEAD)
      endless(Buffer.from('["b"]\n'.repeat(10_000)), response)
    },
  ],
])('%s without an end', async (_, said, sends) => {
  answer = sends
  // Unpacking 64 MiB takes a busy machine a minute.
  await expect(ask({ mostKept: 2 ** 22, seconds: 200 })).rejects.toThrow(said)
})

it.each<[string, Record<string, string>, string]>([
  ['behind rows', {}, `["x"]\nCode: 241. DB::Exception: Too much. (MEMORY) (version 1)\n`],
  ['in a row', {}, '["x"]\n["Code: 1 Code: 241. DB::Exception: Too much. (MEMORY) (version 1)\n'],
  ['at the end of a row', {}, '["x"]\n["yCode: 241. DB::Exception: Too much. (MEMORY)'],
  [
    'in a frame behind rows',
    { 'x-clickhouse-exception-tag': 'tag' },
    '["x"]\n\r\n__exception__\r\ntag\r\nCode: 241. DB::Exception: Too much. (MEMORY)\n50 tag\r\n__exception__\r\n',
  ],
  [
    'in a frame in a row',
    { 'x-clickhouse-exception-tag': 'tag' },
    '["x"]\n["Code: 5. DB::Exception: a (TEXT)\r\n__exception__\r\ntag\r\nCode: 241. DB::Exception: Too much. (MEMORY)\n50 tag\r\n__exception__\r\n',
  ],
  [
    'of a cluster',
    {},
    'Code: 241. DB::Exception: Received from b:9000. DB::Exception: Too much. (MEMORY) (version 1)\n',
  ],
])('an exception %s is told', async (_, headers, text) => {
  answer = (response) => response.writeHead(200, headers).end(HEAD + text)
  await expect(ask()).rejects.toThrow(/^ClickHouse refused the query: Too much\. \(MEMORY 241\)$/)
})

it('an exception is told whose connection ends behind it', async () => {
  answer = (response) => {
    response.write(`${HEAD}["yCode: 241. DB::Exception: Too much. (MEMORY)`, () =>
      response.destroy(),
    )
  }
  await expect(ask()).rejects.toThrow(/Too much|ended the connection in the middle of its response/)
})

function begun(out: Writable, text: string): Writable {
  out.write(text)
  return out
}

it.each<[string, (response: ServerResponse) => Writable]>([
  ['a head', ({ socket }) => begun(socket!, 'HTTP/1.1 200 OK\r\na: ')],
  ['rows', (response) => begun(response, `${HEAD}["x"]\n["`)],
  ['an error', (response) => begun(response.writeHead(500), 'Code: ')],
])('%s without progress is not waited for', async (_, begin) => {
  const drips: NodeJS.Timeout[] = []
  answer = (response) => {
    const out = begin(response)
    drips.push(setInterval(() => out.write('1'), 10))
  }
  // The limit of a query, and five seconds for the way.
  await expect(ask({ seconds: -4.7 })).rejects.toThrow('it did not answer in time')
  for (const drip of drips) clearInterval(drip)
})

it('a collector that answers meanwhile lets a statement wait for others, but not forever', async () => {
  isAwake = true
  const limits = { seconds: -4.7, local: true }
  const answerAfter = (ms: number) => (response: ServerResponse) =>
    setTimeout(() => response.end(lines(['a'], ['UInt8'], [1])), ms).unref()
  answer = answerAfter(500)
  expect(await ask(limits)).toEqual([{ a: 1 }])
  answer = answerAfter(30_000)
  const began = performance.now()
  await expect(ask(limits)).rejects.toThrow('it did not answer in time')
  expect(performance.now() - began).toBeGreaterThan(1190)
  await expect(ask({ seconds: -4.7 })).rejects.toThrow('it did not answer in time')
  // In an engine of this command alone others may be its own.
  const own = { ...limits, after: async () => {} }
  asked = 0
  await expect(ask(own)).rejects.toThrow('it did not answer in time')
  expect(asked).toBe(0)
  answer = answerAfter(500)
  expect(await askTogether(2, own)).toEqual([[{ a: 1 }], [{ a: 1 }]])
})

it('a page with an error is one line', async () => {
  answer = (response) => response.writeHead(404).end('<!doctype html>\n<p>\n<b>\n')
  await expect(ask()).rejects.toThrow(/^it does not answer like ClickHouse: 404 a web page$/)
  answer = (response) => response.writeHead(502).end('upstream aborted\nwhy\n')
  await expect(ask()).rejects.toThrow(/^it does not answer like ClickHouse: 502 upstream aborted$/)
})

it('an error that resembles many exceptions is read once', async () => {
  const text = 'Code: 1 Exception: (AAA '.repeat(40_000)
  answer = (response) => response.writeHead(500).end(text)
  await expect(ask()).rejects.toThrow(/it does not answer like ClickHouse: 500 Code: 1 Exception/)
})

it('a head of megabytes is refused', async () => {
  answer = (response) => response.writeHead(200, { a: 'a'.repeat(2 ** 21) }).end()
  await expect(ask()).rejects.toThrow(/Header overflow/)
})
