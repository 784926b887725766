/** The traffic generator as a process. */
import { on } from 'node:events'
import { expect, test } from 'vitest'
import { runToEnd, spawn, startReceiver, startShop } from '../testing.ts'
import type { TrafficSummary } from './tally.ts'

const SERVER = 2
const CLIENT = 3

const traffic = (port: number, rate = 10, duration = 6) => [
  `--url=http://127.0.0.1:${port}`,
  '--seed=8',
  `--rate=${rate}`,
  `--duration=${duration}`,
]

test('the summary, the audit log and the spans of both services agree', async () => {
  const receiver = await startReceiver()
  const shop = await startShop(receiver.env)
  const running = spawn('traffic/main.js', traffic(shop.port), receiver.env)
  let progress: unknown
  running.process.on('message', (message) => {
    progress = message
  })
  const { code, stdout, stderr } = await running.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const summary: TrafficSummary = JSON.parse(stdout)
  const { stdout: audit } = await shop.stop()

  expect(summary).toMatchObject({ seed: 8, requests: 60, answered: 60, timeouts: 0, failures: 0 })
  const broken = receiver.spans.filter(
    ({ attributes }) => Number(attributes['http.response.status_code']) >= 500,
  )
  expect(broken.map(({ name, events }) => [name, events])).toEqual([])
  expect(Object.keys(summary.statuses)).toEqual(['200', '400', '401', '404', '422'])
  expect(progress).toEqual({ event: 'progress', planned: 60, sent: 60, answered: 60 })

  const lines = audit
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(summary.purchases)
  expect(lines.reduce((units, line) => units + line.product_quantity, 0)).toBe(summary.units)
  for (const { productId, purchases } of summary.products) {
    expect(lines.filter(({ product_id }) => product_id === productId)).toHaveLength(purchases)
  }
  for (const { userId, purchases } of summary.users) {
    expect(lines.filter(({ user_id }) => user_id === userId)).toHaveLength(purchases)
  }

  const server = receiver.spans.filter(({ kind }) => kind === SERVER)
  const client = receiver.spans.filter(
    ({ kind, resource }) => kind === CLIENT && resource['service.name'] === 'shop-traffic',
  )
  for (const [status, count] of Object.entries(summary.statuses)) {
    for (const spans of [server, client]) {
      const answered = spans.filter(
        ({ attributes }) => attributes['http.response.status_code'] === Number(status),
      )
      expect(answered).toHaveLength(count)
    }
  }
  for (const { method, route, status, requests } of summary.operations) {
    const spans = server.filter(
      ({ name, attributes }) =>
        name === `${method} ${route}` && attributes['http.status_code'] === status,
    )
    expect(spans).toHaveLength(requests)
  }
  expect(
    receiver.spans.filter(({ name, status }) => name === 'authentication' && status?.code === 2),
  ).toHaveLength(summary.authFailures)

  // Each request is one trace from the traffic to the shop.
  expect(new Set(client.map(({ traceId }) => traceId)).size).toBe(60)
  const parents = new Map(client.map(({ spanId, traceId }) => [spanId, traceId]))
  for (const { parentSpanId = '', traceId } of server) {
    expect(parents.get(parentSpanId)).toBe(traceId)
  }
  expect(client[0]?.attributes).toMatchObject({
    'server.port': shop.port,
    'net.peer.port': shop.port,
    'user_agent.original': expect.stringMatching(/^shop-traffic\//),
  })
})

test('SIGTERM stops it early, with a count of the requests sent', async () => {
  const shop = await startShop({ OTEL_SDK_DISABLED: 'true' })
  const running = spawn('traffic/main.js', traffic(shop.port, 50, 600), {
    OTEL_SDK_DISABLED: 'true',
  })
  for await (const [{ sent }] of on(running.process, 'message')) if (sent >= 20) break
  running.process.kill('SIGTERM')
  const { code, stdout } = await running.ended
  expect(code).toBe(0)
  const summary: TrafficSummary = JSON.parse(stdout)
  expect(summary.answered).toBe(summary.requests)
  expect(summary.requests).toBeGreaterThanOrEqual(20)
  expect(summary.requests).toBeLessThan(50 * 600)
})

test('requests to a closed port are failures, and the exit code is 1', async () => {
  const { code, stdout } = await runToEnd('traffic/main.js', traffic(9, 20, 1), {
    OTEL_SDK_DISABLED: 'true',
  })
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ requests: 20, answered: 0, failures: 20 })
})

test.each([
  ['--rate=fast', '--rate is not a number from 0: "fast"'],
  ['--duration=-1', '--duration is not a number from 0: "-1"'],
  ['--url=shop', '--url is not an http URL: "shop"'],
  ['--speed=9', "Unknown option '--speed'"],
])('refuses %s with one sentence and one hint', async (argument, sentence) => {
  const { code, stdout, stderr } = await runToEnd('traffic/main.js', [argument])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringContaining(sentence),
    expect.stringContaining('traffic/main.js --url http://127.0.0.1:8000'),
  ])
})
