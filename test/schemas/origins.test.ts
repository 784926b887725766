/** Where an error began, in traces that it passes through. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Row } from '../../cli/result.ts'
import { temporaryFolder } from '../folder.ts'
import { startEngine, store } from './engine.ts'
import { childOf, madeSpan } from './made.ts'
import { resultOf } from './source.ts'
import { FROM, type Span } from './spans.ts'

const folder = temporaryFolder()
let session: Session

beforeAll(async () => {
  session = await startEngine(folder.path)
})

afterAll(() => {
  session.close()
  folder.remove()
})

type Link = [service: string, name: string, kind: Span['kind'], given: Partial<Span>]

/** Spans of one trace, each a child of the one before. */
function chain(spans: Link[]): Span[] {
  const made: Span[] = []
  for (const [service, name, kind, given] of spans) {
    const fields = { time: FROM + BigInt(made.length), service, name, kind, ...given }
    const parent = made.at(-1)
    made.push(parent ? childOf(parent, fields) : madeSpan(fields))
  }
  return made
}

const FAILED: Partial<Span> = { status: 2 }
const http = (status: bigint): Partial<Span> => ({
  attributes: { 'http.response.status_code': status },
})
const rpc = (code: bigint): Partial<Span> => ({ attributes: { 'rpc.grpc.status_code': code } })
const RAISED: Partial<Span> = {
  events: [{ time: FROM, name: 'exception', attributes: { 'exception.type': 'Broken' } }],
}

/** Traces, and the errors that they count. */
const PASSED: Record<string, [Span[], unknown[]]> = {
  'a login that a server refuses without a mark': [
    chain([
      ['web', 'POST', 3, { ...FAILED, ...http(401n) }],
      ['shop', 'POST /buy', 2, http(401n)],
      ['shop', 'authentication', 1, FAILED],
    ]),
    [[1, 'refusal', 'authentication']],
  ],
  'two servers that pass a refusal on': [
    chain([
      ['web', 'POST', 3, { ...FAILED, ...http(404n) }],
      ['edge', 'POST', 2, http(404n)],
      ['edge', 'proxy', 3, { ...FAILED, ...http(404n) }],
      ['shop', 'GET /x', 2, http(404n)],
      ['shop', 'find', 1, FAILED],
    ]),
    [[1, 'refusal', 'find']],
  ],
  'servers answering 5xx without a status': [
    chain([
      ['web', 'GET', 3, { ...FAILED, ...http(503n) }],
      ['shop', 'GET /', 2, http(503n)],
      ['shop', 'stock', 1, FAILED],
    ]),
    [[1, 'fault', 'stock']],
  ],
  'a gRPC server whose code does not fail its span': [
    chain([
      ['web', 'Pay', 3, { ...FAILED, ...rpc(5n) }],
      ['bank', 'Pay', 2, rpc(5n)],
      ['bank', 'find', 1, FAILED],
    ]),
    [[1, 'refusal', 'find']],
  ],
  'a proxy without any mark': [
    chain([
      ['web', 'GET', 3, { ...FAILED, ...http(500n) }],
      ['proxy', 'ingress', 2, {}],
      ['proxy', 'egress', 3, {}],
      ['shop', 'GET /', 2, { ...FAILED, ...http(500n) }],
    ]),
    [[1, 'fault', 'GET /']],
  ],
  'servers answering 5xx without a status, and a span between them': [
    chain([
      ['edge', 'GET /a', 2, http(503n)],
      ['edge', 'forward', 1, {}],
      ['shop', 'GET /b', 2, http(503n)],
    ]),
    [[1, 'fault', 'GET /b']],
  ],
  'three spans without a mark': [
    chain([
      ['web', 'GET', 2, { ...FAILED, ...http(500n) }],
      ...Array.from({ length: 3 }, (): Link => ['web', 'middleware', 1, {}]),
      ['web', 'SELECT', 3, FAILED],
    ]),
    [[1, 'fault', 'SELECT']],
  ],
  'an exception between two failed spans': [
    chain([
      ['shop', 'GET /', 2, { ...FAILED, ...http(500n) }],
      ['shop', 'handle', 1, RAISED],
      ['shop', 'step', 1, {}],
      ['shop', 'SELECT', 3, FAILED],
    ]),
    [[1, 'fault', 'SELECT']],
  ],
  'a fault that passes through two servers': [
    chain([
      ['edge', 'GET /a', 2, { ...FAILED, ...http(500n) }],
      ['edge', 'GET', 3, { ...FAILED, ...http(500n) }],
      ['shop', 'GET /b', 2, { ...FAILED, ...http(500n) }],
    ]),
    [[1, 'fault', 'GET /b']],
  ],
  'an exception far below a failed request': [
    chain([
      ['shop', 'GET /', 2, { ...FAILED, ...http(500n) }],
      ['shop', 'step', 1, {}],
      ['shop', 'handle', 1, RAISED],
    ]),
    [[1, 'fault', 'handle']],
  ],
  'an exception below a failed request': [
    chain([
      ['shop', 'consume', 5, FAILED],
      ['shop', 'handle', 1, RAISED],
      ['shop', 'store', 1, RAISED],
    ]),
    [[1, 'fault', 'store']],
  ],
  'a refusal that became a fault': [
    chain([
      ['edge', 'GET', 2, { ...FAILED, ...http(502n) }],
      ['edge', 'proxy', 3, { ...FAILED, ...http(401n) }],
      ['shop', 'GET /', 2, http(401n)],
    ]),
    [
      [1, 'fault', 'GET'],
      [1, 'refusal', 'proxy'],
    ],
  ],
  'a span that is its own parent': [
    [madeSpan({ name: 'self', spanId: '5e1f'.repeat(4), parentId: '5e1f'.repeat(4), status: 2 })],
    [[1, 'fault', 'self']],
  ],
}
const root = madeSpan({ service: 'shop', name: 'GET /', kind: 2, ...FAILED, ...http(500n) })
const step = childOf(root, { service: 'shop', name: 'retry' })
const call: Partial<Span> = { service: 'shop', kind: 3, name: 'call', ...FAILED }
PASSED['each try of a call'] = [
  [root, step, childOf(step, call), childOf(step, { ...call, time: FROM + 9n })],
  [[2, 'fault', 'call']],
]

