/**
 * `otrace copy` and `otrace send`: what a receiver gets, over failures and restarts.
 *
 * One file: every case reads one filled store, and its receiver.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Session } from 'chdb'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { listening } from './listening.ts'
import { otrace, runHere, start } from './otrace.ts'
import { startEngine, store } from './schemas/engine.ts'
import { type Front, serve } from './schemas/front.ts'
import { makeSpans } from './schemas/spans.ts'

const spans = makeSpans()
const folder = temporaryFolder()
/** Spans by request, and how the receiver answers. */
let got: { path: string; type: string; body: Buffer }[] = []
let statusOf: (request: number) => number = () => 200
let answer: string | Buffer = '{}'
let retryAfter = ''
let asked = 0
let receiver: Server
let to: string
let session: Session
let front: Front

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of ['otel-map', 'jaeger']) store(session, schema, spans)
  front = await serve(folder.path)
  receiver = createServer(async (request, response) => {
    const body = await buffer(request)
    if (request.method === 'HEAD') return void response.writeHead(405).end()
    const status = statusOf(++asked)
    if (status === 200) {
      got.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body })
    }
    const type = Buffer.isBuffer(answer) ? 'application/x-protobuf' : 'application/json'
    const wait = status === 200 || retryAfter === '' ? {} : { 'retry-after': retryAfter }
    response.writeHead(status, { 'content-type': type, ...wait }).end(answer)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => receiver.once('listening', resolve))
  to = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
})
afterAll(() => {
  receiver?.close()
  front?.stop()
  session?.close()
  folder.remove()
})
beforeEach(() => {
  got = []
  asked = 0
  statusOf = () => 200
  retryAfter = ''
  answer = '{}'
})

interface Sent {
  traceId: string
  spanId: string
  name: string
  startTimeUnixNano: string
  service: string
}

/** The spans that the receiver acknowledged. */
function sent(): Sent[] {
  return got.flatMap(({ body }) =>
    JSON.parse(body.toString()).resourceSpans.flatMap(
      (each: {
        resource: { attributes: { key: string; value: { stringValue: string } }[] }
        scopeSpans: { spans: Sent[] }[]
      }) => {
        const service = each.resource.attributes.find(({ key }) => key === 'service.name')
        return each.scopeSpans.flatMap((scope) =>
          scope.spans.map((span) => ({ ...span, service: service?.value.stringValue ?? '' })),
        )
      },
    ),
  )
}

const ids = (list: { traceId: string; spanId: string }[]) =>
  list.map(({ traceId, spanId }) => `${traceId} ${spanId}`).sort()
const WINDOW = ['--from', '2025-10-09T08:55:23Z', '--to', '2025-10-09T09:55:23Z']
const copy = (database: string, ...args: string[]) =>
  runHere(['copy', '--url', front.url, '--database', database, '--into', to, ...args])

