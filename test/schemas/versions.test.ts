/** A span that is stored several times is its last version, in every query and in traces. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FilterFlags } from '../../cli/options/filters.ts'
import { toJson } from '../../cli/output/output.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import type { Cell } from '../../cli/result.ts'
import { buildTrace } from '../../cli/trace/model/build.ts'
import { spanReader } from '../../cli/trace/model/span-row.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, startEngine, store } from './engine.ts'
import { madeSpan } from './made.ts'
import { schemas } from './rows.ts'
import { resultOf, sourceOf } from './source.ts'
import type { Span } from './spans.ts'

const folder = temporaryFolder()
let session: Session

/** What an instrumentation sends while a span runs, and at its end. */
const running = madeSpan({
  name: 'live',
  kind: 2,
  attributes: { state: 'running', 'user.id': 'ada', 'url.path': '/live' },
})
const done: Span = {
  ...running,
  duration: 900_000_000n,
  status: 2,
  attributes: { state: 'done', 'user.id': 'ada', 'url.path': '/live' },
}
/** Versions that differ in an attribute alone. */
const twins = ['a', 'b', 'c'].map(
  (state): Span => ({ ...done, spanId: 'f'.repeat(16), attributes: { state } }),
)
/** A server that shares the id of its client, as in Zipkin. */
const shared: Span = { ...running, kind: 3, name: 'call', service: 'client', parentId: '' }

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of Object.keys(schemas))
    store(session, schema, [running, ...twins, shared, done, done])
})

afterAll(() => {
  session.close()
  folder.remove()
})

describe.each(Object.keys(schemas))('%s', (schema) => {
  const spans = async (flags: FilterFlags, settings = {}) => {
    const sql = `SELECT name, duration, status, attributes['state'] AS state FROM spans ORDER BY name, state`
    const source = { ...sourceOf(schema, { dedupe: true, ...flags }), settings }
    return (await ask(session, compose(sql, {}, source))).map(({ name, state }) => [name, state])
  }

  it('--dedupe keeps the last version', async () => {
    expect(await spans({})).toEqual([
      ['call', 'running'],
      ['live', 'c'],
      ['live', 'done'],
    ])
  })

  it('--dedupe finds nothing by what only an older version has', async () => {
    expect(await spans({ attr: ['state=running'] })).toEqual([['call', 'running']])
    expect(await spans({ attr: ['state=done'] })).toEqual([['live', 'done']])
    expect(await spans({ where: "attributes['state'] = 'running'" })).toEqual([['call', 'running']])
  })
})

it('--dedupe keeps the same version at each run', async () => {
  const sql = `SELECT span_id, attributes['state'] AS state FROM spans ORDER BY span_id, state`
  const seen = new Set<string>()
  for (let round = 1; round <= 6; round++) {
    const settings = { max_threads: round % 3 || 1, max_block_size: round }
    const source = { ...sourceOf('otel-map', { dedupe: true }), settings }
    seen.add(toJson((await ask(session, compose(sql, {}, source))) as Cell))
  }
  expect(seen.size).toBe(1)
})

it('requests, errors and durations are those of the last versions', async () => {
  const flags = { dedupe: true, service: ['shop'] }
  const [row] = await resultOf(session, 'otel-map', 'services', {}, flags)
  expect(row).toMatchObject({ spans: 2, requests: 2, errors: 2, p50: 900_000_000 })
  const slow = await resultOf(session, 'otel-map', 'slow', {}, flags)
  expect(slow.map(({ duration }) => duration)).toEqual([900_000_000, 900_000_000])
})

it('a trace shows the last version, and says that there were others', async () => {
  const columns =
    'time, trace_id, span_id, parent_id, service, name, kind, status, duration, attributes'
  const rows = await ask(
    session,
    compose(`SELECT ${columns} FROM spans WHERE name = 'live'`, {}, sourceOf('otel-map')),
  )
  const own = rows.filter(({ span_id }) => span_id === running.spanId)
  const trace = buildTrace(own.map(spanReader()))
  expect(trace.spans.map(({ row }) => row.attributes.state)).toEqual(['done'])
  expect(trace.findings.map(({ kind }) => kind)).toContain('versions')
})
