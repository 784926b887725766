/** The demo: its figures equal the traffic's own counts, and its store remains. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answersText } from '../cli/commands/demo/report.ts'
import { startCollector } from '../cli/commands/up/command.ts'
import { type Collector, start } from '../collector/main.ts'
import type { TrafficSummary } from '../server/traffic/tally.ts'
import { temporaryFolder } from './folder.ts'
import { otrace, runHere } from './otrace.ts'

type Rows = Record<string, string | number | null>[]
interface DemoOutput {
  traffic: TrafficSummary
  stored: number
  slowest: string
  dashboard: { title: string; panels: { title: string; command: string | null; rows: Rows }[] }
}

const folder = temporaryFolder()
const env = { OTRACE_DATA: join(folder.path, 'store') }
let demo: DemoOutput

/** The rows of a command over the store that the demo left. */
async function ask(...args: string[]): Promise<Rows> {
  const run = await runHere([...args, '--json'], { env })
  expect(run.stderr).toBe('')
  expect(run.exit).toBe(0)
  return JSON.parse(run.stdout)
}

/** The rows of a panel of the demo's dashboard. */
const panel = (title: string) => demo.dashboard.panels.find((each) => each.title === title)!.rows

beforeAll(async () => {
  // A busy machine answers three requests a second, and the demo waits 10 s for each.
  const args = ['demo', '--json', '--duration', '5s', '--rate', '8', '--seed', '7']
  const run = await otrace(args, { env })
  expect(run.exit, run.stderr).toBe(0)
  demo = JSON.parse(run.stdout)
})
afterAll(() => folder.remove())

describe('the demo', () => {
  it('has a collector on free ports when another program takes one meanwhile', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const taken = (other.address() as AddressInfo).port
    const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: taken }
    const options = { dataDir: join(folder.path, 'other'), ...ports }
    const collector = await startCollector(options, true)
    expect(collector.addresses.clickhouse).not.toBe(`http://127.0.0.1:${taken}`)
    await collector.stop()
    await expect(startCollector(options)).rejects.toThrow(`port ${taken} is in use`)
    other.close()
  })

  it('says how many requests had no answer', () => {
    const { traffic } = demo
    expect(answersText(traffic)).toMatch(/^40 requests answered, \d+ of them refused$/)
    expect(answersText({ ...traffic, requests: 45 })).toMatch(/^40 of 45 .*\n +5 had no answer/)
  })

  it('stores the spans of every answered request', () => {
    expect(demo.traffic.answered).toBe(40)
    expect(demo.stored).toBe(demo.traffic.answered)
  })

  it('counts requests per second by status', () => {
    const byStatus: Record<string, number> = {}
    for (const { series, rps } of panel('Requests by status')) {
      byStatus[String(series)] = (byStatus[String(series)] ?? 0) + Number(rps)
    }
    // Whole buckets of one second.
    for (const [status, count] of Object.entries(demo.traffic.statuses)) {
      expect(byStatus[status], status).toBeCloseTo(count, 6)
    }
    expect(Object.keys(byStatus)).toHaveLength(Object.keys(demo.traffic.statuses).length)
  })

  it('names the best-selling products', () => {
    const sold = demo.traffic.products
      .map(({ productId, purchases, units }) => ({ product_id: productId, purchases, units }))
      .sort((a, b) => b.units - a.units || (a.product_id < b.product_id ? -1 : 1))
    expect(sold.length).toBeGreaterThan(3)
    expect(panel('Top products')).toEqual(sold.slice(0, 5))
  })

  it('names the command of a panel', async () => {
    const shown = demo.dashboard.panels.find(({ title }) => title === 'Top products')!
    const [, ...args] = shown.command!.split(' ')
    const { stdout } = await runHere([...args, '--json'], { env })
    expect(JSON.parse(stdout)).toEqual(shown.rows)
  })
})

describe('the store it leaves behind', () => {
  it('answers concurrent commands one after another, without a running collector', async () => {
    const args = ['services', '--since', '1h', '--to', demo.traffic.ended, '--json']
    const runs = await Promise.all([1, 2, 3].map(() => otrace(args, { env })))
    // On a slow machine the last one notes that it waits.
    for (const { stderr } of runs)
      expect(stderr).toMatch(/^(waiting for the otrace process that opened .*\n)?$/)
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
    expect(JSON.parse(runs[0]!.stdout)[0].service).toBe('shop')
  })
})

