/** --by and top over many values of an attribute, against counts computed here. */
import type { Session as ChdbSession } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { summaryText } from '../../cli/commands/run/summary.ts'
import { readOptions } from '../../cli/options/options.ts'
import { serviceName } from '../../cli/render/cell.ts'
import type { Row } from '../../cli/result.ts'
import { checkDeprecated } from '../../cli/session/gate/ready-checks.ts'
import type { Session } from '../../cli/session/session.ts'
import { temporaryFolder } from '../folder.ts'
import { asStore, startEngine, store } from './engine.ts'
import { madeSpan } from './made.ts'
import { resultOf, sourceOf } from './source.ts'
import { FROM, type Span, TO } from './spans.ts'

const LENGTH = TO - FROM
const VALUES = 30
const folder = temporaryFolder()
let session: ChdbSession

/** `n` spans of the nth tenant, every third failed; some without one; before the window half as many. */
const spans: Span[] = []
for (let tenant = 0; tenant <= VALUES; tenant++) {
  for (let n = 0; n < (tenant === 0 ? 7 : tenant); n++) {
    const given = {
      name: n % 2 === 0 ? 'read' : 'write',
      kind: 2 as const,
      service: tenant % 2 === 0 ? 'even' : 'odd',
      status: n % 3 === 0 ? (2 as const) : (0 as const),
      statusMessage: n % 3 === 0 ? 'lost' : '',
      duration: BigInt(tenant * 1_000_000 + n * 1000 + 1),
      attributes: { ...(tenant > 0 ? { tenant: `t${tenant}` } : {}), units: BigInt(n) },
    }
    spans.push(madeSpan({ ...given, time: FROM + BigInt(n) * 100_000_000_000n }))
    if (n % 2 === 0) spans.push(madeSpan({ ...given, time: FROM - BigInt(n + 1) * 1_000_000n }))
  }
}
const inside = spans.filter(({ time }) => time >= FROM)
const tenantOf = ({ attributes }: Span) => String(attributes.tenant ?? '(absent)')
const count = (some: Span[], of = tenantOf) => {
  const counts: Record<string, number> = {}
  for (const span of some) counts[of(span)] = (counts[of(span)] ?? 0) + 1
  return counts
}
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', spans)
})

afterAll(() => {
  session.close()
  folder.remove()
})

const ask = (name: string, given: Record<string, string>) =>
  resultOf(session, 'otel-map', name, { by: 'tenant', ...given })
const totals = (rows: Row[], key: string, value: (row: Row) => number) => {
  const found: Record<string, number> = {}
  for (const row of rows) found[String(row[key])] = (found[String(row[key])] ?? 0) + value(row)
  return found
}

describe('rps --by', () => {
  const calls = (row: Row) => (row.rps === null ? 0 : Number(row.rps) * 60 * Number(row.covered))

  it('has a line for each value, and one for spans without it', async () => {
    const rows = await ask('rps', { values: '100' })
    const found = totals(rows, 'series', calls)
    for (const [tenant, spans] of Object.entries(count(inside)))
      expect(found[tenant], tenant).toBeCloseTo(spans, 6)
    expect(Object.keys(found)).toHaveLength(VALUES + 1)
  })

  it('takes a column of numbers, which no span has', async () => {
    const found = totals(await ask('rps', { by: 'http_status' }), 'series', calls)
    expect(Object.keys(found)).toEqual(['(absent)'])
    expect(found['(absent)']).toBeCloseTo(inside.length, 6)
  })

  it('adds the values beyond --values up as (other)', async () => {
    const found = totals(await ask('rps', { values: '5' }), 'series', calls)
    expect(Object.keys(found).sort()).toEqual(
      ['(absent)', '(other)', 't26', 't27', 't28', 't29', 't30'].sort(),
    )
    const rest = inside.filter((span) => Number(tenantOf(span).slice(1)) <= 25)
    expect(found['(other)']).toBeCloseTo(rest.length, 6)
    expect(sum(Object.values(found))).toBeCloseTo(inside.length, 6)
  })
})

it('latency --by has the percentiles of the values, and of the rest as (other)', async () => {
  const rows = await ask('latency', { values: '5' })
  const samples = totals(rows, 'series', (row) => Number(row.samples))
  expect(samples['(other)']).toBe(
    inside.filter((span) => Number(tenantOf(span).slice(1)) <= 25).length,
  )
  expect(samples.t30).toBe(30)
  expect(sum(Object.values(samples))).toBe(inside.length)
  const largest = Math.max(
    ...rows.filter(({ series }) => series === '(other)').map(({ p99 }) => Number(p99 ?? 0)),
  )
  expect(largest).toBe(25 * 1_000_000 + 24 * 1000 + 1)
})

it('histogram --by has a histogram for each value, and one of the rest', async () => {
  const rows = await ask('histogram', { values: '5' })
  const found = totals(rows, 'series', (row) => Number(row.spans))
  expect(found['(other)']).toBe(
    inside.filter((span) => Number(tenantOf(span).slice(1)) <= 25).length,
  )
  expect(found.t30).toBe(30)
  expect(sum(Object.values(found))).toBe(inside.length)
  for (const { series, samples } of rows) expect(samples).toBe(found[String(series)])
})

it('limits the services of --by', async () => {
  const rows = await ask('services', { by: 'tenant', limit: '3' })
  expect(rows.map((row) => row.tenant)).toEqual(['t30', 't29', 't28'])
})