describe('otrace copy', () => {
  it.each(['otel_map', 'jaeger'])('sends every span of the window once: %s', async (database) => {
    // A busy receiver is asked again.
    statusOf = (request) => (request === 2 ? 503 : 200)
    const { exit, stdout, stderr } = await copy(database, ...WINDOW)
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr: expect.stringContaining(`${spans.length.toLocaleString('en')} spans copied to ${to}`),
    })
    expect(ids(sent())).toEqual(ids(spans))
    const first = sent().find(({ spanId }) => spanId === spans[0]!.spanId)!
    expect(first).toMatchObject({
      startTimeUnixNano: String(spans[0]!.time),
      service: spans[0]!.service,
    })
    const all = spans.length.toLocaleString('en')
    expect(stdout).toMatch(new RegExp(`^until 2025-\\S+Z: ${all} of ${all} spans\n$`))
    expect(Math.max(...got.map(({ body }) => body.length))).toBeLessThan(4 * 2 ** 20)
  })

  it('copies the spans of a filter, or one trace whenever it was', async () => {
    const { traceId } = spans[40]!
    const wanted = ids(spans.filter((span) => span.traceId === traceId))
    await copy('otel_map', ...WINDOW, '--where', `trace_id = '${traceId}'`)
    expect(ids(sent())).toEqual(wanted)
    got = []
    const { stderr } = await copy('otel_map', '--trace', traceId.slice(0, 12))
    expect(ids(sent())).toEqual(wanted)
    expect(stderr).toContain(`${wanted.length} spans copied to ${to}`)
    expect(await copy('otel_map', '--trace', '0123456789')).toMatchObject({ exit: 5 })
    for (const flags of [['--since', '5m'], ['--service', 'shop'], ['--error']]) {
      expect(await copy('otel_map', '--trace', traceId, ...flags)).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining(`${flags[0]} can't be used with --trace`),
      })
    }
  })

  it.each([
    ['copy', '--database', 'otel_map'],
    ['send', 'package.json'],
  ])('refuses an address without a receiver at once: %s', async (command, ...args) => {
    const into = ['--into', 'http://127.0.0.1:2']
    const url = command === 'copy' ? ['--url', front.url] : []
    const { exit, stdout, stderr } = await runHere([command, ...args, ...url, ...into])
    expect(stderr).toBe(
      'otrace: cannot send spans to http://127.0.0.1:2: connection refused\n  → check --into, or start `otrace up`\n',
    )
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: '' })
  })

  it.each<[string, string | Buffer, RegExp]>([
    ['a web page', '<!doctype html>\n<p>', /v1\/traces answers with a web page\n/],
    [
      'a partial success',
      '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old\\nwhy"}}',
      /v1\/traces refuses 3 of the request's spans: too old\n/,
    ],
    [
      'a partial success as protobuf',
      Buffer.from([0x0a, 2, 0x08, 3]),
      /v1\/traces refuses 3 of the request's spans\n/,
    ],
    [
      'one as long as it begins like a web page',
      Buffer.from(`\n<\x08\x03\x12\x38${'too old '.repeat(7)}`, 'latin1'),
      /v1\/traces refuses 3 of the request's spans: (?:too old ?){7}\n/,
    ],
    [
      'one with a long reason',
      Buffer.from(`\n\xcf\x01\x08\x03\x12\xca\x01${'x'.repeat(202)}`, 'latin1'),
      /v1\/traces refuses 3 of the request's spans: x+/,
    ],
    [
      'one behind a field of four bytes',
      Buffer.from('\n\x07\x1d\x01\x02\x03\x04\x08\x03', 'latin1'),
      /v1\/traces refuses 3 of the request's spans\n/,
    ],
    [
      'one that is longer than what is read of it',
      JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: 'x'.repeat(70_000) } }),
      /v1\/traces answers with 65536 bytes or more\n/,
    ],
  ])('takes %s for a refusal', async (_, text, said) => {
    answer = text
    const { exit, stderr } = await copy('otel_map', ...WINDOW)
    expect(stderr).toMatch(said)
    expect(exit).toBe(4)
  })

  it.each([
    '{"partialSuccess":{"errorMessage":"send less"}}',
    Buffer.from('\n\x0b\x12\x09send less', 'latin1'),
  ])('says once what a receiver says that refuses nothing: %s', async (text) => {
    answer = text
    const { exit, stderr } = await copy('otel_map', ...WINDOW)
    expect(exit).toBe(0)
    expect(stderr.split(`${to}/v1/traces says: send less\n`)).toHaveLength(2)
  })

  it('waits as long as a receiver behind a gateway asks', async () => {
    statusOf = (request) => (request === 1 ? 502 : request === 2 ? 504 : 200)
    retryAfter = '1'
    const began = performance.now()
    const { exit } = await copy('otel_map', '--trace', spans[0]!.traceId)
    expect(exit).toBe(0)
    expect(performance.now() - began).toBeGreaterThan(1990)
  })

  it('sends a span from before 1970 with its trace, without the time that OTLP has no number for', async () => {
    session.query('CREATE DATABASE early')
    session.query('CREATE TABLE early.otel_traces AS otel_map.otel_traces')
    const trace = 'a1'.repeat(16)
    session.query(`INSERT INTO early.otel_traces (Timestamp, TraceId, SpanId, SpanName) VALUES
      (toDateTime64('1969-12-31 23:59:59', 9, 'UTC'), '${trace}', '00000000000000e1', 'unset clock'),
      (toDateTime64('2025-10-09 09:00:01', 9, 'UTC'), '${trace}', '00000000000000e2', 'usual')`)
    const { exit, stderr } = await copy('early', '--trace', trace)
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr: `2 spans copied to ${to}; 1 span from before 1970 without the time\n`,
    })
    const times = sent().map(({ startTimeUnixNano }) => startTimeUnixNano)
    expect(times).toEqual(['0', '1760000401000000000'])
  })

  it('names where to go on, and the rest follows from there, nothing twice', async () => {
    statusOf = (request) => (request > 1 ? 400 : 200)
    const broken = await copy('otel_map', ...WINDOW)
    expect(broken.exit).toBe(4)
    const [, from = '', end = ''] = /go on with --from (\S+) --to (\S+)/.exec(broken.stderr) ?? []
    expect(sent().length).toBeGreaterThanOrEqual(1000)
    statusOf = () => 200
    const rest = await copy('otel_map', '--from', from, '--to', end)
    expect(rest.exit).toBe(0)
    expect(ids(sent())).toEqual(ids(spans))
  })
})

