/**
 * `otrace why` where a comparison is easily wrong.
 *
 * One file: one store is filled for all of them.
 */
import { beforeAll, expect, it } from 'vitest'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'
import { runningCollector } from './running-collector.ts'
import { crowded } from './virtual-shop/crowded.ts'
import { messages } from './virtual-shop/messages.ts'
import { type Run, runShop } from './virtual-shop/shop.ts'
import { otlpOf, type VirtualSpan } from './virtual-shop/spans.ts'

const SECONDS = 20
const MINUTE = 60_000
const { addresses, send } = runningCollector()
const { dataDir } = rememberingStore(addresses)
const env = { OTRACE_DATA: dataDir, COLUMNS: '100', TZ: 'UTC' }
const day = Math.floor(Date.now() / MINUTE) * MINUTE - 120 * MINUTE
const iso = (ms: number) => new Date(ms).toISOString()

/** A region that is slow, and a plan that most of its requests have. */
const confounded: Run['more'] = {
  attributes: (_, chance) => {
    const region = chance < 0.25 ? 'eu' : 'us'
    const plan = (chance * 1000) % 1 < (region === 'eu' ? 0.8 : 0.2) ? 'beta' : 'free'
    return { region, plan }
  },
  extra: ({ region }, isAfter) => (isAfter && region === 'eu' ? 40 : 0),
}

/** A key that spans get only where they are slow, with several values. */
const onlyOnSlow: Run['more'] = {
  attributes: (_, chance, isAfter): Record<string, string> =>
    isAfter && chance < 0.2 ? { 'retry.reason': chance < 0.1 ? 'reset' : 'timeout' } : {},
  extra: (own) => ('retry.reason' in own ? 40 : 0),
}

/** Two values that are slow only together: an empty region is, and other spans have none. */
const blank: Run['more'] = {
  attributes: (_, chance): Record<string, string> => ({
    ...(chance < 0.3 && { region: '' }),
    plan: (chance * 1000) % 1 < 0.5 ? 'beta' : 'free',
  }),
  extra: ({ region, plan }, isAfter) => (isAfter && region === '' && plan === 'beta' ? 60 : 0),
}

/** One trace in four of the second window, by its id, as a sampler of an SDK does. */
function sampled(spans: VirtualSpan[]): VirtualSpan[] {
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === '')
  const isLate = new Map(roots.map(({ traceId, start }) => [traceId, start >= SECONDS * 1000]))
  return spans.flatMap((span) => {
    if (!isLate.get(span.traceId)) return [span]
    return Number.parseInt(span.traceId.at(-1)!, 16) < 12
      ? []
      : [{ ...span, traceState: 'ot=th:c' }]
  })
}

/** The clocks of the payment hosts go back by 300 ms between the windows. */
const jumped = (spans: VirtualSpan[]): VirtualSpan[] =>
  spans.map((span) => {
    const back = span.process.service === 'payment' && span.start >= SECONDS * 1000 ? 300 : 0
    return { ...span, start: span.start - back, end: span.end - back }
  })
const CHANGES: Partial<Record<string, (spans: VirtualSpan[]) => VirtualSpan[]>> = {
  sampled,
  jumped,
}

const RUNS = {
  confounded: { seed: 1, more: confounded },
  'only on slow': { seed: 2, more: onlyOnSlow },
  unequal: { seed: 3, rates: [8, 16] },
  sampled: { seed: 4, rates: [10, 40] },
  'skewed and slow': { seed: 6, more: { clockAhead: 300 }, faults: ['missing-index'] },
  cold: { seed: 7, more: { cold: 6 } },
  few: { seed: 8, rates: [0.3, 0.3] },
  held: { seed: 9, faults: ['held-lock'] },
  retried: { seed: 10, faults: ['busy-payments'] },
  jumped: { seed: 12 },
  busy: { seed: 13, more: { busy: 2 }, faults: ['slow-product'] },
  blank: { seed: 15, more: blank },
  leaking: { seed: 11, faults: ['memory-leak'] },
} satisfies Record<string, Omit<Run, 'seconds'>>
type Name = keyof typeof RUNS