it('services --by counts spans, requests and errors of each value', async () => {
  const rows = await ask('services', {})
  expect(totals(rows, 'tenant', (row) => Number(row.requests))).toEqual(count(inside))
  expect(totals(rows, 'tenant', (row) => Number(row.errors))).toEqual(
    count(inside.filter(({ status }) => status === 2)),
  )
})

it('operations --by splits names', async () => {
  const rows = await ask('operations', { limit: '1000' })
  const key = (row: Row) => ({ ...row, key: `${row.name} ${row.tenant}` })
  expect(totals(rows.map(key), 'key', (row) => Number(row.spans))).toEqual(
    count(inside, (span) => `${span.name} ${tenantOf(span)}`),
  )
})

it('errors --by splits messages', async () => {
  const rows = await ask('errors', { limit: '1000' })
  const failed = inside.filter(({ status }) => status === 2)
  const key = (row: Row) => ({ ...row, key: `${row.service} ${row.name} ${row.tenant}` })
  expect(totals(rows.map(key), 'key', (row) => Number(row.errors))).toEqual(
    count(failed, (span) => `${span.service} ${span.name} ${tenantOf(span)}`),
  )
  expect(rows.every(({ message }) => message === 'lost')).toBe(true)
})

describe('top', () => {
  it('has shares that add up to 1, the rest as (other), and the change against the window before', async () => {
    const rows = await ask('top', { values: '5', sum: 'units' })
    expect(rows.map(({ value }) => value)).toEqual([
      't30',
      't29',
      't28',
      't27',
      't26',
      '(other)',
      '(absent)',
    ])
    expect(sum(rows.map(({ share }) => Number(share)))).toBeCloseTo(1, 12)
    expect(sum(rows.map(({ spans }) => Number(spans)))).toBe(inside.length)
    const before = spans.filter(({ time }) => time < FROM && time >= FROM - LENGTH)
    for (const { value, spans: found, change, sum: units, error_share } of rows) {
      const own = inside.filter((span) => {
        const tenant = tenantOf(span)
        return tenant === value || (value === '(other)' && Number(tenant.slice(1)) <= 25)
      })
      const past = before.filter((span) => {
        const tenant = tenantOf(span)
        return tenant === value || (value === '(other)' && Number(tenant.slice(1)) <= 25)
      })
      expect(found).toBe(own.length)
      expect(Number(change)).toBeCloseTo((own.length - past.length) / past.length, 12)
      expect(Number(units)).toBeCloseTo(sum(own.map((span) => Number(span.attributes.units))), 6)
      const failed = own.filter(({ status }) => status === 2)
      expect(Number(error_share)).toBeCloseTo(failed.length / own.length, 12)
    }
  })

  it('is exact with all values, too', async () => {
    const rows = await ask('top', { values: '100' })
    expect(totals(rows, 'value', (row) => Number(row.spans))).toEqual(count(inside))
  })
})

describe('a value that reads like a row of our own', () => {
  const own = ['(absent)', '(other)', '"(other)"', '""(other)""', 'other']
  const shown = ['"(absent)"', '"(other)"', '""(other)""', '"""(other)"""', 'other']
  const absent = [{}, {}, {}]

  beforeAll(() => {
    const tenants = own.flatMap((tenant, i) => Array.from({ length: i + 2 }, () => ({ tenant })))
    const marked = [...tenants, ...absent].map(({ tenant = '' }: { tenant?: string }) =>
      madeSpan({ kind: 2, service: tenant, attributes: tenant === '' ? {} : { tenant } }),
    )
    store(session, 'otel-json', marked)
    store(session, 'jaeger', marked)
  })

  const counts = async (schema: string, name: string, given: Record<string, string>) =>
    (await resultOf(session, schema, name, given)).map((row) => [
      row.value ?? row.service,
      row.spans,
    ])

  it.each(['otel-json', 'jaeger'])('is in quotes in top of %s', async (schema) => {
    expect(await counts(schema, 'top', { by: 'tenant', values: '2' })).toEqual([
      ['other', 6],
      ['"""(other)"""', 5],
      ['(other)', 9],
      ['(absent)', 3],
    ])
    const all = [...shown.map((value, i) => [value, i + 2]).reverse(), ['(absent)', 3]]
    expect(await counts(schema, 'top', { by: 'tenant', values: '9' })).toEqual(all)
  })

  it('is in quotes where it is the name of a service', async () => {
    const rows = await counts('otel-json', 'services', { by: 'service' })
    expect(Object.fromEntries(rows)).toEqual({
      ...Object.fromEntries(shown.map((value, i) => [value, i + 2])),
      '(absent)': 3,
    })
    expect(own.map(serviceName)).toEqual(shown)
    expect(serviceName('"(absent)')).toBe('"(absent)')
  })
})

it('spans without a service are of (absent) in the summary of a run and in checks', async () => {
  const attributes = { 'http.method': 'GET' }
  const root = madeSpan({ service: '', attributes })
  store(session, 'otel-json', [root])
  const options = readOptions({}, { env: {}, now: () => 10n ** 18n })
  const asking = { store: asStore(session), source: sourceOf('otel-json'), options, context: {} }
  const own = asking as Session
  expect(await summaryText(own)).toMatch(/^1 span in 1 trace, 1 operation of \(absent\)$/m)
  const operations = { services: new Map(), spans: 1, first: FROM, last: FROM }
  const asked = { session: own, source: own.source, operations, sampled: false, place: [] }
  const { notes } = await checkDeprecated(asked, { kind: 'deprecated', except: [] } as never)
  expect(notes).toEqual(['http.method on 1 span of (absent): now http.request.method'])
})
