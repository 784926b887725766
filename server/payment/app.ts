/** One host of the payment service: charges a card. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { Agent } from 'undici'
import { logError } from '../audit.ts'
import { BUSY, type Faults, SLOW_HOST, VERSIONS } from '../faults.ts'
import { send } from '../telemetry/http-client.ts'
import { serverSpan } from '../telemetry/http-span.ts'
import { inSpan } from '../telemetry/spans.ts'
import { cardOf } from './cards.ts'
import type { openLedger } from './ledger.ts'
import { createRates } from './rates.ts'

const BANK_TIMEOUT_MS = 5000

interface Host {
  name: string
  version: string
  bank: string
  ledger: Awaited<ReturnType<typeof openLedger>>
}

export function createPaymentApp({ name, version, bank, ledger }: Host, faults: Faults) {
  const dispatcher = new Agent({ connections: 16 })

  function askBank(method: string, route: string, country: string) {
    const url = new URL(`${route}?country=${country}`, bank)
    const about = { name: `${method} ${route}`, attributes: { country, 'peer.service': 'bank' } }
    return send({ ...about, method, url, route, dispatcher, timeoutMs: BANK_TIMEOUT_MS })
  }

  const rateOf = createRates(async (country) => {
    const { text } = await askBank('GET', '/rates', country)
    return Number(JSON.parse(text).rate)
  }, faults)

  let requests = 0
  async function charge(userId: string, cents: number): Promise<void> {
    const card = cardOf(userId)
    const attributes = { 'user.id': userId, country: card.country, 'charge.cents': cents }
    return inSpan('charge', { attributes }, async () => {
      if (faults.isActive('busy-payments') && requests++ % BUSY.of < BUSY.first) throw new Busy()
      await ledger.chargedTo(userId)
      // Version 2.4.0 forgets that not every card has limits.
      if (version === VERSIONS[1]) card.limits!.daily.toFixed()
      await rateOf(card.country)
      await askBank('POST', '/authorize', card.country)
      await inSpan('record_charge', { attributes: { 'user.id': userId } }, async () => {
        if (faults.isActive('slow-host') && name === SLOW_HOST.name) {
          await sleep(SLOW_HOST.milliseconds)
        }
        await ledger.record(userId, cents)
      })
    })
  }

  const app = new Hono<{ Bindings: Partial<HttpBindings> }>()
  app.use(serverSpan)
  app.post('/charge', async (c) => {
    const { user, cents } = await c.req.json()
    await charge(String(user), Number(cents))
    return c.json({ charged: cents })
  })
  app.onError((error, c) => {
    if (error instanceof Busy) return c.json({ detail: error.message }, 503)
    logError('charge failed', error)
    return c.json({ detail: 'Internal Server Error' }, 500)
  })
  return app
}

class Busy extends Error {
  override name = 'Busy'
  override message = 'Too many requests in progress'
}
