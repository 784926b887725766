/** Queries composed with the relations they read. */
import { describe, expect, it } from 'vitest'
import { readFilters } from '../../options/filters.ts'
import { FILTERS, parseSchema } from '../schema.ts'
import { compose, composeFlat } from './compose.ts'
import type { SpansSource } from './source.ts'

const schemaOf = (trace: string) =>
  parseSchema(
    'spans/toy.sql',
    [
      '-- A toy schema',
      '-- @needs Timestamp DateTime64',
      ...FILTERS.filter((name) => name !== 'trace').map(
        (name) => `-- @filter ${name} ${name}({key:String}, {value:String})`,
      ),
      `-- @filter trace ${trace}`,
      '',
      'SELECT Name AS name FROM {database:Identifier}.{table:Identifier}',
    ].join('\n'),
  )
const schema = schemaOf("Id IN (/*+ matches */'')")

const source = (filters = {}, window = true): SpansSource => ({
  schema,
  library: {
    relations: { red: 'SELECT name FROM spans' },
    functions: 'WITH (value, weight) -> quantiles(0.5)(value) AS percentiles SELECT 1',
  },
  database: 'otel',
  table: 'otel_traces',
  filters: readFilters(filters),
  ...(window ? { window: { from: 0n, to: 60_000_000_000n, bucket: 1 } } : {}),
})

/** Conditions on seconds and hours. */
const AGAIN = { second: '1', hour: '1' }

