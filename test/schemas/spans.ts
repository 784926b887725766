/**
 * A fixed set of spans with every value that a store may get wrong.
 *
 * One file: a list of spans.
 */

/** An OTLP value: bigint is an integer, number a double. */
export type Value = string | boolean | bigint | number | string[]
export type Attributes = Record<string, Value>

export interface SpanEvent {
  /** Nanoseconds since 1970 UTC, as everywhere here. */
  time: bigint
  name: string
  attributes: Attributes
}

export interface Span {
  time: bigint
  /** Nanoseconds; below 0 where the end is before the start. */
  duration: bigint
  traceId: string
  spanId: string
  parentId: string
  traceState: string
  scope: string
  scopeVersion: string
  service: string
  name: string
  /** OTLP numbers. */
  kind: 0 | 1 | 2 | 3 | 4 | 5
  status: 0 | 1 | 2
  statusMessage: string
  attributes: Attributes
  resource: Attributes
  events: SpanEvent[]
  links: { traceId: string; spanId: string; attributes: Attributes }[]
  /** Stored before the exporter renamed kinds and statuses. */
  old: boolean
}

/** The window of all span starts: an unaligned hour. */
export const FROM = 1_760_000_123_000_000_000n
export const TO = FROM + 3_600_000_000_000n
export const TRACES = 140

/**
 * A generator of equal numbers in each run (mulberry32,
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c).
 */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** About 1,200 spans: purchases over two services, some sampled, some delivered twice, some with their root missing. */
export function makeSpans(): Span[] {
  const random = numbers(4)
  const below = (n: number) => Math.floor(random() * n)
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('')
  const spans: Span[] = []
  for (let trace = 0; trace < TRACES; trace++) {
    // Traces start in different nanoseconds, so that no order depends on the schema.
    const start = FROM + BigInt(trace) * 25_710_000_000n + BigInt(below(1_000_000_000))
    const made = purchase(trace, start, hex(32), () => hex(16), below)
    if (trace % 17 === 5) made.shift()
    spans.push(...made)
    if (trace % 23 === 7) spans.push(made[1]!)
  }
  return spans
}

/** A sampler's trace state. `ot=th` is a threshold of 56 bits without its trailing zeros. */
const STATES = ['', '', 'vendor=1', 'ot=th:8', 'vendor=a,ot=rv:00000000000001;th:c', 'ot=th:e666']

