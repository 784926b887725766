/**
 * Exceptions, quantities and short windows in built-in queries, one case each.
 *
 * One file: the cases share the start of an engine.
 */
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compose } from '../../cli/query/compose/compose.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, startEngine, store } from './engine.ts'
import { childOf, madeSpan } from './made.ts'
import { resultOf, sourceOf, text } from './source.ts'
import { FROM, type Span } from './spans.ts'

const folder = temporaryFolder()
let session: Session

const thrown = {
  time: FROM,
  name: 'exception',
  attributes: { 'exception.message': 'no such user' },
}
const event = (name: string, attributes: Record<string, string>) => ({
  ...thrown,
  name,
  attributes,
})
const failed = (type: string, status?: number) => ({
  status: 2 as const,
  attributes: {
    'error.type': type,
    'http.response.status_code': status ? String(status) : '',
  },
})
/** A span whose status is not an error: it has an answer alone. */
const answered = (name: string, kind: Span['kind'], attributes: Record<string, string>) =>
  madeSpan({ name, kind, attributes, service: 'quiet' })
const bought = (user: string, quantity: string) =>
  madeSpan({
    name: 'service_buy_product',
    attributes: { 'user.id': user, 'product.quantity': quantity },
  })
/** A server that answered PERMISSION_DENIED, which is not a failure of the server. */
const denied = madeSpan({
  ...{ name: 'Open', kind: 2, service: 'vault' },
  attributes: { 'rpc.grpc.status_code': '7' },
})

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', [
    madeSpan({ name: 'authentication', status: 2, events: [thrown] }),
    madeSpan({ name: 'caught', events: [thrown] }),
    madeSpan({ ...failed('locked'), name: 'authentication' }),
    madeSpan({
      ...{ name: 'authentication', status: 2, service: 'login' },
      events: [event('login.exception', { 'exception.type': 'LoginError' })],
    }),
    madeSpan({
      ...{ name: 'POST /login', kind: 2, service: 'login', events: [thrown] },
      attributes: { 'http.response.status_code': '401' },
    }),
    madeSpan({
      ...{ name: 'twice', service: 'thrower' },
      events: [event('caught', { 'exception.type': 'A' }), event('b', { 'exception.type': 'B' })],
    }),
    madeSpan({ name: 'own', service: 'thrower', attributes: { 'exception.type': 'A' } }),
    madeSpan({ name: 'message', service: 'thrower', events: [thrown] }),
    madeSpan({
      name: 'told',
      service: 'bearer',
      attributes: { 'exception.message': 'no such file' },
    }),
    madeSpan({
      ...{ name: 'GET /none', kind: 2, service: 'bearer' },
      attributes: { 'exception.type': 'NotFound', 'http.response.status_code': '404' },
    }),
    madeSpan({ ...failed('BadGateway', 502), name: 'proxy' }),
    madeSpan({ ...failed('503', 503), name: 'proxy' }),
    madeSpan({ name: 'lookup', status: 2, attributes: { 'rpc.grpc.status_code': '14' } }),
    answered('new server', 2, { 'http.response.status_code': '500' }),
    answered('old server', 2, { 'http.status_code': '503' }),
    answered('client', 3, { 'http.response.status_code': '502' }),
    answered('not found', 2, { 'http.response.status_code': '404' }),
    answered('no call', 1, { 'http.response.status_code': '500' }),
    answered('internal', 2, { 'rpc.grpc.status_code': '13' }),
    answered('unknown', 3, { 'rpc.response.status_code': 'UNKNOWN' }),
    answered('connect', 2, { 'rpc.connect_rpc.error_code': 'data_loss' }),
    answered('refused', 2, { 'rpc.grpc.status_code': '5' }),
    ...['5', '14'].map((code) =>
      madeSpan({
        ...{ name: 'Pay', kind: 3, status: 2, service: 'bank' },
        attributes: { 'rpc.grpc.status_code': code },
      }),
    ),
    denied,
    childOf(denied, { name: 'check', status: 2, service: 'vault' }),
    bought('', '12'),
    bought('none', '0'),
    bought('few', '2.5'),
    bought('few', '2.5'),
    bought('more', '2.5'),
    bought('more', '2.6'),
    bought('many', '1e3'),
  ])
})

afterAll(() => {
  session.close()
  folder.remove()
})

it('a failed login has the message of its exception, or its type of error, for a reason', async () => {
  const rows = await resultOf(session, 'otel-map', 'auth-failures')
  expect(rows.map(({ reason }) => reason).sort()).toEqual([
    'LoginError',
    'locked',
    'no such user',
    'no such user',
  ])
})

it.each([
  [
    [],
    [
      ['A', 2, 2],
      ['(no type)', 1, 1],
      ['B', 1, 0],
    ],
  ],
  [
    ['B'],
    [
      ['B', 1, 1],
      ['A', 2, 0],
      ['(no type)', 1, 0],
    ],
  ],
])(
  'each exception of a span counts in no_exceptions %j, also one of a message alone',
  async (types, found) => {
    const source = { ...sourceOf('otel-map', { service: ['thrower'] }), weighted: false }
    const rows = await ask(
      session,
      compose(text('internal/gate/exceptions.sql'), { types }, source),
    )
    expect(rows.map(({ type, spans, offending }) => [type, spans, offending])).toEqual(found)
  },
)

it('newest errors have the type of an exception without a message', async () => {
  const source = { ...sourceOf('otel-map', { service: ['login'] }), weighted: false }
  const rows = await ask(
    session,
    compose(text('dashboards/newest-errors.sql'), { limit: 1 }, source),
  )
  expect(rows.map(({ message }) => message)).toEqual(['LoginError'])
})

