/** The shop's HTTP routes, the validation of bodies, and the answers to refusals. */
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { logError } from './audit.ts'
import { authenticate } from './auth.ts'
import { invalidOrder, Refusal } from './refusals.ts'
import type { Service } from './service.ts'
import { serverSpan } from './telemetry/http-span.ts'
import { runtimeStats } from './telemetry/runtime-stats.ts'

const MAX_BODY_BYTES = 4096
// Far above any stock. A price times this quantity is still a safe integer.
const MAX_QUANTITY = 1_000_000

export function createApp(service: Service) {
  const app = new Hono<{ Bindings: Partial<HttpBindings> }>()

  // Registered before the middleware, so that probes make no spans.
  app.get('/healthz', (c) => c.json({ status: 'ok' }))

  app.use(serverSpan, runtimeStats())

  app.get('/products', async (c) => c.json(await service.listProducts()))

  app.get('/products/:id', async (c) => c.json(await service.getProduct(c.req.param('id'))))

  app.post(
    '/product/:id',
    authenticate(service),
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw invalidOrder(`the body must not be larger than ${MAX_BODY_BYTES} bytes`)
      },
    }),
    async (c) => {
      const quantity = readQuantity(await c.req.text())
      await service.buyProduct({
        userId: c.get('userId'),
        productId: c.req.param('id'),
        quantity,
      })
      return c.json({ message: 'success' })
    },
  )

  app.notFound((c) => c.json({ detail: 'Not Found' }, 404))

  app.onError((error, c) => {
    if (error instanceof Refusal) {
      if (error.status === 401) c.header('WWW-Authenticate', 'Basic realm="shop"')
      return c.json({ detail: error.message }, error.status)
    }
    logError('request failed', error)
    return c.json({ detail: 'Internal Server Error' }, 500)
  })

  return app
}

/** Reads the quantity of an order from its body. Throws a 422 that names the mistake. */
function readQuantity(body: string): number {
  const order = parseJson(body)
  if (typeof order !== 'object' || order === null || !('quantity' in order)) {
    throw invalidOrder('the body must be a JSON object with a quantity')
  }
  const { quantity } = order
  if (typeof quantity !== 'number' || !Number.isInteger(quantity)) {
    throw invalidOrder('quantity must be a whole number')
  }
  if (quantity < 1 || quantity > MAX_QUANTITY) {
    throw invalidOrder(`quantity must be from 1 to ${MAX_QUANTITY}`)
  }
  return quantity
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidOrder('the body is not JSON')
  }
}
