/**
 * Traces of every golden shape, as rows of `spans`.
 *
 * One file: a list of traces.
 */
import { formatInstant, moved, parseInstant } from '../../../cli/trace/model/instant.ts'
import type { LogRow, SpanRow } from '../../../cli/trace/model/span-row.ts'

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const START = parseInstant('2026-11-22T15:30:00.123456789Z')

const SHOP = { 'service.name': 'shop', 'service.version': '1.4.0', 'host.name': 'shop-1' }
const BUYER = '00000000-0000-4000-8000-000000000001'
const LAMP = '00000000-0000-4000-8000-000000000101'

interface Given extends Partial<Omit<SpanRow, 'event_time'>> {
  /** Start and duration in ns from the trace's start. */
  at: number
  took: number
  /** Events: offset in ns, name, attributes. */
  events?: [number, string, Record<string, string>][]
}

/** A time in a trace, `ns` after its start. */
export function timeAt(ns: number): string {
  return formatInstant(moved(START, ns))
}

/** A row of the span `id` under `parent`; what is not given is empty, the service is the shop. */
export function row(id: string, parent: string, name: string, given: Given): SpanRow {
  const { at, took, events = [], ...rest } = given
  const service = rest.service ?? 'shop'
  return {
    time: timeAt(at),
    trace_id: TRACE_ID,
    span_id: id === '' ? '' : hex(id),
    parent_id: parent === '' ? '' : hex(parent),
    trace_state: '',
    scope: 'shop',
    scope_version: '',
    service,
    name,
    kind: 'internal',
    status: rest.is_error ? 'error' : 'unset',
    status_message: '',
    is_error: false,
    duration: took,
    attributes: {},
    resource: service === 'shop' ? SHOP : { 'service.name': service, 'host.name': `${service}-1` },
    event_time: events.map(([ns]) => timeAt(ns)),
    event_name: events.map(([, event]) => event),
    event_attributes: events.map(([, , attributes]) => attributes),
    link_trace_id: [],
    link_span_id: [],
    link_attributes: [],
    http_method: '',
    http_route: '',
    http_status: null,
    http_path: '',
    db_system: '',
    db_query: '',
    exception_type: '',
    exception_message: '',
    weight: 1,
    ...rest,
  }
}

/** A short name as 16 hex digits, so that fixtures can be read. */
function hex(id: string): string {
  return [...id]
    .map((letter) => letter.charCodeAt(0).toString(16))
    .join('')
    .padStart(16, '0')
    .slice(-16)
}

function server(id: string, parent: string, name: string, status: number, given: Given): SpanRow {
  const [method = '', route = ''] = name.split(' ')
  const attributes = {
    'http.request.method': method,
    'http.response.status_code': String(status),
    'http.route': route,
    'url.path': route,
  }
  const http = { http_method: method, http_route: route, http_status: status, http_path: route }
  return row(id, parent, name, { kind: 'server', ...http, attributes, ...given })
}

function sql(id: string, parent: string, text: string, at: number, took: number): SpanRow {
  const name = `${text.split(' ')[0]} shop.${/(?:FROM|UPDATE|INTO) (\w+)/.exec(text)?.[1]}`
  return row(id, parent, name, {
    at,
    took,
    kind: 'client',
    db_system: 'sqlite',
    db_query: text,
    attributes: { 'db.system.name': 'sqlite', 'db.query.text': text },
  })
}

const US = 1e3
const MS = 1e6
const USER = 'SELECT id, name, password, balance FROM users WHERE id = ?'
const PRODUCT = 'SELECT id, name, quantity, price FROM products WHERE id = ?'

function purchase(): SpanRow[] {
  return [
    server('root', '', 'POST /product/{id}', 200, { at: 0, took: 31_400 * US }),
    row('auth', 'root', 'authentication', {
      at: 300 * US,
      took: 9_100 * US,
      attributes: { 'user.id': BUYER },
      events: [[9_350 * US, 'user successfully logged', { 'user.id': BUYER }]],
    }),
    row('verify', 'auth', 'service_verify_user_password', { at: 420 * US, took: 8_800 * US }),
    row('getuser', 'verify', 'repository_get_user', { at: 500 * US, took: 1_100 * US }),
    row('connect1', 'getuser', 'connect', { at: 510 * US, took: 120 * US, kind: 'client' }),
    sql('sql1', 'getuser', USER, 700 * US, 640 * US),
    row('buy', 'root', 'service_buy_product', {
      at: 9_700 * US,
      took: 21_300 * US,
      attributes: { 'product.id': LAMP, 'product.quantity': '1', 'user.id': BUYER },
    }),
    row('getprod', 'buy', 'repository_get_product', { at: 9_800 * US, took: 1_300 * US }),
    sql('sql2', 'getprod', PRODUCT, 10_000 * US, 900 * US),
    row('getuser2', 'buy', 'repository_get_user', { at: 11_200 * US, took: 900 * US }),
    sql('sql3', 'getuser2', USER, 11_300 * US, 700 * US),
    row('setqty', 'buy', 'repository_update_quantity', { at: 12_200 * US, took: 16_900 * US }),
    sql(
      'sql4',
      'setqty',
      'UPDATE products SET quantity = ? WHERE id = ?',
      12_300 * US,
      16_700 * US,
    ),
    row('setbal', 'buy', 'repository_update_balance', { at: 29_200 * US, took: 1_600 * US }),
    sql('sql5', 'setbal', 'UPDATE users SET balance = ? WHERE id = ?', 29_300 * US, 1_400 * US),
  ]
}

