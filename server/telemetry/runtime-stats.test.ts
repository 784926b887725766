/** Statistics of garbage collection and the event loop on spans. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { recordSpans } from '../testing.ts'
import { runtimeStats } from './runtime-stats.ts'

const recorded = recordSpans()
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const app = new Hono()
app.use(runtimeStats())
app.get('/quiet', (c) => c.text(''))
app.get('/littered', async (c) => {
  collectGarbage()
  await turn()
  return c.text('')
})

async function statsOf(path: string): Promise<Record<string, number>> {
  await app.request(path)
  const [span] = recorded.take()
  expect(span?.name).toBe('runtime_stats')
  return span?.attributes as Record<string, number>
}

test('the span has numeric statistics of the runtime', async () => {
  const stats = await statsOf('/quiet')
  const kinds = ['minor', 'major', 'incremental', 'weakcb']
  for (const kind of kinds) {
    expect(Number.isInteger(stats[`v8js.gc.${kind}.count`])).toBe(true)
    expect(stats[`v8js.gc.${kind}.duration`]).toBeGreaterThanOrEqual(0)
  }
  expect(stats['process.pid']).toBe(process.pid)
  expect(stats['v8js.memory.heap.used']).toBeGreaterThan(1_000_000)
  expect(stats['nodejs.eventloop.utilization']).toBeGreaterThanOrEqual(0)
  expect(stats['nodejs.eventloop.utilization']).toBeLessThanOrEqual(1)
})

test('a garbage collection counts on the request in which it happened', async () => {
  const before = await statsOf('/quiet')
  const after = await statsOf('/littered')
  expect(after['v8js.gc.major.count']).toBeGreaterThan(before['v8js.gc.major.count']!)
  expect(after['v8js.gc.major.duration']).toBeGreaterThan(before['v8js.gc.major.duration']!)
  const later = await statsOf('/quiet')
  expect(later['v8js.gc.major.count']).toBeGreaterThanOrEqual(after['v8js.gc.major.count']!)
})

test('a blocked event loop shows on the next request', async () => {
  await sleep(30)
  const until = performance.now() + 60
  while (performance.now() < until);
  // The delay is known only after another turn of the event loop.
  await sleep(30)
  const stats = await statsOf('/quiet')
  expect(stats['nodejs.eventloop.delay.max']).toBeGreaterThan(0.03)
  expect(stats['nodejs.eventloop.delay.mean']).toBeLessThan(stats['nodejs.eventloop.delay.max']!)
})
