/** Adjusted counts: sampler formats, filters, and quantiles of uneven weights. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compose } from '../../cli/query/compose/compose.ts'
import type { Filter } from '../../cli/query/schema.ts'
import { resolveSampling } from '../../cli/session/sampling.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, asStore, startEngine, store } from './engine.ts'
import { schemas } from './rows.ts'
import { sourceOf, text } from './source.ts'
import { type Attributes, FROM, makeSpans, type Span } from './spans.ts'

/** Trace state, SampleRate and the expected weight. */
const WRITTEN: [state: string, rate: Attributes[string] | undefined, weight: number][] = [
  ['ot=th:8', undefined, 2],
  ['ot=th:8 , c=d', undefined, 2],
  ['a=b , ot=th:c', undefined, 4],
  ['a=b,\tot=rv:1;th:8\t', undefined, 2],
  ['ot=th:c;rv:1', undefined, 4],
  ['ot=th:ffffffffffffff', undefined, 2 ** 56],
  ['ot=th:0', undefined, 1],
  ['ot=th:0', 5n, 1],
  ['ot=th:8', 5n, 2],
  ['ot=th:', undefined, 1],
  ['ot=th:8x', undefined, 1],
  ['ot=th:8x', 5n, 5],
  ['ot=th:8 8', undefined, 1],
  ['ot=th:123456789abcdef', undefined, 1],
  ['foot=path:8', undefined, 1],
  ['vendor=ot=th:8', undefined, 1],
  ['', 5n, 5],
  ['', 1n, 1],
  ['', 'abc', 1],
  ['', undefined, 1],
]

const [model] = makeSpans()
const spans: Span[] = WRITTEN.map(([traceState, rate], i) => ({
  ...model!,
  time: FROM + BigInt(i),
  traceId: String(i).padStart(32, '0'),
  traceState,
  attributes: (rate === undefined ? {} : { SampleRate: rate }) as Attributes,
}))

const MILLION = 1_000_000n
/** Weight of the nth span of each service. */
const MIXED: Record<string, (n: number) => bigint> = {
  'three and six billion': (n) => (n % 2 === 0 ? 3_000_000_000n : 6_000_000_000n),
  'one, at times a million': (n) => (n % 50 === 7 ? MILLION : 1n),
  'a million, at times one': (n) => (n % 50 === 7 ? 1n : MILLION),
  'one, once a million millions': (n) => (n === 120 ? MILLION * MILLION : 1n),
  'more than 2^53 together': (n) => BigInt(1 + (n % 3)) * 30_000_000_000_000n,
  'more than 2^53, and ones': (n) => (n % 20 === 3 ? BigInt(n) * 7_000_000_000_000n : 1n),
}

/** Beyond 2^53, which a double rounds. */
const UNITS = 9_007_199_254_740_993n

const mixed: Span[] = Object.entries(MIXED).flatMap(([service, rate]) =>
  Array.from({ length: 200 }, (_, n) => ({
    ...model!,
    service,
    resource: { 'service.name': service },
    kind: 2 as const,
    spanId: String(n).padStart(16, '0'),
    // Neighbours are farther apart than the width of a bin.
    duration: BigInt(Math.round(1000 * 1.03 ** ((n * 77) % 200))),
    traceState: '',
    attributes: { SampleRate: rate(n), units: String(UNITS + BigInt(n)) },
  })),
)

const folder = temporaryFolder()
let session: Session

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of Object.keys(schemas)) store(session, schema, [...spans, ...mixed])
})

afterAll(() => {
  session.close()
  folder.remove()
})

/** The spans of `WRITTEN` only. */
const WINDOW = { from: FROM, to: FROM + BigInt(WRITTEN.length), bucket: 60 }

/** Indexes of the matching spans in `WRITTEN`. */
async function found(schema: string, filter: Filter): Promise<number[]> {
  const source = sourceOf(schema)
  const filters = { conditions: [{ filter }], traceConditions: [] }
  const asked = { ...source, filters, window: WINDOW }
  const rows = await ask(session, compose('SELECT trace_id FROM spans', {}, asked))
  return rows.map((row) => Number(row.trace_id))
}

const numbered = (holds: (written: (typeof WRITTEN)[number]) => boolean) =>
  WRITTEN.flatMap((written, i) => (holds(written) ? [i] : []))

