/** Filters on `spans` read no more granules than the same condition on the table. */
import { readFileSync } from 'node:fs'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FilterFlags, readFilters } from '../../cli/options/filters.ts'
import type { BoundQuery } from '../../cli/query/compose/bound-query.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import { ANY_TIME, type SpansSource } from '../../cli/query/compose/source.ts'
import { readSchemas, readSql } from '../../cli/query/files.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { beforeSecondTry } from '../second-try.ts'
import { databaseOf, startEngine, store } from './engine.ts'
import { schemas } from './rows.ts'
import { FROM, makeSpans, TO } from './spans.ts'

const folder = temporaryFolder()
let session: Session

/** Few spans have the pair. */
const spans = makeSpans().map((span, i) =>
  i % 1000 === 7 ? { ...span, attributes: { ...span.attributes, rare: 'a=b' } } : span,
)

beforeAll(async () => {
  session = await startEngine(folder.path)
  fill()
})
beforeSecondTry(fill)

function fill(): void {
  for (const schema of [
    'otel-map',
    'otel-map-text',
    'otel-json',
    'clickstack',
    'signoz',
    'otrace',
  ]) {
    store(session, schema, spans, (ddl) => {
      if (/\bALTER TABLE\b/.test(ddl)) return ddl
      return /index_granularity/.test(ddl)
        ? ddl.replace(/index_granularity = \d+/, 'index_granularity = 32')
        : `${ddl} SETTINGS index_granularity = 32`
    })
  }
}

afterAll(() => {
  session.close()
  folder.remove()
})

/** Granules after every index, and all granules. */
function granules({ sql, params }: BoundQuery): [read: number, all: number] {
  const plan = session.queryBind(`EXPLAIN indexes = 1 ${sql}`, params, 'TSVRaw')
  const counts = [...plan.matchAll(/Granules: (\d+)\/(\d+)/g)]
  return [Number(counts.at(-1)![1]), Number(counts[0]![2])]
}

interface Asked {
  sql?: string
  given?: Record<string, string>
  from?: bigint
  place?: Partial<SpansSource>
}

function through(
  schema: string,
  flags: FilterFlags,
  { sql = 'SELECT count() FROM spans', given = {}, from = FROM, place = {} }: Asked = {},
): BoundQuery {
  return compose(sql, given, {
    schema: readSchemas().find(({ name }) => name === schema)!,
    library: { functions: '', relations: {} },
    database: databaseOf(schema),
    table: schemas[schema]!.table,
    filters: readFilters(flags),
    window: { from, to: TO, bucket: 60 },
    ...place,
  })
}

function byHand(schema: string, condition: string): BoundQuery {
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

  it('otrace: requests, errors, an identity and a key are found without the rest', () => {
    const given = { user_id: 'user-5' }
    const read = (sql: string, flags: FilterFlags = {}) => {
      const composed = through('otrace', flags, { sql, given })
      return granules(composed.uncrossed?.() ?? composed)[0]
    }
    const all = read('SELECT count() FROM spans')
    expect(read('SELECT count() FROM spans WHERE is_entry')).toBeLessThan(all * 0.7)
    expect(read('SELECT count() FROM spans WHERE is_entry')).toBeLessThan(all * 0.7)
    expect(read('SELECT count() FROM spans', { error: true })).toBeLessThan(all * 0.7)
    expect(read("SELECT count() FROM spans WHERE mapContains(attributes, 'rare')")).toBeLessThan(
      all * 0.7,
    )
    expect(read('SELECT count() FROM spans WHERE of_user')).toBeLessThan(all * 0.7)
    expect(read('SELECT count() FROM spans', { attr: ['user.id=user-5'] })).toBeLessThan(all * 0.7)
    expect(read('SELECT count() FROM spans', { attr: ['user.id=unknown'] })).toBe(0)
  })

  it('otrace: the oldest and the newest span are known without reading any', () => {
    for (const path of ['internal/store/extent.sql', 'internal/doctor/range.sql']) {
      // Copies change nothing.
      const place = { window: undefined, repeats: ANY_TIME }
      const { sql, params } = through('otrace', {}, { sql: readSql(path), place })
      const plan = session.queryBind(`EXPLAIN ${sql}`, params, 'TSVRaw')
      expect(plan, path).toContain('_minmax_count_projection')
    }
  })

  it('otrace: the table and its queries agree which keys are identities', () => {
    const rule = (path: string) => {
      const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
      return /\w+\(key, '\w+'\)/.exec(text)![0]
    }
    const table = rule('collector/schema/additions_to_traces.sql')
    expect(table).toContain("'id'")
    expect(rule('queries/spans/otrace.sql')).toBe(table)
  })

  it.each([
    ['otel-map', 'otel-map-text'],
    ['otel-json', 'otel-json'],
  ])('%s: queries read less with what `otrace schema --additions` prints', async (schema, then) => {
    const given = { user_id: 'user-5' }
    const read = (as: string) => {
      const of = (flags: FilterFlags, sql = 'SELECT count() FROM spans') => {
        const place = { database: databaseOf(schema) }
        const composed = through(as, flags, { sql, given, place })
        return granules(composed.uncrossed?.() ?? composed)[0]
      }
      const any = 'SELECT 1 FROM spans LIMIT 1'
      const sampled = { conditions: [{ filter: 'sampled-by-state' as const }], traceConditions: [] }
      return {
        requests: of({}, 'SELECT count() FROM spans WHERE is_entry'),
        kind: of({ kind: ['server'] }),
        errors: of({ error: true }),
        sampled: granules(
          through(as, {}, { sql: any, place: { database: databaseOf(schema), filters: sampled } }),
        )[0],
        attribute: of({ attr: ['rare=a=b'] }),
        user: of({}, 'SELECT count() FROM spans WHERE of_user'),
      }
    }
    const before = read(schema)
    const { stdout } = await runHere([
      'schema',
      '--additions',
      ...['--schema', schema, '--database', databaseOf(schema)],
    ])
    session.query('SET mutations_sync = 2')
    for (const statement of stdout.split(';\n')) {
      if (statement.trim() !== '') session.query(statement)
    }
    const after = read(then)
    const sql = readSql('internal/doctor/granules.sql')
    const place = { database: databaseOf(schema) }
    const holding = through(then, {}, { sql, given: { granule: '32' }, place })
    const [row] = JSON.parse(String(session.queryBind(holding.sql, holding.params, 'JSON')))
      .data as Record<string, string>[]
    for (const question of ['requests', 'errors', 'sampled'] as const) {
      expect(before[question], question).toBe(Number(row!.all))
      expect(after[question], question).toBe(Number(row![question]))
    }
    expect(after.kind).toBeLessThan(before.kind * 0.7)
    expect(after.attribute).toBeLessThanOrEqual(before.attribute)
    expect(after.user).toBeLessThanOrEqual(before.user)
    const found = session.query(
      `SELECT count() FROM ${databaseOf(schema)}.otel_traces_trace_id_ts`,
      'TSV',
    )
    expect(Number(found)).toBe(new Set(spans.map(({ traceId }) => traceId)).size)
  })

  it('signoz: the window uses the buckets of half an hour', () => {
    const [read, all] = granules(through('signoz', {}, { from: TO - 60_000_000_000n }))
    expect(read).toBeLessThan(all * 0.75)
  })

  it('uses the tables in their original layout', () => {
    const ddl = readFileSync(new URL('tables/otel-map.sql', import.meta.url), 'utf8')
    expect(ddl).toContain('index_granularity = 8192')
  })
})
