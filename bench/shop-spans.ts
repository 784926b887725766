/** OTLP requests like the shop's: 22 spans per purchase, 6 to 9 attributes per span. */
import { randomBytes } from 'node:crypto'
import { WireWriter } from '../collector/otlp/wire.ts'

type Value = string | number | boolean

const RESOURCE: Record<string, Value> = {
  'service.name': 'shop',
  'service.version': '1.4.2',
  'service.instance.id': '9f3c1d1e-6b2a-4a55-9d0e-0c6f2f6f5a11',
  'deployment.environment.name': 'bench',
  'host.name': 'shop-7f9c6d5b4-x2x8l',
  'host.arch': 'amd64',
  'process.pid': 4127,
  'process.runtime.name': 'nodejs',
  'process.runtime.version': '20.19.0',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.version': '2.2.0',
}

const STATEMENTS = [
  'SELECT id, name, password, balance FROM users WHERE id = ?',
  'SELECT id, name, quantity, price FROM products WHERE id = ?',
  'UPDATE products SET quantity = quantity - ? WHERE id = ? AND quantity >= ?',
  'UPDATE users SET balance = balance - ? WHERE id = ? AND balance >= ?',
  'BEGIN IMMEDIATE',
  'COMMIT',
]

const USERS = Array.from({ length: 200 }, () => uuid())
const PRODUCTS = Array.from({ length: 40 }, () => uuid())

/** A span before encoding. Times are nanoseconds since 1970. */
interface ShopSpan {
  name: string
  kind: number
  parent: number
  offset: number
  duration: number
  attributes: Record<string, Value>
  event?: string
  failed?: boolean
}

/**
 * One ExportTraceServiceRequest with `traces` purchases, 22 spans each.
 * @param startNanos when the first purchase starts; the others follow within `spreadNanos`.
 */
export function shopRequest(traces: number, startNanos: bigint, spreadNanos: number): Buffer {
  const request = new WireWriter(traces * 22 * 256)
  request.message(1, (resourceSpans) => {
    resourceSpans.message(1, (resource) => writeAttributes(resource, 1, RESOURCE))
    resourceSpans.message(2, (scopeSpans) => {
      scopeSpans.message(1, (scope) => {
        scope.string(1, 'shop')
        scope.string(2, '1.4.2')
      })
      for (let i = 0; i < traces; i++) {
        const at = startNanos + BigInt(Math.floor(Math.random() * spreadNanos))
        writeTrace(scopeSpans, at)
      }
    })
  })
  return request.bytes()
}

function writeTrace(scopeSpans: WireWriter, start: bigint): void {
  const traceId = randomBytes(16)
  const spans = purchase()
  const ids = spans.map(() => randomBytes(8))
  for (const [index, span] of spans.entries()) {
    scopeSpans.message(2, (out) => {
      out.raw(1, traceId)
      out.raw(2, ids[index]!)
      if (span.parent >= 0) out.raw(4, ids[span.parent]!)
      out.string(5, span.name)
      out.varint(6, span.kind)
      const begin = start + BigInt(span.offset)
      out.fixed64(7, begin)
      out.fixed64(8, begin + BigInt(span.duration))
      writeAttributes(out, 9, span.attributes)
      if (span.event) {
        out.message(11, (event) => {
          event.fixed64(1, begin + 1000n)
          event.string(2, span.event!)
        })
      }
      if (span.failed) out.message(15, (status) => status.varint(3, 2))
      out.fixed32(16, 0x101)
    })
  }
}

/** The 22 spans of one purchase, parents before children. */
function purchase(): ShopSpan[] {
  const user = pick(USERS)
  const product = pick(PRODUCTS)
  const failed = Math.random() < 0.03
  const spans: ShopSpan[] = []
  let clock = 0
  const add = (
    name: string,
    kind: number,
    parent: number,
    attributes: Record<string, Value>,
    duration = 200_000 + Math.floor(Math.random() * 900_000),
  ): number => {
    clock += 20_000 + Math.floor(Math.random() * 50_000)
    spans.push({ name, kind, parent, offset: clock, duration, attributes })
    return spans.length - 1
  }
  const sql = (parent: number, statement: string) =>
    add(statement.split(' ')[0]!, 3, parent, {
      'db.system.name': 'sqlite',
      'db.namespace': 'shop.db',
      'db.operation.name': statement.split(' ')[0]!,
      'db.query.text': statement,
      'code.function.name': 'execute',
      'thread.id': 1,
    })
  const repository = (parent: number, name: string, statement: string) => {
    const span = add(name, 1, parent, {
      'code.function.name': name,
      'code.file.path': 'server/repository.ts',
      'user.id': user,
      'product.id': product,
      'repository.rows': 1,
      'repository.cached': false,
    })
    add('connect', 3, span, {
      'db.system.name': 'sqlite',
      'db.namespace': 'shop.db',
      'server.address': 'localhost',
      'db.connection.state': 'used',
      'db.pool.size': 4,
      'thread.id': 1,
    })
    return sql(span, statement)
  }
  const root = add('POST /product/{id}', 2, -1, {
    'http.request.method': 'POST',
    'http.route': '/product/{id}',
    'url.path': `/product/${product}`,
    'url.scheme': 'http',
    'http.response.status_code': failed ? 401 : 200,
    'server.address': 'localhost',
    'server.port': 8000,
    'network.peer.address': '127.0.0.1',
    'nodejs.eventloop.delay': Math.random() / 100,
  })
  spans[root]!.duration = 4_000_000 + Math.floor(Math.random() ** 4 * 200_000_000)
  const auth = add('authentication', 1, root, attributesOf(user, product))
  spans[auth]!.event = failed ? 'invalid user password' : 'user successfully logged'
  spans[auth]!.failed = failed
  const verify = add('service_verify_user_password', 1, auth, attributesOf(user, product))
  repository(verify, 'repository_get_user', STATEMENTS[0]!)
  const buy = add('service_buy_product', 1, root, {
    ...attributesOf(user, product),
    'product.quantity': 1 + Math.floor(Math.random() * 20),
  })
  sql(buy, STATEMENTS[4]!)
  repository(buy, 'repository_get_product', STATEMENTS[1]!)
  repository(buy, 'repository_get_user', STATEMENTS[0]!)
  repository(buy, 'repository_take_product', STATEMENTS[2]!)
  repository(buy, 'repository_take_money', STATEMENTS[3]!)
  sql(buy, STATEMENTS[5]!)
  add('audit', 1, buy, attributesOf(user, product))
  return spans
}

function attributesOf(user: string, product: string): Record<string, Value> {
  return {
    'user.id': user,
    'product.id': product,
    'code.function.name': 'buyProduct',
    'code.file.path': 'server/service.ts',
    'app.tenant': 'default',
    'app.attempt': 1,
  }
}

function writeAttributes(out: WireWriter, field: number, attributes: Record<string, Value>): void {
  for (const [key, value] of Object.entries(attributes)) {
    out.message(field, (pair) => {
      pair.string(1, key)
      pair.message(2, (any) => {
        if (typeof value === 'string') any.string(1, value)
        else if (typeof value === 'boolean') any.varint(2, value ? 1 : 0)
        else if (Number.isInteger(value)) any.varint(3, value)
        else any.double(4, value)
      })
    })
  }
}

function pick<T>(items: T[]): T {
  return items[Math.floor(Math.random() * items.length)]!
}

function uuid(): string {
  const hex = randomBytes(16).toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}
