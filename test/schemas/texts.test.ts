/** Texts round-trip: texts like times in JSON columns, and duplicate keys. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compose } from '../../cli/query/compose/compose.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, databaseOf, startEngine, store } from './engine.ts'
import { sourceOf, text } from './source.ts'
import { makeSpans } from './spans.ts'

const [model] = makeSpans()
const folder = temporaryFolder()
let session: Session

beforeAll(async () => {
  session = await startEngine(folder.path)
})

afterAll(() => {
  session.close()
  folder.remove()
})

describe('a text that reads as a time, in JSON columns', () => {
  const KEPT = [
    '2024-01-01 00:00:00',
    '2024-07-01 12:30:00.25',
    '2024-04-07 01:45:00',
    '1900-01-01 00:00:00.000001',
    '2200-01-01 00:00:00.5',
    '2024-01-01',
    '2024-02-30 00:00:00',
    '00:00:00',
    '1700000000',
    '1e5',
    '0.50',
    'true',
    '["2024-01-01 00:00:00"]',
    '{"a":"2024-01-01 00:00:00"}',
    '',
  ]
  /** ClickHouse stores these as times and loses their text, so they are shown in the server's zone. */
  const LOST: [said: string, shown: string][] = [
    ['2024-01-01T00:00:00Z', '2024-01-01 11:00:00'],
    ['2024-01-01 00:00:00+01:00', '2024-01-01 10:00:00'],
    ['2024-01-01T00:00:00', '2024-01-01 00:00:00'],
    ['2024-01-01 00:00:00.500', '2024-01-01 00:00:00.5'],
    ['1900-01-01', '1900-01-01 00:00:00'],
    ['2024-10-06 02:15:00', '2024-10-06 01:45:00'],
  ]
  const cases = [...KEPT.map((said) => [said, said] as const), ...LOST]

  beforeAll(() => {
    const attributes = Object.fromEntries(cases.map(([said], i) => [`said.n${i}`, said]))
    const lists = { 'said.list': ['2024-01-01 00:00:00', '2024-07-01 12:30:00.25'] }
    const span = { ...model!, attributes: { ...attributes, ...lists } }
    const event = { time: span.time, name: 'said', attributes }
    store(session, 'otel-json', [{ ...span, events: [event] }])
  })

  it.each(cases.map(([said, shown], i) => ({ said, shown, key: `said.n${i}` })))(
    '$said is shown as $shown, and found so',
    async ({ shown, key }) => {
      const sql = `SELECT attributes['${key}'] AS shown, event_attributes[1]['${key}'] AS told FROM spans`
      const flags = { attr: [`${key}=${shown}`] }
      const rows = await ask(session, compose(sql, {}, sourceOf('otel-json', flags)))
      expect(rows).toEqual([{ shown, told: shown }])
    },
  )

  it('is kept in a list, too', async () => {
    const shown = '["2024-01-01 00:00:00","2024-07-01 12:30:00.25"]'
    const flags = { attr: [`said.list=${shown}`] }
    const sql = "SELECT attributes['said.list'] AS shown FROM spans"
    expect(await ask(session, compose(sql, {}, sourceOf('otel-json', flags)))).toEqual([{ shown }])
  })
})

describe('a duplicate key', () => {
  const TWICE = {
    'otel-map':
      "* REPLACE (CAST([('user.id', 'first'), ('user.id', 'second')], 'Map(LowCardinality(String), String)') AS SpanAttributes)",
    jaeger:
      "* REPLACE (['user.id', 'user.id'] AS `str_attributes.key`, ['first', 'second'] AS `str_attributes.value`)",
  }

  it.each(Object.entries(TWICE))('has its first value in %s', async (schema, columns) => {
    store(session, schema, [model!])
    const { table } = sourceOf(schema)
    const database = databaseOf(schema)
    session.query(`CREATE TABLE ${database}.twice AS ${database}.${table}`)
    session.query(`INSERT INTO ${database}.twice SELECT ${columns} FROM ${database}.${table}`)
    const asked = (sql: string, flags = {}, given = {}) =>
      ask(session, compose(sql, given, { ...sourceOf(schema, flags), table: 'twice' }))
    const shown = "SELECT attributes['user.id'] AS id, user_id FROM spans"
    const first = [{ id: 'first', user_id: 'first' }]
    expect(await asked(shown)).toEqual(first)
    expect(await asked(shown, { attr: ['user.id=first'] })).toEqual(first)
    expect(await asked(shown, { attr: ['user.id=second'] })).toEqual([])
    const keys = await asked(text('internal/attributes/keys.sql'), {}, { limit: 100 })
    expect(keys.find(({ key }) => key === 'user.id')).toMatchObject({ on: 'span', spans: 1 })
    const values = await asked(
      text('internal/attributes/values.sql'),
      {},
      { limit: 9, key: 'user.id' },
    )
    expect(values.map(({ on, value, spans }) => ({ on, value, spans }))).toEqual([
      { on: 'span', value: 'first', spans: 1 },
    ])
  })
})