describe('a collector on that store', () => {
  let collector: Collector
  beforeAll(async () => {
    const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
    collector = await start({ dataDir: env.OTRACE_DATA, ...ports })
  })
  afterAll(() => collector?.stop())

  it('answers about slow requests, latency, garbage collection and its size', async () => {
    const slow = await ask('slow', '--since', '1h', '--over', '1ms', '--limit', '1000')
    expect(slow.length).toBeGreaterThan(0)
    expect(await ask('latency', '--since', '1h')).not.toEqual([])
    expect((await ask('gc')).map(({ service }) => service)).toEqual(['shop'])
    const storage = await runHere(['storage', '--json'], { env })
    expect(JSON.parse(storage.stdout)[0].rows).toBeGreaterThan(22 * demo.traffic.purchases)
  })

  it('lists every failed login by user', async () => {
    const window = ['--from', demo.traffic.started, '--to', demo.traffic.ended]
    const rows = await ask('auth-failures', ...window, '--limit', '1000')
    expect(rows).toHaveLength(demo.traffic.authFailures)
    const users = new Map<unknown, number>()
    for (const { user } of rows) users.set(user, (users.get(user) ?? 0) + 1)
    for (const { userId, requests } of demo.traffic.authFailureUsers) {
      expect(users.get(userId), userId).toBe(requests)
    }
    expect(new Set(rows.map(({ trace_id }) => trace_id)).size).toBe(rows.length)
  })

  it('lists who bought a product, and how many units', async () => {
    const window = ['--from', demo.traffic.started, '--to', demo.traffic.ended]
    const [product] = demo.traffic.products
    const buyers = await ask('buyers', product!.productId, ...window)
    const units = buyers.reduce((sum, row) => sum + Number(row.units), 0)
    expect(units).toBe(product!.units)
    const baskets = await ask('basket-sizes', ...window)
    const customers = baskets.reduce((sum, row) => sum + Number(row.customers), 0)
    expect(customers).toBe(demo.traffic.users.length)
  })

  it('lists the actions of a user in order', async () => {
    const [user] = demo.traffic.users
    const rows = await ask('journey', user!.userId, '--limit', '1000')
    const times = rows.map(({ time }) => String(time))
    expect(rows.length).toBeGreaterThanOrEqual(user!.purchases)
    expect(times).toEqual([...times].sort())
  })

  it('shows a purchase as about 22 nested spans with attributes', async () => {
    const bought = ['--name', 'service_buy_product', '--where', "status != 'error'"]
    const spans = await ask('spans', ...bought, '--limit', '1000')
    const run = await runHere(['trace', String(spans[0]!.trace_id), '--json'], { env })
    const trace = JSON.parse(run.stdout)
    expect(trace.complete).toBe(true)
    const shop = trace.spans.filter((span: { service: string }) => span.service === 'shop')
    expect(shop.length).toBeGreaterThanOrEqual(20)
    expect(shop.length).toBeLessThanOrEqual(24)
    const ids = new Set(trace.spans.map((span: { span_id: string }) => span.span_id))
    const roots = trace.spans.filter((span: { parent_id: string }) => !ids.has(span.parent_id))
    expect(roots).toHaveLength(1)
    expect(roots[0].service).toBe('shop-traffic')
    expect(
      shop.filter(({ name, attributes }: { name: string; attributes: object }) =>
        /^(service|SELECT|UPDATE|POST|authentication)/.test(name)
          ? Object.keys(attributes).length === 0
          : false,
      ),
    ).toEqual([])
  })

  it('explains a result without rows', async () => {
    const say = async (...args: string[]) => (await runHere(args, { env })).stderr
    expect(await say('slow', '--service', 'nonesuch')).toContain(
      'no span in the window has the service nonesuch: ',
    )
    expect(await say('slow', '--over', '1h')).toContain('no result for this query: ')
    const late = await say('rps', '--from', '2020-01-01', '--to', '2020-01-02')
    expect(late).toMatch(/no span in the window: the newest is .* old, try --since \d+m/)
  })

  it('notes that there are more rows than the limit', async () => {
    const run = await runHere(['spans', '--limit', '3', '-o', 'ndjson'], { env })
    expect(run.stdout.trim().split('\n')).toHaveLength(3)
    expect(run.stderr).toContain('only the first 3 rows')
  })
})