/** Milliseconds since 1970 of the beginning of each run. */
const beginOf = (name: Name) => day + Object.keys(RUNS).indexOf(name) * 2 * MINUTE

beforeAll(async () => {
  const bodies = await Promise.all(
    Object.entries(RUNS).map(async ([name, run]) => {
      const spans = await runShop({ ...(run as Omit<Run, 'seconds'>), seconds: [SECONDS, SECONDS] })
      return otlpOf(CHANGES[name]?.(spans) ?? spans, beginOf(name as Name))
    }),
  )
  const others = [...['taken', 'sent', 'version'].flatMap(messages), ...crowded()]
  bodies.push(otlpOf(others, day - 10 * MINUTE))
  // A collector refuses too many large requests at once.
  for (let i = 0; i < bodies.length; i += 4)
    await Promise.all(bodies.slice(i, i + 4).map((b) => send(b)))
})

function windowOf(name: Name): string[] {
  const middle = beginOf(name) + SECONDS * 1000
  return ['--from', iso(middle), '--to', iso(middle + SECONDS * 1000)]
}

function ask(name: Name, ...args: string[]) {
  const middle = beginOf(name) + SECONDS * 1000
  const window = windowOf(name)
  const baseline = ['--baseline', `${iso(beginOf(name))}..${iso(middle)}`]
  return runHere(['why', ...window, ...baseline, ...args], { env })
}

/** The sentences of all findings. */
async function found(name: Name): Promise<string[]> {
  const { stdout } = await ask(name, '--json')
  return JSON.parse(stdout).findings.map(({ sentence }: { sentence: string }) => sentence)
}

it('names the attribute that is slow, and none that only goes with it', async () => {
  const sentences = await found('confounded')
  expect(sentences[0]).toMatch(/^service_buy_product in shop takes .* instead of almost nothing$/)
  expect(sentences[1]).toMatch(/^only where region=eu: 100% of the affected spans, /)
  expect(sentences.join()).not.toContain('plan=')
})

it('names two values that are slow only together, and tells an empty one from an absent attribute', async () => {
  const [, second] = await found('blank')
  expect(second).toMatch(/^(only|mostly) where region= and plan=beta: \d+% .*, 0% of the others$/)
})

// One of each form of --slow takes a second. OTRACE_LONG=1: both.
it.each(process.env.OTRACE_LONG ? ['p95', '40ms'] : ['p95'])(
  'names the attribute of slow requests within a window: --slow %s',
  async (slow) => {
    const asked = ['why', ...windowOf('confounded'), '--slow', slow, '--json']
    const { stdout } = await runHere(asked, { env })
    const { findings } = JSON.parse(stdout)
    expect(findings[1]).toMatchObject({ kind: 'only some', attribute: 'region=eu' })
    expect(stdout).not.toContain('plan=')
  },
)

it('names a key that only slow spans have, whatever its values', async () => {
  const sentences = await found('only on slow')
  expect(sentences[1]).toMatch(/^only where retry.reason is set: 100% of the affected spans, /)
})

it('claims nothing of twice the traffic at the same latency', async () => {
  const { stdout } = await ask('unequal')
  expect(stdout).toMatch(/^requests {2}160 in 20 s → 320 in 20 s$/m)
  expect(stdout).toContain('No significant change in 480 requests.')
})

it('claims nothing of a sampled window, and says how many requests it represents', async () => {
  const { stdout } = await ask('sampled')
  expect(stdout).toContain('No significant change in')
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /Sampled: the baseline is not sampled, the window's \d+ requests represent about \d+\./,
  )
  expect((await ask('unequal')).stdout).not.toContain('ampled')
})

it('finds what is slow behind a clock that is 300 ms ahead, and claims nothing of the clock', async () => {
  const sentences = await found('skewed and slow')
  expect(sentences).toHaveLength(1)
  expect(sentences[0]).toMatch(
    /^SELECT charges in payment takes 1\d\.\d ms by itself instead of \d+ µs$/,
  )
})