describe.each(Object.keys(schemas))('%s', (schema) => {
  it('reads the weight that each sampler wrote', async () => {
    const asked = { ...sourceOf(schema), window: WINDOW }
    const sql = 'SELECT trace_state, log2(weight) AS log FROM spans ORDER BY time'
    const rows = await ask(session, compose(sql, {}, asked))
    expect(rows.map((row) => [row.trace_state, 2 ** Number(row.log)])).toEqual(
      WRITTEN.map(([state, , weight]) => [state, expect.closeTo(weight)]),
    )
  })

  it('filters spans with a weight above 1 and spans with an unknown weight', async () => {
    const sampled = [
      ...(await found(schema, 'sampled-by-state')),
      ...(await found(schema, 'sampled-by-rate')),
    ]
    expect(sampled.sort((a, b) => a - b)).toEqual(numbered(([, , weight]) => weight > 1))
    const unknown = (await found(schema, 'unsampled')).sort((a, b) => a - b)
    const known = ([state, rate, weight]: (typeof WRITTEN)[number]) =>
      weight > 1 || rate !== undefined || state === 'ot=th:0'
    expect(unknown).toEqual(numbered((written) => !known(written)))
  })

  it('has quantiles within 1 % of the exact ones', async () => {
    const every = await ask(
      session,
      compose(text('services.sql'), { by: 'service', limit: 100 }, sourceOf(schema)),
    )
    const rows = every.filter((row) => String(row.service) in MIXED)
    expect(rows.length).toBe(Object.keys(MIXED).length)
    for (const row of rows) {
      const group = mixed.filter(({ service }) => service === row.service)
      const total = group.reduce((sum, span) => sum + (span.attributes.SampleRate as bigint), 0n)
      expect(BigInt(String(row.requests))).toBe(total)
      for (const [name, level] of [
        ['p50', 50n],
        ['p95', 95n],
        ['p99', 99n],
      ] as const) {
        const exact = Number(nearestRank(group, total, level))
        const off = Math.abs(Number(row[name]) / exact - 1)
        expect(off, `${row.service}: ${name} ${row[name]}, exactly ${exact}`).toBeLessThan(0.01)
      }
    }
  })
})

/** The weighted nearest-rank percentile of the durations. */
function nearestRank(group: Span[], total: bigint, level: bigint): bigint {
  const sorted = [...group].sort((a, b) => Number(a.duration - b.duration))
  let seen = 0n
  for (const span of sorted) {
    seen += span.attributes.SampleRate as bigint
    if (seen * 100n >= total * level) return span.duration
  }
  throw new Error('no spans')
}

it('a check has the exact quantiles of sampled spans', async () => {
  const levels = [5n, 50n, 95n, 99n]
  const given = {
    ...{ start: String(FROM), step: '100000000000', limits: ['0'] },
    levels: levels.map((level) => String(Number(level) / 100)),
  }
  for (const [service, rate] of Object.entries(MIXED)) {
    const conditions = [{ filter: 'service' as const, value: [service] }]
    const source = { ...sourceOf('otel-map'), filters: { conditions, traceConditions: [] } }
    const [row] = await ask(session, compose(text('internal/gate/counts.sql'), given, source))
    const group = mixed.filter((span) => span.service === service)
    const total = group.reduce((sum, _, n) => sum + rate(n), 0n)
    const exact = levels.map((level) => Number(nearestRank(group, total, level)))
    expect((row!.quantiles as unknown[]).map(Number), service).toEqual(exact)
  }
})

describe.each([
  ['with', true],
  ['without', false],
])('top %s weights', (_, weighted) => {
  it('adds integers up exactly', async () => {
    const given = { by: 'service', sum: 'units', values: '10' }
    const source = { ...sourceOf('otel-map'), weighted }
    const rows = await ask(session, compose(text('top.sql'), given, source))
    const sums = new Map(rows.map((row) => [row.value, row.sum]))
    for (const [service, rate] of Object.entries(MIXED)) {
      let sum = 0n
      for (let n = 0; n < 200; n++) sum += (UNITS + BigInt(n)) * (weighted ? rate(n) : 1n)
      expect(sums.get(service), service).toBe(sum)
    }
  })
})

describe('the smallest sampling probability', () => {
  it('counts as 2^56 spans in every sum', async () => {
    const last = WRITTEN.findIndex(([state]) => state === 'ot=th:ffffffffffffff')
    const from = FROM + BigInt(last)
    const asked = { ...sourceOf('otel-map'), window: { from, to: from + 1n, bucket: 60 } }
    const given = { limit: 5 }
    const [row] = await ask(session, compose(text('operations.sql'), given, asked))
    expect(row!.spans).toBe(2n ** 56n)
    const total = 2n ** 56n * model!.duration
    expect(Math.abs(Number(row!.total) / Number(total) - 1)).toBeLessThan(1e-9)
    // A percentile of one span is its duration, not the middle of a bin.
    expect([row!.p50, row!.p95, row!.p99].map(Number)).toEqual(
      Array(3).fill(Number(model!.duration)),
    )
    const [mix] = await ask(session, compose(text('internal/doctor/mix.sql'), {}, asked))
    expect(mix).toMatchObject({ sampled: 1 })
    expect(Number(mix!.adjusted)).toBe(2 ** 56)
  })
})

describe('a trace state or rate without sampling', () => {
  it.each(
    numbered(([, , weight]) => weight === 1).map((i) => ({
      i,
      state: WRITTEN[i]![0],
      rate: String(WRITTEN[i]![1]),
    })),
  )('has weight 1: trace state $state, rate $rate', async ({ i }) => {
    const from = FROM + BigInt(i)
    const odd = { ...sourceOf('otel-map'), window: { from, to: from + 1n, bucket: 60 } }
    const asked = compose('SELECT sum(weight) AS n FROM spans', {}, odd)
    const settled = await resolveSampling({ store: asStore(session), source: odd }, asked)
    expect(settled.note).toBeUndefined()
    expect(settled.query.sql).not.toContain('ot=')
    expect(await ask(session, settled.query)).toEqual([{ n: 1 }])
  })
})
