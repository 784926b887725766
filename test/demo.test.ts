/** The demo, whole: every figure against what the traffic was answered, then the same store asked again with nothing running. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrafficSummary } from '../server/tally.ts'
import { otrace, temporaryFolder } from './otrace.ts'

type Rows = Record<string, string | number | null>[]
interface DemoAnswer {
  traffic: TrafficSummary
  stored: number
  slowest: string
  rps: Rows
  latency: Rows
  slow: Rows
  'auth-failures': Rows
  'top-products': Rows
}

const folder = temporaryFolder()
const env = { OTRACE_DATA: join(folder.path, 'store') }
let demo: DemoAnswer

/** Asks the store that the demo left behind. */
async function ask(...args: string[]): Promise<Rows> {
  const run = await otrace([...args, '--json'], { env })
  expect(run.stderr).toBe('')
  expect(run.exit).toBe(0)
  return JSON.parse(run.stdout)
}

beforeAll(async () => {
  const args = ['demo', '--json', '--duration', '5s', '--rate', '60', '--seed', '7']
  const run = await otrace(args, { env })
  expect(run.exit, run.stderr).toBe(0)
  demo = JSON.parse(run.stdout)
}, 60_000)
afterAll(() => folder.remove())

describe('the demo', () => {
  it('has the spans of every request that was answered', () => {
    expect(demo.traffic.answered).toBe(300)
    expect(demo.stored).toBe(demo.traffic.answered)
  })

  it('counts requests per second by status as they were answered', () => {
    const byStatus: Record<string, number> = {}
    // One-second steps; the first and last are divided by what the window covers of them, so undo that.
    const from = Date.parse(demo.traffic.started)
    const to = Date.parse(demo.traffic.ended) + 1
    for (const { time, series, rps } of demo.rps) {
      const start = Date.parse(String(time))
      const seconds = (Math.min(start + 1000, to) - Math.max(start, from)) / 1000
      byStatus[String(series)] = (byStatus[String(series)] ?? 0) + Number(rps) * seconds
    }
    for (const [status, count] of Object.entries(demo.traffic.statuses)) {
      expect(byStatus[status], status).toBeCloseTo(count, 6)
    }
    expect(Object.keys(byStatus)).toHaveLength(Object.keys(demo.traffic.statuses).length)
  })

  it('names the best-selling products as they were sold', () => {
    const sold = demo.traffic.products
      .map(({ productId, purchases, units }) => ({ product_id: productId, purchases, units }))
      .sort((a, b) => b.units - a.units || (a.product_id < b.product_id ? -1 : 1))
    expect(sold.length).toBeGreaterThan(3)
    expect(demo['top-products']).toEqual(sold.slice(0, 5))
  })

  it('shows slow requests, slowest first, because the disk is slow', () => {
    const durations = demo.slow.map(({ duration }) => Number(duration))
    expect(durations.length).toBeGreaterThan(0)
    expect(durations).toEqual([...durations].sort((a, b) => b - a))
    expect(durations.at(-1)).toBeGreaterThan(50_000_000)
  })

  it('prints the same for people, with a trace and what to type next', async () => {
    const args = ['demo', '--duration', '2s', '--seed', '3', '--utc']
    const { stdout, exit } = await otrace(args, { env })
    expect(exit).toBe(0)
    expect(stdout).toContain('100 requests answered')
    for (const title of [
      'Requests per second',
      'Latency over time',
      'Slow requests',
      'Best-selling products',
    ]) {
      expect(stdout).toContain(title)
    }
    expect(stdout).toMatch(
      /\$ otrace trace [0-9a-f]{32}\n[\s\S]*service_buy_product[\s\S]*Try next:\n\n {2}# .*\n {2}otrace slow/,
    )
  }, 60_000)
})

describe('the store it leaves behind', () => {
  it('answers with nothing running', async () => {
    expect(
      (await ask('slow', '--since', '1h', '--over', '50ms', '--limit', '1000')).length,
    ).toBeGreaterThan(0)
    expect(await ask('latency', '--since', '1h')).not.toEqual([])
    expect((await ask('gc')).map(({ service }) => service)).toEqual(['shop', 'shop'])
    const storage = await otrace(['storage', '--json'], { env })
    expect(JSON.parse(storage.stdout)[0].rows).toBeGreaterThan(22 * demo.traffic.purchases)
  })

  it('answers commands that come at once, one after the other', async () => {
    const args = ['services', '--since', '1h', '--to', demo.traffic.ended, '--json']
    const runs = await Promise.all([1, 2, 3, 4].map(() => otrace(args, { env })))
    // On a slow machine the last of them says that it waits.
    for (const { stderr } of runs)
      expect(stderr).toMatch(/^(waiting for another otrace process.*\n)?$/)
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
    expect(JSON.parse(runs[0]!.stdout)[0].service).toBe('shop')
  })

  it('knows every sign-in that was refused, by user', async () => {
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

  it('knows who bought what, and how much', async () => {
    const window = ['--from', demo.traffic.started, '--to', demo.traffic.ended]
    const [product] = demo.traffic.products
    const buyers = await ask('buyers', product!.productId, ...window)
    const units = buyers.reduce((sum, row) => sum + Number(row.units), 0)
    expect(units).toBe(product!.units)
    const baskets = await ask('basket-sizes', ...window)
    const customers = baskets.reduce((sum, row) => sum + Number(row.customers), 0)
    expect(customers).toBe(demo.traffic.users.length)
  })

  it('follows a user over traces, in order', async () => {
    const [user] = demo.traffic.users
    const rows = await ask('journey', user!.userId, '--limit', '1000')
    const times = rows.map(({ time }) => String(time))
    expect(rows.length).toBeGreaterThanOrEqual(user!.purchases)
    expect(times).toEqual([...times].sort())
  })

  it('shows a purchase as about 22 nested spans, every one with its attributes', async () => {
    const bought = ['--name', 'service_buy_product', '--where', "status != 'error'"]
    const spans = await ask('spans', ...bought, '--limit', '1000')
    const run = await otrace(['trace', String(spans[0]!.trace_id), '--json'], { env })
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

  it('says why an answer is empty', async () => {
    const say = async (...args: string[]) => (await otrace(args, { env })).stderr
    expect(await say('slow', '--service', 'nonesuch')).toContain('none as the flags choose')
    expect(await say('slow', '--over', '1h')).toContain('none of them with what was asked for')
    const late = await say('rps', '--from', '2020-01-01', '--to', '2020-01-02')
    expect(late).toMatch(/no span in the window: the newest is .* old, try --since \d+m/)
  })

  it('stops showing rows at the limit, and says so', async () => {
    const run = await otrace(['spans', '--limit', '3', '-o', 'ndjson'], { env })
    expect(run.stdout.trim().split('\n')).toHaveLength(3)
    expect(run.stderr).toContain('only the first 3 rows')
  })
})
