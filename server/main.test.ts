/** The shop as a process: configuration, telemetry, and its end. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import Libsql from 'libsql/promise'
import { expect, onTestFinished, test } from 'vitest'
import { PRODUCTS, USERS } from './database/seed-data.ts'
import { FAULTS } from './faults.ts'
import { purchase, runToEnd, startReceiver, startShop, temporaryFile } from './testing.ts'

const [user] = USERS as [(typeof USERS)[number]]
const last = PRODUCTS.at(-1)!
const noTelemetry = { OTEL_SDK_DISABLED: 'true' }

test('of 60 concurrent purchases of the last 10 units exactly 10 succeed', async () => {
  expect(last.quantity).toBe(10)
  const file = temporaryFile()
  const shop = await startShop({ ...noTelemetry, SHOP_DB: file })
  const buyers = USERS.filter(({ balance }) => balance >= last.price)
  const responses = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      fetch(
        `http://127.0.0.1:${shop.port}/product/${last.id}`,
        purchase(buyers[n % buyers.length]!, { quantity: 1 }),
      ),
    ),
  )
  const detail = `Insufficient quantity for product ${last.id}`
  const answers = await Promise.all(responses.map((response) => response.text()))
  expect(answers.filter((answer) => answer === '{"message":"success"}')).toHaveLength(10)
  expect(answers.filter((answer) => answer === JSON.stringify({ detail }))).toHaveLength(50)

  const { code, stdout } = await shop.stop()
  expect(code).toBe(0)
  expect(stdout.trimEnd().split('\n')).toHaveLength(10)
  const handle = new Libsql(file, {})
  onTestFinished(() => handle.close())
  const [{ stock }] = await handle
    .prepare('SELECT quantity AS stock FROM products WHERE id = ?')
    .then((statement: { all(id: string): Promise<{ stock: number }[]> }) => statement.all(last.id))
  const [{ spent, lowest }] = await handle
    .prepare('SELECT sum(balance) AS spent, min(balance) AS lowest FROM users')
    .then((statement: { all(): Promise<{ spent: number; lowest: number }[]> }) => statement.all())
  expect(stock).toBe(0)
  expect(spent).toBe(USERS.reduce((sum, { balance }) => sum + balance, 0) - 10 * last.price)
  expect(lowest).toBeGreaterThanOrEqual(0)
})

test('a purchase is one line on stdout and one log record of the named resource, flushed at SIGTERM', async () => {
  const receiver = await startReceiver()
  // No export is due before the shop stops.
  const patient = { OTEL_BSP_SCHEDULE_DELAY: '60000', OTEL_BLRP_SCHEDULE_DELAY: '60000' }
  const named = {
    OTEL_SERVICE_NAME: 'corner-shop',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
  }
  const shop = await startShop({ ...receiver.env, ...patient, ...named })
  const url = `http://127.0.0.1:${shop.port}/product/${last.id}`
  await fetch(url, purchase(user, { quantity: 2 }))
  await fetch(url, purchase(user, { quantity: 200 }))
  await fetch(url, purchase({ ...user, password: 'wrong' }, { quantity: 1 }))
  expect(receiver.spans).toHaveLength(0)

  const { code, stdout } = await shop.stop()
  expect(code).toBe(0)
  const bought = receiver.spans.find(
    ({ name, status }) => name === 'service_buy_product' && status?.code !== 2,
  )
  expect(receiver.spans.filter(({ traceId }) => traceId === bought?.traceId)).toHaveLength(22)
  expect(receiver.spans).toHaveLength(22 + 11 + 7)

  const line = JSON.parse(stdout)
  expect(line).toEqual({
    product_id: last.id,
    user_id: user.id,
    product_quantity: 2,
    audit: 'true',
    event: 'product bought',
    level: 'info',
    logger: 'shop.service',
    pid: shop.process.pid,
    trace_id: bought?.traceId,
    span_id: bought?.spanId,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
  })
  expect(receiver.logs).toHaveLength(1)
  expect(receiver.logs[0]).toMatchObject({
    body: { stringValue: 'product bought' },
    traceId: bought?.traceId,
    spanId: bought?.spanId,
    attributes: { product_id: last.id, user_id: user.id, product_quantity: 2, audit: 'true' },
  })
  // It names service, host and process, and the standard variables override it.
  const { resource } = receiver.logs[0]!
  expect(receiver.spans[0]?.resource).toEqual(resource)
  expect(resource).toMatchObject({
    'service.name': 'corner-shop',
    'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
    'service.instance.id': expect.any(String),
    'deployment.environment.name': 'staging',
    'host.name': expect.any(String),
    'process.pid': shop.process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.language': 'nodejs',
  })
})

test('without a collector the shop serves, warns and stops', async () => {
  const port = await listeningPort()
  const shop = await startShop({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
  const response = await fetch(
    `http://127.0.0.1:${shop.port}/product/${last.id}`,
    purchase(user, { quantity: 1 }),
  )
  expect(response.status).toBe(200)
  const { code, stderr } = await shop.stop()
  expect(code).toBe(0)
  expect(stderr).toContain('telemetry: not flushed within 3000 ms')
})

test('open requests are answered before the shop stops', async () => {
  const shop = await startShop({ ...noTelemetry, SHOP_FAULTS: 'slow-product' })
  const slow = PRODUCTS.find(({ name }) => FAULTS[4].sentence.includes(name))!
  const address = `http://127.0.0.1:${shop.port}/products/${slow.id}`
  const begun = request(address, { headers: { expect: '100-continue' } }).end()
  const answered = once(begun, 'response')
  // The shop says so when it has the request.
  await once(begun, 'continue')
  const ended = shop.stop()
  expect((await answered)[0].statusCode).toBe(200)
  expect((await ended).code).toBe(0)
})

test('the shop stops and removes its database when its parent ends', async () => {
  const shop = await startShop(noTelemetry)
  expect(readdirSync(shop.tmp)).toHaveLength(1)
  const exited = once(shop.process, 'exit')
  shop.process.disconnect()
  expect(await exited).toEqual([0, null])
  expect(readdirSync(shop.tmp)).toEqual([])
})

test('with payments, a purchase is one trace of two services, and the hosts stop with the shop', async () => {
  const receiver = await startReceiver()
  const shop = await startShop({ ...receiver.env, SHOP_PAYMENTS: 'yes' })
  const url = `http://127.0.0.1:${shop.port}/product/${PRODUCTS[0]!.id}`
  for (let i = 0; i < 3; i++) {
    const response = await fetch(url, purchase(user, { quantity: 1 }))
    expect(response.status).toBe(200)
  }
  expect((await shop.stop()).code).toBe(0)
  expect(readdirSync(shop.tmp)).toEqual([])
  const charges = receiver.spans.filter(({ name }) => name === 'charge')
  expect(charges.map(({ resource }) => resource['host.name']).sort()).toEqual([
    ...['payment-1', 'payment-2', 'payment-3'],
  ])
  expect(charges[0]?.resource).toMatchObject({
    'service.name': 'payment',
    'service.version': '2.3.0',
    'service.instance.id': expect.any(String),
  })
  const own = receiver.spans.filter(({ traceId }) => traceId === charges[0]?.traceId)
  expect(own.filter(({ resource }) => resource['service.name'] === 'shop')).toHaveLength(24)
})

test('--faults lists the faults', async () => {
  const { code, stdout } = await runToEnd('main.js', ['--faults'])
  expect(code).toBe(0)
  for (const { name, sentence } of FAULTS) expect(stdout).toContain(`${name.padEnd(20)}${sentence}`)
})

test.each([
  [{ PORT: '80000' }, 'PORT is not a port: "80000"'],
  [{ PORT: 'http' }, 'PORT is not a port: "http"'],
  [{ SHOP_FAULTS_AFTER: '1m' }, 'SHOP_FAULTS_AFTER is not a number of seconds: "1m"'],
  [{ SHOP_FAULTS: 'gremlins' }, 'SHOP_FAULTS: no fault is named "gremlins"'],
])('refuses %o with one sentence and one hint', async (env, sentence) => {
  const { code, stdout, stderr } = await runToEnd('main.js', [], { ...noTelemetry, ...env })
  expect(code).toBe(2)
  expect(stdout).toBe('')
  const [first, hint, ...more] = stderr.trimEnd().split('\n')
  expect(first).toBe(sentence)
  expect(hint).toMatch(/^ {2}Use /)
  expect(more).toEqual([])
})

test('a port in use is an error that names it', async () => {
  const port = await listeningPort()
  const { code, stderr } = await runToEnd('main.js', [], { ...noTelemetry, PORT: String(port) })
  expect(code).toBe(1)
  expect(stderr).toContain(`The shop cannot listen on 127.0.0.1:${port}: the port is in use\n`)
})

/** The port of a server that takes connections and says nothing. */
async function listeningPort(): Promise<number> {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => {
    silent.close()
  })
  return (silent.address() as AddressInfo).port
}