/** The front, behind something that drops the connection in the middle of a long answer. */
function dropping() {
  const server = createServer(async (request, response) => {
    const sql = await buffer(request)
    const headers = { 'content-type': request.headers['content-type'] ?? '' }
    const method = request.method ?? 'POST'
    const body = method === 'POST' ? { body: new Uint8Array(sql) } : {}
    const answer = await fetch(`${front.url}${request.url}`, { method, headers, ...body })
    const bytes = Buffer.from(await answer.arrayBuffer())
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (bytes.length < 500_000) return void response.end(bytes)
    response.write(bytes.subarray(0, bytes.length * 0.7), () => response.destroy())
  })
  return listening(server)
}

it.each(['otel_map', 'jaeger'])(
  'names where to go on after a server that drops the connection, nothing lost or twice: %s',
  async (database) => {
    const server = await dropping()
    const from = ['copy', '--url', server.url, '--database', database]
    const broken = await runHere([...from, '--into', to, ...WINDOW])
    expect(broken.exit).toBe(3)
    expect(broken.stderr).toContain(
      `otrace: ${server.url} ended the connection in the middle of its response\n`,
    )
    const [, next = '', end = ''] = /go on with --from (\S+) --to (\S+)/.exec(broken.stderr) ?? []
    expect(sent().length).toBeLessThan(spans.length)
    expect(await copy(database, '--from', next, '--to', end)).toMatchObject({ exit: 0 })
    expect(ids(sent())).toEqual(ids(spans))
    server.stop()
  },
)