it('errors show exceptions by their message, also of spans that did not fail, else the type of error', async () => {
  const rows = await resultOf(session, 'otel-map', 'errors', {}, { service: ['shop'] })
  expect(rows.map(({ type, name, message }) => [type, name, message])).toEqual([
    ['fault', 'authentication', 'locked'],
    ['fault', 'authentication', 'no such user'],
    ['fault', 'lookup', 'answered UNAVAILABLE'],
    ['fault', 'proxy', 'BadGateway'],
    ['fault', 'proxy', 'answered 503'],
    ['exception', 'caught', 'no such user'],
  ])
})

it('errors know exceptions of any span: events of their name, and attributes', async () => {
  const flags = { service: ['thrower', 'bearer'] }
  const rows = await resultOf(session, 'otel-map', 'errors', {}, flags)
  expect(
    rows.map(({ type, name, message, exception }) => [type, name, message, exception]),
  ).toEqual([
    ['exception', 'told', 'no such file', ''],
    ['exception', 'message', 'no such user', ''],
    ['exception', 'own', 'A', 'A'],
    ['refusal', 'GET /none', 'NotFound', 'NotFound'],
  ])
})

/** A message, as it is in the row of all that differ in ids and numbers alone. */
const MASKED: [message: string, masked: string][] = [
  ['timeout after 301 ms', 'timeout after <n> ms'],
  ['timeout after 2.5s, 1,234 rows', 'timeout after <n>s, <n> rows'],
  ['user 17 of [3] not found', 'user <n> of [<n>] not found'],
  ['no order ord-8812 of A1B2C3D4-0000-4000-8000-00000000000F', 'no order ord-<n> of <id>'],
  ['byte 0xff of 507f1f77bcf86cd799439011', 'byte <id> of <id>'],
  ['2026-11-27T10:00:00.123Z: lost 10.0.0.3:53122', '<n>Z: lost <n>'],
  ['failed with status code 503', 'failed with status code 503'],
  ['502 Bad Gateway', '502 Bad Gateway'],
  ['ORA-00942: error 1205, utf8', 'ORA-00942: error 1205, utf8'],
  ["reading 'name'", "reading 'name'"],
  ['Error: 17 of 20 items failed', 'Error: <n> of <n> items failed'],
  ['limit of 512 MB exceeded', 'limit of <n> MB exceeded'],
  ['https://10.0.0.1/x is down', 'https://<n>/x is down'],
  ['HTTP/1.1 503, errno: 111, SQLSTATE 42000', 'HTTP/<n> 503, errno: 111, SQLSTATE 42000'],
  ['error code 7, status=404', 'error code 7, status=404'],
]

it('errors group messages that differ in ids and numbers alone, with one of them whole', async () => {
  store(session, 'clickstack', [
    ...MASKED.map(([statusMessage]) => madeSpan({ name: 'query', status: 2, statusMessage })),
    madeSpan({ name: 'query', status: 2, statusMessage: 'timeout after 99 ms', time: FROM + 1n }),
  ])
  const rows = await resultOf(session, 'clickstack', 'errors')
  const found = rows.map(({ message, errors, example }) => [message, [errors, example]])
  const wanted = MASKED.map(([whole, message], i) => [
    message,
    i === 0 ? [2, 'timeout after 99 ms'] : [1, whole === message ? null : whole],
  ])
  expect(found).toHaveLength(wanted.length)
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted))
  const each = await resultOf(session, 'clickstack', 'errors', { by: 'status_message' })
  expect(each).toHaveLength(MASKED.length + 1)
})

it('errors are answers of a server that failed, too, of either generation and of RPC', async () => {
  const rows = await resultOf(session, 'otel-map', 'errors', {}, { service: ['quiet'] })
  expect(rows.map(({ type, name, message }) => [type, name, message])).toEqual([
    ['fault', 'client', 'answered 502'],
    ['fault', 'connect', 'answered DATA_LOSS'],
    ['fault', 'internal', 'answered INTERNAL'],
    ['fault', 'new server', 'answered 500'],
    ['fault', 'old server', 'answered 503'],
    ['fault', 'unknown', 'answered UNKNOWN'],
  ])
})

it('errors tell faults from refusals of RPC, also of the request that a service answered', async () => {
  const flags = { service: ['bank', 'vault'] }
  const rows = await resultOf(session, 'otel-map', 'errors', {}, flags)
  expect(rows.map(({ type, name, message }) => [type, name, message])).toEqual([
    ['fault', 'Pay', 'answered UNAVAILABLE'],
    ['refusal', 'Pay', 'answered NOT_FOUND'],
    ['refusal', 'check', '(no message)'],
  ])
})

it('basket sizes tell nothing from little, and read fractions and exponents', async () => {
  const rows = await resultOf(session, 'otel-map', 'basket-sizes')
  expect(rows.map(({ units_bought, customers }) => [units_bought, customers])).toEqual([
    ['none', 1],
    ['1–5', 1],
    ['6–10', 1],
    ['21 and more', 1],
  ])
})

it.each(['services', 'operations'])('%s has rates in a window below 1 ms', async (name) => {
  const window = { from: FROM, to: FROM + 500_000n, bucket: 60 }
  const rows = await resultOf(session, 'otel-map', name, {}, {}, window)
  expect(rows.length).toBeGreaterThan(0)
  for (const { rps } of rows) expect(Number(rps)).toBeGreaterThan(0)
})
