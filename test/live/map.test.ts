/** The service map: calls, gaps, and its forms. */
import { expect, it } from 'vitest'
import { runHere } from '../otrace.ts'
import { storedTraces } from '../stored-traces.ts'
import { orders, otlpSpans } from './spans.ts'

const { env, send } = storedTraces()
let sent: Promise<void> | undefined
const window = ['--from', '2026-11-22T12:00:00Z', '--to', '2026-11-22T12:00:40Z']

const once = /^(rates .*\n)?a span that was received more than once counts once, .*\n$/

async function map(...args: string[]): Promise<string> {
  // Twice: a span that is stored twice counts once.
  sent ??= (async () => {
    const body = otlpSpans(orders(20), Date.parse('2026-11-22T12:00:10Z'))
    await send(body)
    await send(body)
  })()
  await sent
  const { stdout, stderr, exit } = await runHere(['map', ...window, ...args], { env })
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.stringMatching(once) })
  return stdout
}

it('draws a tree of services, with databases, queues and hosts as leaves', async () => {
  expect(await map()).toMatchInlineSnapshot(`
    "Service map · from 2026-11-22T12:00:00Z to 2026-11-22T12:00:40Z
                                               error_     p95_     p95_
    call                                  rps   share   caller   called  p95_gap
    ──────────────────────────────────  ─────  ──────  ───────  ───────  ───────
    web                                 0.500      0%        –  78.0 ms        –
    └─ shop                             0.500   25.0%  50.0 ms  40.0 ms  10.0 ms
       ├─ api.example.com [external]    0.500      0%  20.0 ms        –        –
       ├─ kafka orders [queue]          0.500      0%  2.00 ms        –        –
       │  └─ mail                       0.500      0%  2.00 ms  8.00 ms   300 ms
       └─ postgresql orders [database]  0.500      0%  5.00 ms        –        –
    "
  `)
  expect(
    (await runHere(['map', ...window], { env: { ...env, COLUMNS: '160' } })).stdout,
  ).toMatchInlineSnapshot(`
    "Service map · from 2026-11-22T12:00:00Z to 2026-11-22T12:00:40Z
    call                                  rps  error_share  p95_caller  p95_called  p95_gap
    ──────────────────────────────────  ─────  ───────────  ──────────  ──────────  ───────
    web                                 0.500           0%           –     78.0 ms        –
    └─ shop                             0.500        25.0%     50.0 ms     40.0 ms  10.0 ms
       ├─ api.example.com [external]    0.500           0%     20.0 ms           –        –
       ├─ kafka orders [queue]          0.500           0%     2.00 ms           –        –
       │  └─ mail                       0.500           0%     2.00 ms     8.00 ms   300 ms
       └─ postgresql orders [database]  0.500           0%     5.00 ms           –        –
    "
  `)
})

it('counts calls once, and measures both ends and the gap', async () => {
  const rows: Record<string, unknown>[] = JSON.parse(await map('--json'))
  const call = (from: string, to: string) => rows.find((row) => row.from === from && row.to === to)
  expect(call('web', 'shop')).toEqual({
    ...{ from: 'web', to: 'shop', from_type: 'service', to_type: 'service' },
    ...{ calls: 20, rps: 0.5, errors: 5, error_share: 0.25 },
    ...{ p95_caller: 50e6, p95_called: 40e6, p95_gap: 10e6, samples: 20 },
  })
  // From the end of the producer, at 2 ms, to the start of the consumer, in another trace, at 302 ms.
  expect(call('kafka orders', 'mail')).toMatchObject({
    from_type: 'queue',
    p95_gap: 300e6,
    calls: 20,
  })
  expect(call('shop', 'postgresql orders')).toMatchObject({ to_type: 'database', p95_called: null })
  expect(call('shop', 'api.example.com')).toMatchObject({ to_type: 'external', p95_caller: 20e6 })
  expect(call('', 'web')).toMatchObject({ from_type: '', calls: 20, p95_caller: null })
  expect(rows).toHaveLength(6)
})

