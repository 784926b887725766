/** `otrace copy` and `otrace send`: what a receiver gets, over failures and restarts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Session } from 'chdb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { startEngine, store } from './schemas/engine.ts'
import { type Front, serve } from './schemas/front.ts'
import { makeSpans } from './schemas/spans.ts'

const spans = makeSpans()
const folder = temporaryFolder()
/** Spans by request, and how the receiver answers. */
let got: { path: string; type: string; body: Buffer }[] = []
let statusOf: (request: number) => number = () => 200
let answer: string | Buffer = '{}'
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
    response.writeHead(status).end(answer)
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
    expect(stdout.trim().split('\n')).toHaveLength(12)
    expect(Math.max(...got.map(({ body }) => body.length))).toBeLessThan(4 * 2 ** 20)
  })

  it('copies one trace, or the spans of a filter', async () => {
    const { traceId } = spans[40]!
    await copy('otel_map', ...WINDOW, '--where', `trace_id = '${traceId}'`)
    expect(ids(sent())).toEqual(ids(spans.filter((span) => span.traceId === traceId)))
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
      /v1\/traces refuses some of the request's spans\n/,
    ],
  ])('takes %s for a refusal', async (_, text, said) => {
    answer = text
    const { exit, stderr } = await copy('otel_map', ...WINDOW)
    expect(stderr).toMatch(said)
    expect(exit).toBe(4)
  })

  it('names where to go on, and the rest follows from there', async () => {
    statusOf = (request) => (request > 4 ? 400 : 200)
    const broken = await copy('otel_map', ...WINDOW)
    expect(broken.exit).toBe(4)
    const [, from = '', end = ''] = /go on with --from (\S+) --to (\S+)/.exec(broken.stderr) ?? []
    statusOf = () => 200
    const rest = await copy('otel_map', '--from', from, '--to', end)
    expect(rest.exit).toBe(0)
    expect(new Set(ids(sent()))).toEqual(new Set(ids(spans)))
  })
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

  it('refuses what is not OTLP, and a missing file', async () => {
    writeFileSync(path('other.json'), '{"a": 1}')
    const other = await runHere(['send', path('other.json'), '--into', to])
    expect(other.exit).toBe(2)
    expect(other.stderr).toMatch(/other\.json: not an OTLP request/)
    expect((await runHere(['send', path('none'), '--into', to])).exit).toBe(2)
    expect(got).toEqual([])
  })
})
