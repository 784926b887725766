/** Spans of HTTP requests. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { expect, test, vi } from 'vitest'
import { PRODUCTS, USERS } from '../database/seed-data.ts'
import { openTestShop, purchase, recordSpans } from '../testing.ts'

vi.spyOn(process.stdout, 'write').mockReturnValue(true)

const recorded = recordSpans()
const [user] = USERS as [(typeof USERS)[number]]
const [product] = PRODUCTS as [(typeof PRODUCTS)[number]]

async function serverSpan(path: string, request: RequestInit = {}) {
  const { app } = await openTestShop()
  recorded.take()
  await app.request(path, request)
  return recorded.take().find(({ kind }) => kind === SpanKind.SERVER)
}

test('the server span has both generations of attributes', async () => {
  const request = purchase(user, { quantity: 2 })
  const span = await serverSpan(`http://shop.test:8000/product/${product.id}?from=page`, {
    ...request,
    headers: {
      ...request.headers,
      'user-agent': 'test/1',
      'x-forwarded-for': '192.0.2.7, 10.0.0.1',
      'content-length': '14',
    },
  })
  expect(span?.name).toBe('POST /product/{id}')
  expect(span?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'http.request.body.size': 14,
    'http.route': '/product/{id}',
    'url.scheme': 'http',
    'url.path': `/product/${product.id}`,
    'url.query': 'from=page',
    'server.address': 'shop.test',
    'server.port': 8000,
    'client.address': '192.0.2.7',
    'user_agent.original': 'test/1',
    'http.method': 'POST',
    'http.status_code': 200,
    'http.request_content_length': 14,
    'http.scheme': 'http',
    'http.url': `http://shop.test:8000/product/${product.id}?from=page`,
    'http.target': `/product/${product.id}?from=page`,
    'http.host': 'shop.test:8000',
    'http.client_ip': '192.0.2.7',
    'http.user_agent': 'test/1',
    'net.host.name': 'shop.test',
    'net.host.port': 8000,
  })
})

test.each([
  ['GET', '/products', 'GET /products', '/products'],
  ['GET', `/products/${product.id}`, 'GET /products/{id}', '/products/{id}'],
  ['POST', '/product/none', 'POST /product/{id}', '/product/{id}'],
  ['GET', '/nowhere', 'GET', undefined],
  ['BREW', '/products', 'HTTP', undefined],
])('%s %s is named %s', async (method, path, name, route) => {
  const span = await serverSpan(path, { method })
  expect(span?.name).toBe(name)
  expect(span?.attributes['http.route']).toBe(route)
  expect(span?.status.code).toBe(SpanStatusCode.UNSET)
})

test('an unknown method is _OTHER', async () => {
  const span = await serverSpan('/products', { method: 'BREW' })
  expect(span?.attributes['http.request.method']).toBe('_OTHER')
  expect(span?.attributes['http.request.method_original']).toBe('BREW')
})

test('the span continues the trace of the caller', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const span = await serverSpan('/products', { headers: { traceparent } })
  expect(span?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
  expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
})

test('a health check leaves no span', async () => {
  expect(await serverSpan('/healthz')).toBeUndefined()
})