function error(): SpanRow[] {
  const exception = {
    'exception.type': 'InsufficientQuantity',
    'exception.message': `Insufficient quantity for product ${LAMP}`,
    'exception.stacktrace': `InsufficientQuantity: Insufficient quantity\n    at buyProduct (service.ts:41:11)\n    at handle (app.ts:77:5)`,
  }
  const failed = {
    is_error: true,
    status_message: exception['exception.message'],
    exception_type: exception['exception.type'],
    exception_message: exception['exception.message'],
  }
  return [
    server('root', '', 'POST /product/{id}', 500, { at: 0, took: 6 * MS, is_error: true }),
    row('auth', 'root', 'authentication', { at: 100 * US, took: 2 * MS }),
    row('buy', 'root', 'service_buy_product', {
      ...failed,
      at: 2_200 * US,
      took: 3_700 * US,
      attributes: { 'product.id': LAMP },
      events: [[5_800 * US, 'exception', exception]],
    }),
    sql('sql1', 'buy', PRODUCT, 2_400 * US, 900 * US),
    row('audit', 'root', 'audit \u001b[31mred\n', { at: 5_920 * US, took: 50 * US }),
  ]
}

function nPlusOne(): SpanRow[] {
  const rows = [
    server('root', '', 'GET /orders', 200, { at: 0, took: 64 * MS }),
    row('list', 'root', 'list_orders', { at: 1 * MS, took: 62 * MS }),
    sql('orders', 'list', 'SELECT id FROM orders WHERE user_id = ?', 1_200 * US, 2 * MS),
  ]
  for (let i = 0; i < 24; i++) {
    const at = (4 + i * 2.4) * MS
    rows.push(row(`item${i}`, 'list', 'load_item', { at, took: 2.2 * MS }))
    rows.push(sql(`isql${i}`, `item${i}`, PRODUCT, at + 100 * US, (1 + (i % 5) / 5) * MS))
    rows.push(row(`iprice${i}`, 'list', 'price', { at: at + 2.2 * MS, took: 100 * US }))
  }
  return rows
}

function parallel(): SpanRow[] {
  return [
    server('root', '', 'GET /page', 200, { at: 0, took: 40 * MS }),
    row('a', 'root', 'fetch prices', { at: 1 * MS, took: 12 * MS, kind: 'client' }),
    row('b', 'root', 'fetch stock', { at: 1.1 * MS, took: 31 * MS, kind: 'client' }),
    row('c', 'root', 'fetch reviews', { at: 1.2 * MS, took: 22 * MS, kind: 'client' }),
    row('r', 'root', 'render', { at: 33 * MS, took: 6 * MS }),
  ]
}

function asynchronous(): SpanRow[] {
  return [
    server('root', '', 'POST /order', 202, { at: 0, took: 10 * MS }),
    row('send', 'root', 'orders publish', { at: 2 * MS, took: 1 * MS, kind: 'producer' }),
    row('take', 'send', 'orders process', {
      at: 25 * MS,
      took: 30 * MS,
      kind: 'consumer',
      service: 'worker',
    }),
    row('mail', 'take', 'send mail', { at: 30 * MS, took: 40 * MS, service: 'worker' }),
    row('answer', 'root', 'render answer', { at: 4 * MS, took: 5 * MS }),
  ]
}

function twoServices(): SpanRow[] {
  const [root, ...rest] = purchase()
  return [
    row('call', '', 'POST', {
      at: -900 * US,
      took: 33_100 * US,
      kind: 'client',
      service: 'traffic',
      http_status: 200,
      attributes: { 'http.response.status_code': '200', 'traffic.intent': 'buy' },
    }),
    { ...root!, parent_id: hex('call') },
    ...rest,
  ]
}

