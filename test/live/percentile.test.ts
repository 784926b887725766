/** `otrace trace --percentile`: durations among those of their operations. */
import { expect, it } from 'vitest'
import { runHere } from '../otrace.ts'
import { storedTraces } from '../stored-traces.ts'
import { orders, otlpSpans, traceId } from './spans.ts'

const { env, send } = storedTraces()

async function trace(name: string, more: Record<string, string> = {}): Promise<string> {
  const args = ['trace', traceId(name), '--percentile', '--utc', '--no-fold']
  const { stdout, stderr, exit } = await runHere(args, { env: { ...env, ...more } })
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  return stdout
}

it('stands beside each duration, bold beyond p95, and not among fewer than 20', async () => {
  const start = Date.parse('2026-11-22T12:00:10Z')
  const rare = {
    service: 'web',
    name: 'rare',
    took: 9,
    trace: 'order39',
    id: 'rare',
    parent: 'w39',
  }
  await send(otlpSpans([...orders(40), rare], start))
  // Longer, but two hours before.
  await send(
    otlpSpans(
      orders(20).map((span) => ({ ...span, took: 500, trace: `old${span.trace}` })),
      start - 7_200_000,
    ),
  )
  const slowest = await trace('order39')
  expect(slowest).toMatch(/^POST \/buy web +99\.0 ms +[\d.]+ ms +p100 /m)
  expect(slowest).toMatch(/├? ?rare +9\.00 ms +9\.00 ms {8}/)
  expect(await trace('order9')).toMatch(/^POST \/buy web +69\.0 ms +[\d.]+ ms {2}p25\.0 /m)
  const coloured = await trace('order39', { FORCE_COLOR: '1' })
  expect(coloured).toContain('\x1b[1m   p100\x1b[22m')
})
