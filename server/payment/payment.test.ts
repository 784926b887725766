/** The payment service in this process: its spans, its faults, and the shop's client. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { SpanKind } from '@opentelemetry/api'
import Libsql from 'libsql/promise'
import { expect, onTestFinished, test, vi } from 'vitest'
import { USERS } from '../database/seed-data.ts'
import { createFaults, SLOW_COUNTRY, SLOW_HOST, VERSIONS } from '../faults.ts'
import { recordSpans, temporaryFile } from '../testing.ts'
import { createPaymentApp } from './app.ts'
import { startBank } from './bank.ts'
import { cardOf } from './cards.ts'
import { createPayments } from './client.ts'
import { dropIndex, openLedger, seedLedger } from './ledger.ts'

vi.spyOn(process.stderr, 'write').mockReturnValue(true)
const recorded = recordSpans()
const [user] = USERS as [(typeof USERS)[number]]

async function openPayment(
  fault = '',
  { name = 'payment-1', version = VERSIONS[0] as string } = {},
) {
  const faults = createFaults(fault)
  const file = temporaryFile()
  await seedLedger(file, 100)
  const ledger = await openLedger(file)
  const bank = await startBank(faults)
  const app = createPaymentApp({ name, version, bank: bank.url, ledger }, faults)
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
    bank.close()
    ledger.close()
  })
  recorded.take()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { charge: createPayments(() => [url]).charge, file }
}

const names = () => recorded.take().map(({ name }) => name)
const milliseconds = ({ duration: [seconds, ns] }: { duration: [number, number] }) =>
  seconds * 1000 + ns / 1e6

test('a charge is one trace through both services, and the rate is asked once', async () => {
  const { charge } = await openPayment()
  await charge(user.id, 100)
  const spans = recorded.take()
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)
  expect(spans.map(({ name }) => name)).toEqual([
    ...['service_pay', 'POST /charge', 'POST /charge', 'charge', 'SELECT charges'],
    ...['get_rate', 'GET /rates', 'POST /authorize', 'record_charge', 'INSERT charges'],
  ])
  expect(spans[3]!.attributes).toMatchObject({ 'user.id': user.id, country: 'DE' })
  await charge(user.id, 100)
  expect(names()).not.toContain('GET /rates')
})

test('broken-cache asks for the rate each time', async () => {
  const { charge } = await openPayment('broken-cache')
  await charge(user.id, 100)
  await charge(user.id, 100)
  expect(names().filter((name) => name === 'GET /rates')).toHaveLength(2)
})

test('busy-payments answers some requests with 503, which the shop sends again', async () => {
  const { charge } = await openPayment('busy-payments')
  await charge(user.id, 100)
  const tries = recorded
    .take()
    .filter(({ name, kind }) => name === 'POST /charge' && kind === SpanKind.CLIENT)
  expect(tries.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([
    undefined,
    1,
    2,
  ])
})

test('bad-version fails for cards without limits', async () => {
  const { charge } = await openPayment('bad-version', { version: VERSIONS[1] })
  await charge(USERS[0]!.id, 100)
  await expect(charge(USERS[1]!.id, 100)).rejects.toThrow('The payment service answered 500')
})

test('slow-country and slow-host wait where they say', async () => {
  const slow = USERS.find(({ id }) => cardOf(id).country === SLOW_COUNTRY.code)!
  const { charge } = await openPayment('slow-country,slow-host', { name: SLOW_HOST.name })
  const took = async (id: string, name: string) => {
    await charge(id, 100)
    return milliseconds(recorded.take().find((span) => span.name === name)!)
  }
  expect(await took(slow.id, 'POST /authorize')).toBeGreaterThan(SLOW_COUNTRY.milliseconds)
  expect(await took(user.id, 'record_charge')).toBeGreaterThan(SLOW_HOST.milliseconds - 5)
})

test('missing-index makes each charge read the whole table', async () => {
  const { file, charge } = await openPayment()
  const plan = async () => {
    const handle = new Libsql(file, {})
    const statement = await handle.prepare(
      'EXPLAIN QUERY PLAN SELECT sum(cents) FROM charges WHERE user_id = ?',
    )
    const rows = await statement.all('')
    handle.close()
    return String(rows[0].detail)
  }
  expect(await plan()).toMatch(/^SEARCH charges USING INDEX/)
  await dropIndex(file)
  expect(await plan()).toMatch(/^SCAN charges/)
  await charge(user.id, 100)
})