function missingParents(): SpanRow[] {
  return purchase().filter(({ name }) => name !== 'service_buy_product')
}

function cycle(): SpanRow[] {
  return [
    server('root', '', 'GET /', 200, { at: 0, took: 9 * MS }),
    row('a', 'c', 'first of three', { at: 1 * MS, took: 5 * MS }),
    row('b', 'a', 'second of three', { at: 2 * MS, took: 4 * MS }),
    row('c', 'b', 'third of three', { at: 3 * MS, took: 2 * MS }),
    row('d', 'c', 'leaf', { at: 3.5 * MS, took: 1 * MS }),
  ]
}

function selfParent(): SpanRow[] {
  return [
    server('root', 'root', 'GET /', 200, { at: 0, took: 5 * MS }),
    row('a', 'root', 'child', { at: 1 * MS, took: 3 * MS }),
  ]
}

function duplicates(): SpanRow[] {
  const rows = parallel()
  const other = row('b', 'root', 'fetch stock (server)', {
    at: 2 * MS,
    took: 20 * MS,
    kind: 'server',
  })
  return [...rows, rows[1]!, rows[1]!, rows[4]!, other]
}

function skew(): SpanRow[] {
  const web = { service: 'web', kind: 'client' }
  return [
    row('page', '', 'GET /page', { at: 0, took: 30 * MS, service: 'web', kind: 'server' }),
    row('call', 'page', 'GET', { ...web, at: 1 * MS, took: 20 * MS }),
    server('stock', 'call', 'GET /stock', 200, { at: -4 * MS, took: 16 * MS }),
    sql('sql1', 'stock', PRODUCT, -2 * MS, 9 * MS),
    row('call2', 'page', 'GET', { ...web, at: 22 * MS, took: 5 * MS }),
    server('price', 'call2', 'GET /price', 200, { at: 17 * MS, took: 3 * MS }),
  ]
}

function unfinished(): SpanRow[] {
  return purchase().filter(({ name }) => name !== 'POST /product/{id}')
}

function sampledOut(): SpanRow[] {
  return missingParents().map((span, i) =>
    i % 2 ? { ...span, weight: 8, trace_state: 'ot=th:e' } : span,
  )
}

function linked(): SpanRow[] {
  return [
    row('job', '', 'nightly 発注 job', {
      at: 0,
      took: 3 * MS,
      kind: 'consumer',
      link_trace_id: ['0af7651916cd43dd8448eb211c80319c', TRACE_ID],
      link_span_id: ['b7ad6b7169203331', hex('step')],
      link_attributes: [{ 'messaging.message.id': '77' }, {}],
    }),
    row('step', 'job', 'step', { at: 1 * MS, took: 0, attributes: { note: 'took no time' } }),
  ]
}

/** A trace of `count` spans: a request with many items, each with its own calls, one in `failEvery` failing. */
export function large(count: number, failEvery = 5_000): SpanRow[] {
  const rows = [server('root', '', 'POST /import', 200, { at: 0, took: count * 10 * US })]
  for (let i = 0; rows.length < count; i++) {
    const at = i * 40 * US
    const failed = i % failEvery === failEvery - 1
    rows.push(row(`it${i}`, 'root', 'import_item', { at, took: 39 * US, is_error: failed }))
    rows.push(sql(`sl${i}`, `it${i}`, PRODUCT, at + 1 * US, 12 * US))
    rows.push(
      sql(`up${i}`, `it${i}`, 'UPDATE products SET price = ? WHERE id = ?', at + 14 * US, 20 * US),
    )
    rows.push(row(`ev${i}`, `it${i}`, 'emit', { at: at + 35 * US, took: 3 * US, kind: 'producer' }))
  }
  return rows.slice(0, count)
}

/** By the name of its golden outputs. */
export const traces: Record<string, () => SpanRow[]> = {
  purchase,
  error,
  'n-plus-one': nPlusOne,
  parallel,
  asynchronous,
  'two-services': twoServices,
  'missing-parents': missingParents,
  cycle,
  'self-parent': selfParent,
  duplicates,
  skew,
  'no-root': unfinished,
  unfinished,
  'sampled-out': sampledOut,
  linked,
  large: () => large(10_000, 500),
}

export const logs: LogRow[] = [
  {
    time: timeAt(30_900 * US),
    span_id: hex('buy'),
    service: 'shop',
    severity: 'INFO',
    body: 'product bought',
    attributes: { audit: 'true', product_quantity: '1' },
  },
  {
    time: timeAt(1 * MS),
    span_id: '',
    service: 'shop',
    severity: 'WARN',
    body: 'slow disk',
    attributes: {},
  },
]