// One answer for all traces: its analysis takes longer than its spans.
describe.each(['otrace', 'otel-map'])('one failure counts once, where it began: %s', (schema) => {
  let began: Row[]
  let passing: number
  beforeAll(async () => {
    const cases = Object.entries(PASSED)
    const spans = cases.flatMap(([name, [trace]]) =>
      trace.map((span) => ({ ...span, attributes: { ...span.attributes, case: name } })),
    )
    store(session, schema, spans)
    began = await resultOf(session, schema, 'errors', { by: 'case', limit: '100' })
    const given = { everywhere: 'true', limit: '100' }
    const everywhere = await resultOf(session, schema, 'errors', given)
    passing = everywhere.reduce((sum, { errors }) => sum + Number(errors), 0)
  })

  it.each(Object.keys(PASSED))('%s', (name) => {
    const rows = began.filter((row) => row.case === name)
    expect(rows.map(({ errors, type, name }) => [errors, type, name])).toEqual(PASSED[name]![1])
  })

  it('among the spans of one kind, too', async () => {
    const given = { by: 'case', limit: '100' }
    const rows = await resultOf(session, schema, 'errors', given, { kind: ['server'] })
    const passed = rows.filter((row) => row.case === 'a fault that passes through two servers')
    expect(passed.map(({ errors, name }) => [errors, name])).toEqual([[1, 'GET /b']])
  })

  it('--everywhere counts it on each span', () => {
    const failed = Object.values(PASSED)
      .flatMap(([spans]) => spans)
      .filter(
        ({ status, events, attributes }) =>
          status === 2 ||
          events.length > 0 ||
          Number(attributes['http.response.status_code'] ?? 0) >= 500,
      )
    expect(passing).toBe(failed.length)
  })
})