describe('compose', () => {
  it('puts spans in front of a query that reads it', () => {
    expect(compose('SELECT name FROM spans', {}, source({}, false)).sql).toMatchInlineSnapshot(`
      "WITH
      spans AS (
        SELECT
          Name AS name
        FROM {database:Identifier}.{table:Identifier}
      )
      SELECT * FROM (
      SELECT name FROM spans
      )"
    `)
  })

  it('makes red in one where nothing else is read', () => {
    const relations = { red: 'SELECT name, upper(name) AS loud FROM spans' }
    const from = { ...source({}, false), library: { functions: '', relations } }
    expect(compose('SELECT loud FROM red', {}, from).sql).toMatchInlineSnapshot(`
      "WITH
      red AS (
        SELECT
          Name AS name,
          upper(name) AS loud
        FROM {database:Identifier}.{table:Identifier}
      )
      SELECT * FROM (
      SELECT loud FROM red
      )"
    `)
    expect(compose('SELECT loud FROM red JOIN spans USING name', {}, from).sql).toContain(
      'spans AS (',
    )
  })

  it('narrows spans_narrow to the columns that its readers name', () => {
    const wide = { ...schema, sql: 'SELECT Name AS name, Kind AS kind FROM {table:Identifier}' }
    const sql = 'SELECT name, (SELECT count(kind) FROM spans_narrow) FROM spans'
    const composed = compose(sql, {}, { ...source({}, false), schema: wide }).sql
    const [, narrow = ''] = /spans_narrow AS \(([\s\S]*?)\n\)/.exec(composed) ?? []
    expect(narrow).toContain('Kind AS kind')
    expect(narrow).not.toContain('Name AS name')
  })

  it('puts red behind spans, and neither before a statement about something else', () => {
    expect(compose('SELECT * FROM red', {}, source()).sql).toMatch(
      /spans AS \([\s\S]*red AS \([\s\S]*SELECT \* FROM \(/,
    )
    expect(compose('SELECT 1 FROM other -- spans', {}, source()).sql).toBe(
      'SELECT 1 FROM other -- spans',
    )
  })

  it('lets a query define a relation itself', () => {
    const own = 'WITH red AS (SELECT 1 AS name) SELECT name FROM red'
    expect(compose(own, {}, source()).sql).toBe(own)
    expect(
      compose('with a AS (SELECT 1), spans as (select 2) select * from spans, a', {}, source()).sql,
    ).toMatch(/^with a/)
    const extended = 'WITH spans AS (SELECT name FROM spans) SELECT name FROM spans'
    expect(compose(extended, {}, source()).sql).toMatch(/^WITH\nspans AS \(\n {2}SELECT/)
  })

  it('applies the window and every condition to the raw table, values bound apart', () => {
    const { sql, params } = compose(
      'SELECT name FROM spans',
      {},
      source({ service: ['shop', 'web'], attr: ['a=1', 'b>2'], error: true }),
    )
    expect(sql).toContain('WHERE from(')
    expect(sql).toContain('AND service({key:String}, {p0_value:String})'.replace('{key', '{p0_key'))
    expect(sql).toContain('AND attr-equals({p1_key:String}, {p1_value:String})')
    expect(sql).toContain('AND attr-above({p2_key:String}, {p2_value:String})')
    expect(params).toMatchObject({
      p0_value: ['shop', 'web'],
      p1_key: 'a',
      p1_value: '1',
      p2_key: 'b',
      p2_value: '2',
    })
  })

  it('looks for traces with a match, also around the window', () => {
    const { sql, params } = compose('SELECT 1 FROM spans', {}, source({ traceAttr: ['user.id=x'] }))
    expect(sql).toMatch(
      /Id IN \(SELECT trace_id FROM [\s\S]*WHERE from\([\s\S]*AND to\([\s\S]*AND attr-equals\({p0_key/,
    )
    expect(params).toMatchObject({ p0_key: 'user.id', p0_value: 'x' })
  })

  it('keeps --where in a query of its own, closed by a newline', () => {
    const { sql } = compose('SELECT 1 FROM spans', {}, source({ where: 'a -- b' }))
    expect(sql).toMatch(/\) WHERE \(\n\s+a -- b\n\s*\)/)
  })

  it('offers an unweighted statement only if the result depends on weights', () => {
    const unweighted = (sql: string, weighted = true) =>
      compose(sql, {}, { ...source(), weighted }).unweighted
    expect(unweighted('SELECT calls FROM red')?.().unweighted).toBeUndefined()
    expect(unweighted('SELECT sum(weight) FROM spans')).toBeDefined()
    expect(unweighted('SELECT sum("weight") FROM "spans"')).toBeDefined()
    expect(unweighted('SELECT sum(`weight`) FROM spans')).toBeDefined()
    expect(unweighted("SELECT 'weight' FROM spans -- weight")).toBeUndefined()
    expect(unweighted('SELECT count() FROM spans')).toBeUndefined()
    expect(unweighted('SELECT calls FROM red', false)).toBeUndefined()
  })

  it('defines percentiles only in queries that call it', () => {
    expect(compose('SELECT percentiles(duration, calls) FROM red', {}, source()).sql).toContain(
      'AS percentiles\nSELECT * FROM (',
    )
    expect(compose('SELECT calls FROM red', {}, source()).sql).not.toContain('percentiles')
  })

  it('keeps one of each span with --dedupe', () => {
    const { sql } = compose('SELECT 1 FROM spans', {}, source({ dedupe: true, error: true }))
    expect(sql).toMatch(/AND error\([^\n]*\n\s*AND \(cityHash64\([^\n]* IN \(SELECT cityHash64/)
    expect(sql).toMatch(/, duration DESC\n\s*LIMIT 1 BY trace_id, span_id, service, name, kind/)
  })

  it('looks for copies itself unless the collector knows them, or none is looked for', () => {
    const relations = {
      bought: 'SELECT name FROM if(/*+ once */1, spans, (SELECT 1 LIMIT 1 BY 1))',
    }
    const from = { ...source({}, false), library: { functions: '', relations } }
    const knowing = { ...from, knowsRepeats: true, schema: { ...schema, repeats: AGAIN } }
    const sqlOf = (asked: SpansSource) => compose('SELECT name FROM bought', {}, asked).sql
    expect(sqlOf(from)).toContain('FROM (SELECT 1 LIMIT 1 BY 1)')
    expect(sqlOf(knowing)).toContain('name\n  FROM spans')
    expect(sqlOf({ ...knowing, filters: readFilters({ dedupe: false }) })).toContain('1 BY 1')
  })

  it('keeps a parameter of the query apart from those of filters', () => {
    const filtered = {
      ...source({ traceAttr: ['user.id=x'] }),
      schema: schemaOf('if(/*+ by_minute */1, near({lookup:Identifier}), 0)'),
      lookup: 'times',
    }
    const { params } = compose('SELECT {lookup:String} FROM spans', { lookup: 'own' }, filtered)
    expect(params).toMatchObject({ lookup: 'own', p0_lookup: 'times' })
  })

  it('sends only the parameters that the statement has', () => {
    expect(compose('SELECT {x:UInt8}', { x: 1, y: 2 }, source()).params).toEqual({ x: 1 })
  })
})

describe('composeFlat', () => {
  it('puts the condition into the relation, and its rows in order', () => {
    const asked = 'SELECT name FROM spans\nWHERE name = {name:String}\nLIMIT {limit:UInt64}'
    const given = { name: 'buy', limit: 5, other: 1 }
    const { sql, params } = composeFlat(asked, given, source({ error: true }, false))
    expect(sql).toMatchInlineSnapshot(`
      "SELECT
        Name AS name
      FROM {database:Identifier}.{table:Identifier}
      WHERE error({p0_key:String}, {p0_value:String})
        AND name = {name:String}
      ORDER BY time
      LIMIT {limit:UInt64}"
    `)
    expect(params).toEqual({ database: 'otel', table: 'otel_traces', name: 'buy', limit: 5 })
  })

  it('takes no other statement', () => {
    expect(() => composeFlat('SELECT count() FROM spans', {}, source())).toThrow(TypeError)
  })
})