describe('otrace copy into a running `otrace up`', () => {
  const place = temporaryFolder()
  const dataDir = join(place.path, 'store')
  const into = ['--into', dataDir]
  let up: ReturnType<typeof start>

  beforeAll(async () => {
    const ports = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
    up = start(['up', '--data', dataDir, '--retention', '10000d', ...ports])
    await vi.waitUntil(() => existsSync(join(dataDir, 'otrace.json')), { timeout: 60_000 })
  })
  afterAll(() => {
    up?.kill('SIGKILL')
    place.remove()
  })

  const received = async () => {
    const { stdout } = await runHere(['up', '--status', '--json', '--data', dataDir])
    const [traces] = JSON.parse(stdout) as { received: number }[]
    return traces!
  }
  /** At once: a copy ends when its spans are stored. */
  const inTarget = async () => {
    const { stdout } = await runHere([
      ...['sql', 'SELECT count() AS n, uniqExact(TraceId, SpanId) AS ids FROM otel_traces'],
      ...['--data', dataDir, '-o', 'csv'],
    ])
    return stdout.trim().split('\n')[1]
  }
  const whole = `${spans.length},${new Set(ids(spans)).size}`

  it('goes on after it was killed, and copies nothing twice', async () => {
    const url = ['--url', front.url, '--database', 'jaeger']
    const child = start(['copy', ...url, ...into, ...WINDOW])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await expect.poll(async () => (await received()).received).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await ended
    const again = await copy('jaeger', ...WINDOW, ...into)
    expect(again).toMatchObject({ exit: 0 })
    expect(await inTarget()).toBe(whole)
    const last = await copy('jaeger', ...WINDOW, ...into)
    const all = spans.length.toLocaleString('en')
    expect(last.stderr).toBe(`0 spans copied to ${dataDir}; ${all} were there\n`)
    const none = await copy('jaeger', ...WINDOW, ...into, '--service', 'nope')
    expect(none.stderr).toMatch(
      /^0 spans copied to .*\nno span in the window has the service nope: /,
    )
    // The same spans of another layout.
    expect(await copy('otel_map', ...WINDOW, ...into)).toMatchObject({ exit: 0 })
    expect(await inTarget()).toBe(whole)
  })

  it('goes on after a server that dropped the connection, and copies nothing twice', async () => {
    const server = await dropping()
    const from = ['copy', '--url', server.url, '--database', 'otel_map', ...WINDOW, ...into]
    const { exit, stderr } = await runHere(from)
    server.stop()
    expect({ exit, stderr }).toEqual({
      exit: 3,
      stderr: expect.stringContaining('then the same command goes on from there\n'),
    })
    expect(await copy('otel_map', ...WINDOW, ...into)).toMatchObject({ exit: 0 })
    expect(await inTarget()).toBe(whole)
  })

  it('copies spans with ids that OTLP does not carry, once, with their parents', async () => {
    session.query('CREATE DATABASE odd')
    session.query('CREATE TABLE odd.otel_traces AS otel_map.otel_traces')
    session.query(`INSERT INTO odd.otel_traces
      (Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName) VALUES
      (toDateTime64('2025-10-09 09:00:00', 9, 'UTC'), 'request 7', 'first', '', 'odd', 'root'),
      (toDateTime64('2025-10-09 09:00:01', 9, 'UTC'), 'request 7', 'second', 'first', 'odd', 'child'),
      (toDateTime64('2025-10-09 09:00:02', 9, 'UTC'), '00f067aa0ba902b7', 'F7', '', 'odd', 'short')`)
    const { exit, stderr } = await copy('odd', ...WINDOW, ...into)
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr: `3 spans copied to ${dataDir}; 2 spans with other ids (otrace.id.invalid)\n`,
    })
    const { stdout } = await runHere([
      'sql',
      `SELECT SpanName AS name, length(TraceId) AS digits, SpanId AS id, ParentSpanId AS parent,
        SpanAttributes['otrace.id.invalid'] AS said
      FROM otel_traces WHERE ServiceName = 'odd' ORDER BY Timestamp`,
      ...['--data', dataDir, '--json'],
    ])
    const [root, child, short] = JSON.parse(stdout)
    expect(root).toMatchObject({ digits: 32, parent: '', said: 'trace_id=request 7 span_id=first' })
    expect(child).toMatchObject({ parent: root.id })
    expect(child.said).toBe('trace_id=request 7 span_id=second parent_id=first')
    expect(short).toMatchObject({ digits: 32, id: '00000000000000f7', said: '' })
    const again = await copy('odd', ...WINDOW, ...into)
    expect(again.stderr).toContain(`0 spans copied to ${dataDir}; 3 were there`)
  })

  it('sends a file, whose spans are stored when it ends', async () => {
    const file = join(place.path, 'one.jsonl')
    const span = { traceId: 'a1'.repeat(16), spanId: 'a1'.repeat(8), name: 'one' }
    const at = { startTimeUnixNano: '1760000000000000000', endTimeUnixNano: '1760000000000000001' }
    const scopeSpans = [{ spans: [{ ...span, ...at }] }]
    writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans }] }))
    expect(await runHere(['send', file, ...into])).toMatchObject({ exit: 0, stderr: '' })
    const sql = "SELECT count() AS n FROM otel_traces WHERE SpanName = 'one'"
    const { stdout } = await runHere(['sql', sql, '--data', dataDir, '-o', 'csv'])
    expect(stdout.trim().split(/\s+/)).toEqual(['n', '1'])
  })

  it('refuses spans that the collector would drop', async () => {
    const old = ['--from', '1990-10-09', '--to', '2025-10-10']
    const { exit, stderr } = await copy('otel_map', ...old, ...into)
    expect(exit).toBe(2)
    expect(stderr).toMatch(
      /keeps 10000 days, and the spans are 13\d{3} days old\n {2}→ start it again with --retention \d+d/,
    )
  })

  it('refuses to copy a store into itself', async () => {
    const { exit, stderr } = await runHere(['copy', '--data', dataDir, ...into])
    expect({ exit, stderr }).toEqual({
      exit: 2,
      stderr: `otrace: ${dataDir} would be copied into itself\n  → name the store to read with --url, --profile or --data, or another one with --into\n`,
    })
  })
})