it('claims nothing of clocks that jump between the windows', async () => {
  expect(await found('jumped')).toEqual([])
})

it.each([
  [
    'taken',
    'host.name=m0',
    /, but only those that host.name=m0 takes: its clock is off, or it is /,
  ],
  ['sent', 'host.name=s0', /, but only those that host.name=s0 sends: its clock is off, or it is /],
  ['version', 'service.version=2', /, but only where those that take them have service.version=2$/],
])(
  'says of messages that wait on some hosts alone that they do: %s',
  async (what, which, words) => {
    const from = day - 10 * MINUTE + 30_000
    const window = ['--from', iso(from), '--to', iso(from + 30_000), '--baseline', 'before']
    const asked = ['why', ...window, '--service', `${what} mail`, '--json']
    const { stdout } = await runHere(asked, { env })
    const [first, second] = JSON.parse(stdout).findings
    expect(first).toMatchObject({ kind: 'waiting between', certain: true })
    expect(first.sentence).toMatch(words)
    expect([first.before, first.after].map((value) => Math.round(value / 1e7))).toEqual([2, 12])
    expect(second).toMatchObject({ kind: 'only some', attribute: which })
  },
)

it('says of a caller without client spans that it waits or is slow itself, and on which host', async () => {
  const from = day - 10 * MINUTE + 30_000
  const window = ['--from', iso(from), '--to', iso(from + 30_000), '--baseline', 'before']
  const { stdout } = await runHere(['why', ...window, '--service', 'crowded cart', '--json'], {
    env,
  })
  const [first, second] = JSON.parse(stdout).findings
  expect(first.sentence).toMatch(
    /^crowded cart takes 2\d.\d ms by itself or waiting for crowded mail, beyond the time that crowded mail works, instead of 4/,
  )
  expect(second).toMatchObject({ kind: 'only some', service: 'crowded cart', name: 'buy' })
  expect(second.sentence).toMatch(
    /^only where host.name=c0: 100% of the affected spans, 0% of the others/,
  )
})

it('says when the slow requests of a cold start were', async () => {
  const { stdout } = await ask('cold')
  const [, from, to] = /^when {6}\S+:(\d\d) to \S+:(\d\d) UTC: \d+ of \d+ slow requests$/m.exec(
    stdout,
  )!
  expect([Number(from), Number(to)]).toEqual([20, expect.toSatisfy((s: number) => s < 27)])
  expect(stdout).toContain('No single operation explains the change in 400 requests.')
})

it('says what few requests can show', async () => {
  const { stdout } = await ask('few')
  expect(stdout).toContain(
    'No significant change in 12 requests: 6 requests show only large changes.',
  )
})

it('names what holds a lock before what waits for it', async () => {
  const sentences = await found('held')
  expect(sentences[0]).toMatch(/^repository_transaction in shop takes /)
  expect(sentences[1]).toMatch(/^connect in shop takes /)
  expect(sentences[2]).toMatch(
    /^connect in shop waits for repository_transaction of other requests: \d+ of \d+ waits end /,
  )
})

it('names errors before the operation that waits and tries again', async () => {
  const sentences = await found('retried')
  expect(sentences[0]).toMatch(/^charge in payment fails in \d+ of \d+ spans.*: Busy: /)
  expect(sentences[1]).toMatch(
    /^service_pay in shop takes .*, but only where charge of payment fails: it may pause and try again$/,
  )
})

it('says how much of its time a service collects garbage', async () => {
  const sentences = await found('leaking')
  expect(sentences.slice(0, 2).join('\n')).toMatch(
    /^garbage collection takes \d\d?% of the time of shop, instead of [\d.]+%$/m,
  )
})

it('names a fault on a busy machine, and that everything else is slower, too', async () => {
  const sentences = await found('busy')
  expect(sentences[0]).toMatch(/^repository_get_product in shop takes /)
  expect(sentences[1]).toMatch(/^(?:only|mostly) where product.id=/)
  expect(sentences.join('\n')).toMatch(/^everything is slower, in \d+ of \d+ operations of all /m)
  expect(sentences.join('\n')).not.toContain('authorize')
})
