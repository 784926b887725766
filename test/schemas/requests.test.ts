/** The definitions of a request and of a fault, in every query with them. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FilterFlags } from '../../cli/options/filters.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import type { Row } from '../../cli/result.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, startEngine, store } from './engine.ts'
import { childOf, madeSpan } from './made.ts'
import { resultOf, sourceOf, text } from './source.ts'
import { FROM, type Span } from './spans.ts'

const MINUTE = 60_000_000_000n
const folder = temporaryFolder()
let session: Session

/** A batch job without server spans: a root, two internal children and a call to a service of client spans. */
function batch(at: bigint): Span[] {
  const root = madeSpan({ time: at, service: 'batch', name: 'job', duration: 900_000_000n })
  const steps = [1n, 2n].map((n) =>
    childOf(root, { time: at + n, service: 'batch', name: 'step', duration: n * 300_000_000n }),
  )
  const call = childOf(steps[0]!, { time: at + 3n, service: 'batch', name: 'call', kind: 3 })
  const remote = childOf(call, { time: at + 4n, service: 'mailer', name: 'send', kind: 3 })
  const lost = madeSpan({
    time: at + 5n,
    service: 'orphan',
    name: 'late',
    parentId: 'ab'.repeat(8),
  })
  return [root, ...steps, call, remote, lost]
}

/** One failure through three spans of two services, and many refusals. */
function failures(at: bigint): Span[] {
  const failed = { time: at, status: 2 as const, service: 'web' }
  const client = madeSpan({
    ...failed,
    name: 'GET',
    kind: 3,
    attributes: { 'http.response.status_code': 500n },
  })
  const server = childOf(client, {
    ...failed,
    service: 'api',
    name: 'GET /pay',
    kind: 2,
    statusMessage: 'no funds',
    attributes: { 'http.response.status_code': 500n },
  })
  const inner = childOf(server, {
    ...failed,
    service: 'api',
    name: 'pay',
    statusMessage: 'no funds',
  })
  const refused = Array.from({ length: 9 }, () =>
    madeSpan({
      ...failed,
      time: at + MINUTE,
      service: 'api',
      name: 'GET /me',
      kind: 2,
      attributes: { 'http.response.status_code': 401n },
    }),
  )
  return [client, server, inner, ...refused]
}

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', [...batch(FROM + MINUTE), ...batch(FROM + 3n * MINUTE)])
  store(session, 'jaeger', failures(FROM))
})

afterAll(() => {
  session.close()
  folder.remove()
})

const rowsOf = (name: string, given: Record<string, string> = {}, flags: FilterFlags = {}) =>
  resultOf(session, 'otel-map', name, given, flags)

describe('services without server spans', () => {
  it('are shown, with roots and calls from other services as requests', async () => {
    const rows = await rowsOf('services')
    expect(rows.map(({ service, spans, requests }) => [service, spans, requests])).toEqual([
      ['batch', 8, 2],
      ['mailer', 2, 2],
      ['orphan', 2, 2],
    ])
  })

  it('have the same requests in rps, latency and slow', async () => {
    const rates = await rowsOf('rps', { by: 'service' })
    const counted = (service: string) =>
      rates
        .filter(({ series }) => series === service)
        .reduce((sum, { rps }) => sum + Math.round(Number(rps) * 60), 0)
    expect(['batch', 'mailer', 'orphan'].map(counted)).toEqual([2, 2, 2])
    const samples = await rowsOf('latency', { by: 'name' })
    const measured = samples.filter((row) => Number(row.samples) > 0)
    expect(measured.map(({ series, p50 }) => [series, p50])).toEqual([
      ['job', 900_000_000],
      ['job', 900_000_000],
      ['late', 1_000_000],
      ['late', 1_000_000],
      ['send', 1_000_000],
      ['send', 1_000_000],
    ])
    const slow = await rowsOf('slow', { over: '1us' })
    expect(slow.map(({ route }) => route)).toEqual(['job', 'job', 'late', 'send', 'late', 'send'])
  })
})