it('names a host by its URL alone, with or without a dot', async () => {
  const urls = [
    'http://orders:8080/a',
    'http://u:p@localhost/b',
    'http://[::1]:80/c',
    '/d',
    'carts.example/e',
    '//rates/f',
  ]
  const spans = urls.map((url, i) => ({
    ...{ traceId: `abc${i}`.padEnd(32, '0'), spanId: `abc${i}`.padEnd(16, '0'), kind: 3 },
    ...{
      name: 'GET',
      attributes: [{ key: i % 2 ? 'http.url' : 'url.full', value: { stringValue: url } }],
    },
    startTimeUnixNano: String(BigInt(Date.parse('2026-11-22T13:00:10Z')) * 1_000_000n),
    endTimeUnixNano: String(BigInt(Date.parse('2026-11-22T13:00:11Z')) * 1_000_000n),
  }))
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'crawler' } }] }
  await send(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }))
  const flags = ['--service', 'crawler', '--from', '2026-11-22T13:00:00Z', '--json']
  const { stdout } = await runHere(['map', ...flags, '--to', '2026-11-22T14:00:00Z'], { env })
  const calls: Record<string, unknown>[] = JSON.parse(stdout)
  const hosts = calls.filter(({ to_type }) => to_type === 'external').map(({ to }) => to)
  expect(hosts.sort()).toEqual([
    '(unknown)',
    '[::1]',
    'carts.example',
    'localhost',
    'orders',
    'rates',
  ])
})

it('chooses the calls that a span makes or answers', async () => {
  const rows: Record<string, unknown>[] = JSON.parse(await map('--service', 'web', '--json'))
  expect(rows.map(({ from, to }) => `${from} > ${to}`).sort()).toEqual([' > web', 'web > shop'])
})

it('writes Mermaid and Graphviz', async () => {
  expect(await map('-o', 'mermaid')).toMatchInlineSnapshot(`
    "flowchart LR
      n0["web"]
      n1[["kafka orders"]]
      n2["mail"]
      n3["shop"]
      n4("api.example.com")
      n5[("postgresql orders")]
      n1 -->|"0.500 req/s, p95 2.00 ms"| n2
      n3 -->|"0.500 req/s, p95 20.0 ms"| n4
      n3 -->|"0.500 req/s, p95 2.00 ms"| n1
      n3 -->|"0.500 req/s, p95 5.00 ms"| n5
      n0 -->|"0.500 req/s, 25.0% errors, p95 50.0 ms"| n3
    "
  `)
  expect(await map('-o', 'dot')).toMatchInlineSnapshot(`
    "digraph services {
      rankdir=LR
      n0 [label="web", shape=box]
      n1 [label="kafka orders", shape=cds]
      n2 [label="mail", shape=box]
      n3 [label="shop", shape=box]
      n4 [label="api.example.com", shape=ellipse]
      n5 [label="postgresql orders", shape=cylinder]
      n1 -> n2 [label="0.500 req/s, p95 2.00 ms"]
      n3 -> n4 [label="0.500 req/s, p95 20.0 ms"]
      n3 -> n1 [label="0.500 req/s, p95 2.00 ms"]
      n3 -> n5 [label="0.500 req/s, p95 5.00 ms"]
      n0 -> n3 [label="0.500 req/s, 25.0% errors, p95 50.0 ms", color=red]
    }
    "
  `)
})

it('lists pairs with --flat', async () => {
  expect(await map('--flat')).toMatch(/^from +to .* to_type /m)
})

it('limits the pairs of each form, and says so', async () => {
  await map()
  for (const form of [[], ['--flat'], ['-o', 'mermaid'], ['-o', 'csv']]) {
    const { stdout, stderr } = await runHere(['map', ...window, '-n', '2', ...form], { env })
    expect(stderr).toMatch(
      /^only the first 2 (?:pairs|rows) are shown: there are more, see --limit$/m,
    )
    expect(stdout).not.toContain('shop')
  }
})
