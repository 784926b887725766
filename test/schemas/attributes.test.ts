/** `otrace attributes` over several schemas: keys, values, and their agreement. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compose } from '../../cli/query/compose/compose.ts'
import type { Row } from '../../cli/result.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, startEngine, store } from './engine.ts'
import { exceptions, type Meaning, meaning, type Texts } from './meaning.ts'
import { sourceOf, text } from './source.ts'
import { makeSpans } from './spans.ts'

const SCHEMAS = ['otel-map', 'clickstack', 'signoz', 'jaeger', 'otel-json']
/** Spans with a key in two events, with equal or different values. */
const spans = makeSpans().map((span, i) => {
  const user = span.events[0]?.attributes['user.id']
  if (user === undefined) return span
  const attributes = { 'user.id': i % 2 === 0 ? 'somebody else' : user }
  return { ...span, events: [...span.events, { ...span.events[0]!, attributes }] }
})
/** Of each schema half are asked with weights, the others without, in turns. OTRACE_LONG=1: all both ways. */
const KEYS = ['user.id', 'attempt', 'process.pid', 'service.name', 'product.id', 'missing.key']
const isLong = process.env.OTRACE_LONG !== undefined
const folder = temporaryFolder()
let session: Session

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of SCHEMAS) store(session, schema, spans)
})

afterAll(() => {
  session.close()
  folder.remove()
})

const asked = (schema: string, name: string, given: Record<string, string>, weighted: boolean) =>
  ask(
    session,
    compose(
      text(`internal/attributes/${name}.sql`),
      { limit: 1000, ...given },
      {
        ...sourceOf(schema),
        weighted,
      },
    ),
  )

/** Every attribute of a span: its place, key and value. */
function attributesOf(span: Meaning): [on: string, key: string, value: string][] {
  const list = (on: string, all: Texts) =>
    Object.entries(all).map(([key, value]): [string, string, string] => [on, key, value])
  return [
    ...list('span', span.attributes),
    ...list('resource', span.resource),
    ...span.event_attributes.flatMap((event) => list('event', event)),
  ]
}

const sum = (all: Meaning[]) => all.reduce((sum, { weight }) => sum + weight, 0)
const near = (value: number) => expect.closeTo(value, 6)

describe.each(SCHEMAS)('%s', (schema) => {
  let listed: Row[]
  beforeAll(async () => {
    listed = await asked(schema, 'keys', {}, false)
  })

  describe.each([true, false])('weighted: %s', (weighted) => {
    const all = spans
      .map((span) => meaning(exceptions[schema]?.(span) ?? span))
      .map((span) => (weighted ? span : { ...span, weight: 1 }))

    it('lists the keys with their span counts', async () => {
      const rows = weighted ? await asked(schema, 'keys', {}, true) : listed
      const count = new Map<string, number>()
      const values = new Map<string, Set<string>>()
      for (const span of all) {
        const found = attributesOf(span)
        for (const key of new Set(found.map(([on, key]) => `${on} ${key}`))) {
          count.set(key, (count.get(key) ?? 0) + span.weight)
        }
        for (const [on, key, value] of found) {
          values.set(`${on} ${key}`, (values.get(`${on} ${key}`) ?? new Set()).add(value))
        }
      }
      const shown = (name: string) =>
        new Map(rows.map((row) => [`${row.on} ${row.key}`, row[name]]))
      expect(shown('spans')).toEqual(new Map([...count].map(([key, n]) => [key, Math.round(n)])))
      expect(shown('values')).toEqual(new Map([...values].map(([key, { size }]) => [key, size])))
    })

    it.each(
      KEYS.filter((_, i) => (i + SCHEMAS.indexOf(schema)) % 2 === Number(weighted) || isLong),
    )('lists the values of %s, wherever it is', async (key) => {
      const rows = await asked(schema, 'values', { key }, weighted)
      const having = new Map<string, Meaning[]>()
      for (const span of all) {
        const found = attributesOf(span).filter((each) => each[1] === key)
        for (const at of new Set(found.map(([on, , value]) => `${on} ${value}`))) {
          having.set(at, [...(having.get(at) ?? []), span])
        }
      }
      expect(rows.length).toBe(having.size)
      for (const row of rows) {
        const group = having.get(`${row.on} ${row.value}`)!
        const last = group.reduce((a, b) => (b.time > a.time ? b : a))
        const share = sum(group.filter((span) => span.is_error)) / sum(group)
        expect(row).toMatchObject({
          spans: Math.round(sum(group)),
          error_share: near(share),
          last_seen: last.time,
          last_trace_id: last.trace_id,
        })
      }
      if (key === 'attempt') expect(rows.map((row) => row.on)).toEqual(['event', 'event', 'event'])
      expect(ons(rows)).toEqual(ons(listed.filter((row) => row.key === key)))
    })
  })
})

const ons = (rows: Row[]) => new Set(rows.map((row) => row.on))