function purchase(
  trace: number,
  start: bigint,
  traceId: string,
  id: () => string,
  below: (n: number) => number,
): Span[] {
  const old = trace % 2 === 0
  const [failed, refused] = [trace % 9 === 3, trace % 11 === 4]
  const user = `user-${trace % 13}`
  const product = `product-${trace % 7}`
  const status = refused ? 401n : failed ? 500n : 200n
  const sampled: Attributes = trace % 19 === 2 ? { SampleRate: 5n } : {}
  const web = resource('web', old)
  const shop = resource('shop', old)
  const common = { traceId, traceState: STATES[trace % STATES.length]!, old, statusMessage: '' }
  let clock = start
  const span = (parent: Span | undefined, given: Partial<Span> & { name: string }): Span => {
    clock += BigInt(1 + below(50_000))
    return {
      ...common,
      time: clock,
      duration: BigInt(100_000 + below(400_000_000)),
      spanId: id(),
      parentId: parent?.spanId ?? '',
      scope: 'shop',
      scopeVersion: '1.0.0',
      service: 'shop',
      kind: 1,
      status: 0,
      resource: shop,
      events: [],
      links: [],
      ...given,
      attributes: { ...given.attributes, ...sampled },
    }
  }
  const root = span(undefined, {
    name: 'POST',
    kind: 3,
    service: 'web',
    resource: web,
    attributes: old
      ? {
          'http.method': 'POST',
          'http.url': `http://shop/product/${product}?a=b`,
          'http.status_code': status,
        }
      : {
          'http.request.method': 'POST',
          'url.full': `http://shop/product/${product}?a=b`,
          'http.response.status_code': status,
        },
  })
  const server = span(root, {
    name: 'POST /product/{id}',
    kind: 2,
    status: failed ? 2 : 0,
    statusMessage: failed ? 'out of stock' : '',
    attributes: {
      ...(old
        ? {
            'http.method': 'POST',
            'http.target': `/product/${product}?a=b`,
            'http.status_code': status,
          }
        : {
            'http.request.method': 'POST',
            'url.path': `/product/${product}`,
            'http.response.status_code': status,
          }),
      'http.route': '/product/{id}',
      'net.peer.port': BigInt(40_000 + (trace % 5)),
    },
    ...(trace % 29 === 8 ? { duration: -5n } : {}),
  })
  const authentication = span(server, {
    name: 'authentication',
    status: refused ? 2 : 1,
    statusMessage: refused ? `invalid password of ${user}` : '',
    attributes: {
      ...(old ? { 'enduser.id': user } : { 'user.id': user }),
      // Exceptions were span attributes before there were events.
      ...(refused ? { 'exception.type': 'AuthError', 'exception.message': 'no such user' } : {}),
    },
    events: [
      {
        time: clock + 7n,
        name: refused ? 'invalid user password' : 'user successfully logged',
        attributes: { attempt: BigInt(trace % 3), 'user.id': user },
      },
    ],
  })
  const spans = [root, server, authentication]
  if (refused) return spans
  const buy = span(server, {
    name: 'service_buy_product',
    status: failed ? 2 : 0,
    statusMessage: failed ? 'out of stock' : '',
    attributes: {
      'user.id': user,
      'product.id': product,
      'product.quantity': BigInt(1 + (trace % 4)),
      ...(old
        ? { 'code.namespace': 'shop.Service', 'code.function': 'buy' }
        : { 'code.function.name': 'shop.Service.buy' }),
      price: 1.5 + (trace % 3),
      gift: trace % 2 === 0,
      big: 9_007_199_254_740_993n,
      small: -9_007_199_254_740_993n,
      far: 1e21,
      near: 1e-7,
      // A key that is a prefix of another.
      error: failed,
      'error.type': failed ? 'StockError' : '',
      'k8s.pod.annotation.a.b.c.d': 'deep',
      released: '2024-01-01 00:00:00',
      changed: ['2024-07-01 12:30:00', '2024-07-02 00:00:00'],
      'changed.at': '2024-07-01 12:30:00.25',
      day: '2024-01-01',
      empty: '',
      "quo'te": `a\\b'c"d=${trace % 3}`,
      tags: ['a', 'b<c'],
      unicode: 'größe – 数',
    },
    events: failed
      ? [
          {
            time: clock + 11n,
            name: old ? 'exception' : 'shop.purchase.exception',
            attributes: {
              'exception.type': 'StockError',
              'exception.message': 'out of stock',
              left: 0n,
            },
          },
        ]
      : [],
    links:
      trace % 5 === 0
        ? [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: { why: 'retry' } }]
        : [],
  })
  const sql = 'UPDATE products SET quantity = quantity - ?'
  const query = span(buy, {
    name: 'UPDATE products',
    kind: 3,
    scope: 'sqlite',
    scopeVersion: '',
    attributes: old
      ? {
          'db.system': 'sqlite',
          'db.statement': sql,
          'db.operation': 'UPDATE',
          'db.name': 'shop',
          [trace % 4 === 0 ? 'db.mongodb.collection' : 'db.sql.table']: 'products',
        }
      : {
          'db.system.name': 'sqlite',
          'db.query.text': sql,
          'db.operation.name': 'UPDATE',
          'db.namespace': 'shop',
          'db.collection.name': 'products',
        },
  })
  const call = span(buy, {
    name: 'Pay',
    kind: 3,
    attributes: old
      ? {
          'rpc.system': 'grpc',
          'rpc.service': 'bank.Bank',
          'rpc.method': 'Pay',
          ...(trace % 4 === 0 ? { 'rpc.status_code': 'OK' } : { 'rpc.grpc.status_code': 0n }),
        }
      : {
          'rpc.system.name': 'grpc',
          'rpc.method': 'bank.Bank/Pay',
          'rpc.response.status_code': 'OK',
        },
  })
  const send = span(buy, {
    name: 'orders publish',
    kind: 4,
    attributes: old
      ? {
          'messaging.system': 'kafka',
          'messaging.destination': 'orders',
          'messaging.operation': 'publish',
        }
      : {
          'messaging.system': 'kafka',
          'messaging.destination.name': 'orders',
          'messaging.operation.type': 'send',
        },
  })
  const receive = span(send, {
    name: 'orders process',
    kind: 5,
    service: 'web',
    resource: web,
    attributes: {},
    links: [{ traceId, spanId: send.spanId, attributes: {} }],
  })
  const stats = span(server, {
    name: 'runtime_stats',
    kind: trace % 3 === 0 ? 0 : 1,
    attributes: {
      'process.pid': BigInt(100 + (trace % 2)),
      'v8js.gc.minor.count': BigInt(trace),
      'v8js.gc.major.count': BigInt(trace >> 3),
      'v8js.gc.minor.duration': trace * 0.001,
      'v8js.memory.heap.used': BigInt(20_000_000 + trace * 1000),
      'nodejs.eventloop.delay.max': (trace % 7) * 0.002,
    },
  })
  return [...spans, buy, query, call, send, receive, stats]
}

function resource(service: string, old: boolean): Attributes {
  return {
    'service.name': service,
    'host.name': `${service}-host`,
    [old ? 'deployment.environment' : 'deployment.environment.name']: 'test',
    'process.pid': 4127n,
    'host.id': 9_007_199_254_740_993n,
  }
}
