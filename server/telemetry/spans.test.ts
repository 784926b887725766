/** Spans around functions: attributes, errors and events. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { beforeEach, expect, test, vi } from 'vitest'
import { PRODUCTS, USERS } from '../database/seed-data.ts'
import { FAILING_USER } from '../faults.ts'
import { openTestShop, purchase, recordSpans } from '../testing.ts'

vi.spyOn(process.stdout, 'write').mockReturnValue(true)
vi.spyOn(process.stderr, 'write').mockReturnValue(true)

const recorded = recordSpans()
const [user] = USERS as [(typeof USERS)[number]]
const [product] = PRODUCTS as [(typeof PRODUCTS)[number]]

beforeEach(() => {
  recorded.take()
})

/** One line for each span, indented below its parent: name, kind, error, events. */
function tree(spans: ReadableSpan[], parent?: string, indent = ''): string {
  return spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .map((span) => {
      const kind = span.kind === SpanKind.INTERNAL ? '' : ` [${SpanKind[span.kind].toLowerCase()}]`
      const failed = span.status.code === SpanStatusCode.ERROR ? ` ! ${span.status.message}` : ''
      const events = span.events.length > 0 ? ` (${span.events.map((e) => e.name).join(', ')})` : ''
      const below = tree(spans, span.spanContext().spanId, `${indent}  `)
      return `\n${indent}${span.name}${kind}${failed}${events}${below}`
    })
    .join('')
}

async function traceOf(path: string, request?: RequestInit, faults = ''): Promise<ReadableSpan[]> {
  const { app } = await openTestShop(faults)
  await app.request(path, request)
  return recorded.take()
}

test('a purchase is one trace of 22 spans, nested like the calls', async () => {
  const spans = await traceOf(`/product/${product.id}`, purchase(user, { quantity: 2 }))
  expect(spans).toHaveLength(22)
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)
  expect(tree(spans)).toMatchInlineSnapshot(`
    "
    POST /product/{id} [server]
      runtime_stats
        authentication (user successfully logged)
          service_verify_user_password
            repository_get_user
              connect [client]
              SELECT users [client]
        service_buy_product
          repository_get_product
            connect [client]
            SELECT products [client]
          repository_get_user
            connect [client]
            SELECT users [client]
          repository_transaction
            connect [client]
            BEGIN [client]
            repository_update_product_quantity
              UPDATE products [client]
            repository_update_user_balance
              UPDATE users [client]
            COMMIT [client]"
  `)
})

test('a wrong password fails the authentication span only', async () => {
  const wrong = { ...user, password: 'wrong' }
  const spans = await traceOf(`/product/${product.id}`, purchase(wrong, { quantity: 2 }))
  expect(tree(spans)).toMatchInlineSnapshot(`
    "
    POST /product/{id} [server]
      runtime_stats
        authentication ! Invalid credentials (invalid user password, exception)
          service_verify_user_password
            repository_get_user
              connect [client]
              SELECT users [client]"
  `)
})

test('a refused purchase fails service_buy_product and not the server span', async () => {
  const spans = await traceOf(`/product/${product.id}`, purchase(user, { quantity: 900_000 }))
  expect(tree(spans)).toMatchInlineSnapshot(`
    "
    POST /product/{id} [server]
      runtime_stats
        authentication (user successfully logged)
          service_verify_user_password
            repository_get_user
              connect [client]
              SELECT users [client]
        service_buy_product ! Insufficient quantity for product 4b7c3db6-8c93-487d-af9c-07d8a5aa1bb1 (exception)
          repository_get_product
            connect [client]
            SELECT products [client]"
  `)
})

test('a malformed body is an event of the server span', async () => {
  const spans = await traceOf(`/product/${product.id}`, purchase(user, '{}'))
  const [server] = spans
  expect(server?.status.code).toBe(SpanStatusCode.UNSET)
  expect(server?.events.map(({ attributes }) => attributes?.['exception.message'])).toEqual([
    'the body must be a JSON object with a quantity',
  ])
})

test('an internal error is recorded where it occurred, and fails every span above', async () => {
  const failing = FAILING_USER
  const spans = await traceOf(
    `/product/${product.id}`,
    purchase(failing, { quantity: 1 }),
    'failing-user',
  )
  const failed = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR)
  expect(failed.map(({ name }) => name)).toEqual(['POST /product/{id}', 'service_buy_product'])
  expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual(['Error', 'Error'])
  const exceptions = spans.flatMap(({ name, events }) =>
    events.filter((event) => event.name === 'exception').map(() => name),
  )
  expect(exceptions).toEqual(['service_buy_product'])
})

test('spans have user, product and quantity, with integers as integers', async () => {
  const spans = await traceOf(`/product/${product.id}`, purchase(user, { quantity: 2 }))
  const attributes = Object.fromEntries(spans.map((span) => [span.name, span.attributes]))
  expect(attributes.authentication).toEqual({ 'user.id': user.id })
  expect(attributes.service_buy_product).toEqual({
    'user.id': user.id,
    'product.id': product.id,
    'product.quantity': 2,
  })
})

test('statements have no values, in both generations of attributes', async () => {
  const spans = await traceOf(`/product/${product.id}`, purchase(user, { quantity: 2 }))
  const sql = 'UPDATE products SET quantity = quantity - ? WHERE id = ? AND quantity >= ?'
  expect(spans.find(({ name }) => name === 'UPDATE products')?.attributes).toEqual({
    'db.system.name': 'sqlite',
    'db.namespace': 'shop.db',
    'db.query.text': sql,
    'db.query.summary': 'UPDATE products',
    'db.operation.name': 'UPDATE',
    'db.collection.name': 'products',
    'db.system': 'sqlite',
    'db.name': 'shop.db',
    'db.statement': sql,
    'db.operation': 'UPDATE',
    'db.sql.table': 'products',
  })
  for (const { kind, attributes } of spans) {
    if (kind === SpanKind.CLIENT) expect(JSON.stringify(attributes)).not.toContain(product.id)
  }
})

test('an invalid user id stays out of the trace, as it may be a password', async () => {
  const swapped = { id: 'my secret', password: user.id }
  const spans = await traceOf(`/product/${product.id}`, purchase(swapped, { quantity: 2 }))
  const everything = JSON.stringify(spans.map(({ attributes, events }) => ({ attributes, events })))
  expect(everything).not.toContain('my secret')
  expect(spans.at(-1)?.events.map(({ name }) => name)).toEqual(['invalid user id', 'exception'])
})
