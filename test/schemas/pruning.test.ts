/** Filters over `spans` read the granules that the same condition on the table reads, and no more. */
import { readFileSync } from 'node:fs'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readProfiles } from '../../cli/catalogue.ts'
import { compose, type Statement } from '../../cli/query/compose.ts'
import { type PopulationFlags, readPopulation } from '../../cli/query/population.ts'
import { temporaryFolder } from '../otrace.ts'
import { databaseOf, startEngine, store } from './engine.ts'
import { schemas } from './rows.ts'
import { FROM, makeSpans, TO } from './spans.ts'

const folder = temporaryFolder()
let session: Session

/** A handful of spans carry the pair that is looked for. */
const spans = makeSpans().map((span, i) =>
  i % 1000 === 7 ? { ...span, attributes: { ...span.attributes, rare: 'a=b' } } : span,
)

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of ['otel-map', 'otel-map-text', 'clickstack', 'signoz']) {
    store(session, schema, spans, (ddl) =>
      /index_granularity/.test(ddl)
        ? ddl.replace('index_granularity = 8192', 'index_granularity = 32')
        : `${ddl} SETTINGS index_granularity = 32`,
    )
  }
}, 60_000)

afterAll(() => {
  session.close()
  folder.remove()
})

/** Granules left after every index, and granules there are. */
function granules({ sql, params }: Statement): [read: number, all: number] {
  const plan = session.queryBind(`EXPLAIN indexes = 1 ${sql}`, params, 'TSVRaw')
  const counts = [...plan.matchAll(/Granules: (\d+)\/(\d+)/g)]
  return [Number(counts.at(-1)![1]), Number(counts[0]![2])]
}

function through(schema: string, flags: PopulationFlags, from = FROM, to = TO): Statement {
  return compose(
    'SELECT count() FROM spans',
    {},
    {
      profile: readProfiles().find(({ name }) => name === schema)!,
      red: '',
      percentiles: '',
      database: databaseOf(schema),
      table: schemas[schema]!.table,
      population: readPopulation(flags),
      window: { from, to, bucket: 60 },
    },
  )
}

function byHand(schema: string, condition: string): Statement {
  const { params } = through(schema, {})
  const table = `${databaseOf(schema)}.${schemas[schema]!.table}`
  const window = `>= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}`
  return { sql: `SELECT count() FROM ${table} WHERE Timestamp ${window} AND ${condition}`, params }
}

describe('pruning', () => {
  it.each([
    ['otel-map', "mapContains(SpanAttributes, 'rare') AND SpanAttributes['rare'] = 'a=b'"],
    ['otel-map-text', "has(SpanAttributeItems, 'rare=a=b')"],
    ['clickstack', "has(SpanAttributeItems, 'rare=a=b')"],
  ])('%s: --attr on an indexed key', (schema, condition) => {
    const [read, all] = granules(through(schema, { attr: ['rare=a=b'] }))
    const [wanted] = granules(byHand(schema, condition))
    expect(read).toBeLessThanOrEqual(wanted)
    expect(read).toBeLessThan(all / 4)
  })

  it.each([
    [
      '--service and --name',
      { service: ['shop'], name: ['Pay'] },
      "ServiceName = 'shop' AND SpanName = 'Pay'",
    ],
    ['--min-duration', { minDuration: '399900us' }, 'Duration >= 399900000'],
  ])('otel-map: %s', (_, flags, condition) => {
    const [read, all] = granules(through('otel-map', flags))
    expect(read).toBe(granules(byHand('otel-map', condition))[0])
    expect(read).toBeLessThan(all)
  })

  it('signoz: the window on its buckets of half an hour', () => {
    const [read, all] = granules(through('signoz', {}, TO - 60_000_000_000n))
    expect(read).toBeLessThan(all * 0.75)
  })

  it('is tested with tables as they are made', () => {
    const ddl = readFileSync(new URL('tables/otel-map.sql', import.meta.url), 'utf8')
    expect(ddl).toContain('index_granularity = 8192')
  })
})