it('copies and sends into a directory that no collector serves', async () => {
  const place = temporaryFolder()
  const [data, file] = [join(place.path, 'store'), join(place.path, 'trace.otlp')]
  const source = ['--url', front.url, '--database', 'otel_map']
  const [sent, other] = [
    spans[40]!.traceId,
    spans.find((span) => span.traceId !== spans[40]!.traceId)!.traceId,
  ]
  const spansOf = (id: string) =>
    new Set(spans.filter(({ traceId }) => traceId === id).map(({ spanId }) => spanId)).size
  writeFileSync(file, (await runHere(['trace', sent, ...source, '-o', 'otlp'])).stdout)
  expect(await otrace(['send', file, '--into', data])).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/trace\.otlp: \d+ requests?\n$/),
  })
  const copied = await otrace(['copy', ...source, '--trace', other, '--into', data])
  expect(copied).toMatchObject({
    exit: 0,
    stderr: expect.stringContaining(`${spansOf(other)} spans copied to ${data}\n`),
  })
  const again = await otrace(['copy', ...source, '--trace', sent, '--into', data])
  expect(again.stderr).toContain(`0 spans copied to ${data}; ${spansOf(sent)} were there\n`)
  place.remove()
})

describe('otrace send', () => {
  const path = (name: string) => join(folder.path, name)

  it('sends a document, lines of every signal, and protobuf', async () => {
    writeFileSync(path('one.otlp'), JSON.stringify({ resourceSpans: [] }, null, 2))
    writeFileSync(
      path('lines.jsonl'),
      `${JSON.stringify({ resourceSpans: [] })}\n${JSON.stringify({ resourceLogs: [] })}\n\n${JSON.stringify({ resourceMetrics: [] })}\n`,
    )
    writeFileSync(path('spans.bin'), Buffer.from([0x0a, 0x00]))
    const files = ['one.otlp', 'lines.jsonl', 'spans.bin'].map(path)
    const { exit, stdout } = await runHere(['send', ...files, '--into', to])
    expect(exit).toBe(0)
    expect(stdout).toMatch(
      /one\.otlp: 1 request\n.*lines\.jsonl: 3 requests\n.*spans\.bin: 1 request\n/,
    )
    expect(got.map(({ path }) => path)).toEqual([
      ...['/v1/traces', '/v1/traces', '/v1/logs', '/v1/metrics', '/v1/traces'],
    ])
    expect(got.at(-1)).toMatchObject({
      type: 'application/x-protobuf',
      body: readFileSync(files[2]!),
    })
  })

  it('names the command that sends the rest, and nothing is sent twice', async () => {
    const lines = [1, 2, 3, 4].map((n) => JSON.stringify({ resourceSpans: [], n }))
    writeFileSync(path('first of two.jsonl'), `${lines[0]}\n\n${lines[1]}\n${lines[2]}\n`)
    writeFileSync(path('second.jsonl'), `${lines[3]}\n`)
    statusOf = (request) => (request === 2 ? 400 : 200)
    const files = ['first of two.jsonl', 'second.jsonl'].map(path)
    const login = to.replace('//', '//any:s3cret-word@')
    const broken = await runHere(['send', ...files, '--into', login])
    expect(broken.exit).toBe(4)
    expect(broken.stderr).not.toContain('s3cret')
    expect(broken.stderr).toContain(
      `the rest: otrace send '${files[0]}' ${files[1]} --from-line 3 --into ${to}\n`,
    )
    const rest = await runHere(['send', ...files, '--from-line', '3', '--into', to])
    expect(rest.exit).toBe(0)
    expect(got.map(({ body }) => body.toString())).toEqual(lines)
  })

  it('says how far a long file is sent, for a kill', async () => {
    writeFileSync(path('long.jsonl'), `${JSON.stringify({ resourceSpans: [] })}\n`.repeat(300))
    const { stdout } = await runHere(['send', path('long.jsonl'), '--into', to])
    expect(stdout).toBe(
      `${path('long.jsonl')}: sent until line 250\n${path('long.jsonl')}: 300 requests\n`,
    )
  })

  it('refuses what is not OTLP, and a missing file', async () => {
    writeFileSync(path('other.json'), '{"a": 1}')
    const other = await runHere(['send', path('other.json'), '--into', to])
    expect(other.exit).toBe(2)
    expect(other.stderr).toMatch(/other\.json: not an OTLP request/)
    expect((await runHere(['send', path('none'), '--into', to])).exit).toBe(2)
    expect(got).toEqual([])
  })
})