it('a service beside them has the requests that it has alone', async () => {
  const call = madeSpan({ service: 'web', name: 'GET', kind: 3 })
  const server = childOf(call, { service: 'api', name: 'GET /', kind: 2 })
  const callback = childOf(call, { service: 'api', name: 'callback' })
  const requests = async (schema: string, spans: Span[]) => {
    store(session, schema, spans)
    const rows = await resultOf(session, schema, 'services')
    return rows.find(({ service }) => service === 'api')!.requests
  }
  const alone = [call, server, callback]
  expect(await requests('otel-map-2023', alone)).toBe(1)
  expect(await requests('clickstack', [...alone, ...batch(FROM + MINUTE)])).toBe(1)
})

describe('--name and --kind', () => {
  const samples = async (flags: FilterFlags) =>
    (await rowsOf('latency', {}, flags)).flatMap((row) =>
      Number(row.samples) > 0 ? [row.p99] : [],
    )

  it('count all matching spans, not only requests', async () => {
    expect(await samples({ name: ['step'] })).toEqual([600_000_000, 600_000_000])
    expect(await samples({ kind: ['client'] })).toEqual([1_000_000, 1_000_000])
    const rates = await rowsOf('rps', {}, { name: ['step'] })
    expect(rates.filter(({ rps }) => Number(rps) > 0).map(({ rps }) => rps)).toEqual([
      2 / 60,
      2 / 60,
    ])
    const slow = await rowsOf('slow', {}, { kind: ['internal'] })
    expect(slow.map(({ route }) => route)).toEqual(['job', 'job', 'step', 'step', 'step', 'step'])
  })

  it.each<[FilterFlags, number]>([
    [{}, 6],
    [{ kind: ['client'] }, 4],
    [{ name: ['step'] }, 4],
  ])('%j choose the same requests in services and on the dashboard', async (flags, count) => {
    const source = { ...sourceOf('otel-map', flags), weighted: false }
    const panel = (name: string) =>
      ask(session, compose(text(`dashboards/${name}.sql`), { limit: 100 }, source))
    const sum = (rows: Row[], column: string) =>
      rows.reduce((sum, row) => sum + Number(row[column]), 0)
    expect(sum(await rowsOf('services', {}, flags), 'requests')).toBe(count)
    expect(sum(await panel('summary'), 'requests')).toBe(count)
    expect(sum(await panel('slowest-operations'), 'samples')).toBe(count)
    expect(sum(await rowsOf('latency', {}, flags), 'samples')).toBe(count)
    expect(sum(await rowsOf('heatmap', {}, flags), 'spans')).toBe(count)
    expect(await rowsOf('slow', { over: '1ns' }, flags)).toHaveLength(count)
  })

  it('--service alone counts requests', async () => {
    expect(await samples({ service: ['batch'] })).toEqual([900_000_000, 900_000_000])
  })
})

it.each(['rps', 'latency', 'histogram', 'heatmap'])(
  '%s has no rows where no span matches',
  async (name) => {
    expect(await rowsOf(name, {}, { service: ['nosuch'] })).toEqual([])
    expect(await rowsOf(name, {}, { name: ['nosuch'] })).toEqual([])
  },
)

describe('errors', () => {
  const errors = (given: Record<string, string> = {}) =>
    resultOf(session, 'jaeger', 'errors', given)

  it('lists one fault before many refusals, and counts it at its origin', async () => {
    const rows = await errors()
    expect(
      rows.map(({ errors, type, status, service, name }) => [errors, type, status, service, name]),
    ).toEqual([
      [1, 'fault', 500, 'api', 'pay'],
      [9, 'refusal', 401, 'api', 'GET /me'],
    ])
  })

  it("come in the dashboard's newest ones alike: a fault before newer refusals", async () => {
    const newest = text('dashboards/newest-errors.sql')
    const rows = await ask(session, compose(newest, { limit: 2 }, sourceOf('jaeger')))
    expect(rows.map(({ type, name, message }) => [type, name, message])).toEqual([
      ['fault', 'pay', 'no funds'],
      ['refusal', 'GET /me', 'answered 401'],
    ])
  })

  it('counts every span on the way of a fault with --everywhere', async () => {
    const rows = await errors({ everywhere: 'true' })
    expect(
      rows.map(({ errors, type, status, service, name }) => [errors, type, status, service, name]),
    ).toEqual([
      [1, 'fault', 500, 'api', 'GET /pay'],
      [1, 'fault', 500, 'api', 'pay'],
      [1, 'fault', 500, 'web', 'GET'],
      [9, 'refusal', 401, 'api', 'GET /me'],
    ])
  })
})
