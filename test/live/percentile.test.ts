/** `otrace trace` with `--percentile` or `--why`: its spans among those of their operations. */
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
  const asRows = await runHere(['trace', traceId('order39'), '--percentile', '-o', 'csv'], { env })
  expect(asRows.stderr).toContain('--percentile marks spans on the terminal alone')
})

it('of a server span named after its method is that of its route, as in the critical path', async () => {
  const start = Date.parse('2026-11-23T12:00:10Z')
  const made = (path: string, took: number, nth: number) => ({
    ...{ service: 'bare', name: 'GET', kind: 'server' as const, took },
    ...{ trace: `${path}${nth}`, id: `${path}${nth}` },
    attributes: { 'url.path': `/${path}/${1000 + nth}` },
  })
  const spans = Array.from({ length: 30 }, (_, n) => [made('fast', n + 1, n), made('slow', 500, n)])
  await send(otlpSpans(spans.flat(), start))
  expect(await trace('fast29')).toMatch(/^GET \/fast\/1029 bare .* p100 /m)
  const minute = ['--from', '2026-11-23T12:00:00Z', '--to', '2026-11-23T12:01:00Z']
  const { stdout } = await runHere(['critical', '--slow', '400ms', ...minute, '--json'], { env })
  const parts: { name: string; slow: number }[] = JSON.parse(stdout)
  expect(parts.map(({ name, slow }) => [name, slow])).toEqual([
    ['GET /slow/{id}', 500e6],
    ['GET /fast/{id}', 0],
  ])
})

it('marks a server span named after its method with what is found of its route', async () => {
  const start = Date.parse('2026-11-24T12:00:10Z')
  const minute = (key: string, took: number) =>
    Array.from({ length: 60 }, (_, n) => ({
      ...{ service: 'bare', name: 'GET', kind: 'server' as const },
      ...{ trace: `${key}${n}`, id: `${key}${n}` },
      took: n % 2 === 0 ? took + n : 10 + n,
      attributes: { 'url.path': `/${n % 2 === 0 ? 'cart' : 'shop'}/${1000 + n}` },
    }))
  await send(otlpSpans(minute('usual', 10), start - 60_000))
  await send(otlpSpans(minute('late', 400), start))
  const args = ['trace', traceId('late4'), '--why', '1m', '--utc', '--no-fold']
  const { stdout, stderr } = await runHere(args, { env })
  expect(stderr).toMatch(/^why: 1 finding in 60 requests in 1m against 60 in the 1m before$/m)
  expect(stdout).toMatch(/^GET \/cart\/1004 .*\n.*1\. GET \/cart\/\{id\} in bare takes/m)
})
