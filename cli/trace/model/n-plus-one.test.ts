/** Which repeated calls are an N+1, and which siblings fold. */
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { outline } from '../waterfall/outline.ts'
import { buildTrace } from './build.ts'
import { repeatedCalls } from './n-plus-one.ts'
import type { SpanRow } from './span-row.ts'

/** A request of 100 ms with twelve calls, 1 ms each and 4 ms apart. */
function request(call: (i: number) => Partial<Omit<SpanRow, 'event_time'>>, apart = 4e6) {
  const calls = Array.from({ length: 12 }, (_, i) => {
    const { name = 'call', ...given } = call(i)
    const took = given.duration ?? 1e6
    return row(`c${i}`, 'root', name, { at: 5e6 + i * apart, took, kind: 'client', ...given })
  })
  return buildTrace([
    row('root', '', 'GET /list', { at: 0, took: 100e6, kind: 'server' }),
    ...calls,
  ])
}

const select = {
  name: 'SELECT m',
  db_system: 'postgresql',
  db_query: 'SELECT * FROM m WHERE id=$1',
}
const statement = (text: string, system = 'postgresql') => ({
  name: text.split(' ')[0]!,
  db_system: system,
  db_query: text,
})
const shape = (trace: ReturnType<typeof request>) => ({
  repeats: trace.repeats.map(({ spans }) => spans.length),
  lines: outline(trace, { fold: true }).lines.length,
})
const ALL_APART = { repeats: [], lines: 13 }
const FOLDED = { repeats: [], lines: 2 }
const N_PLUS_ONE = { repeats: [12], lines: 2 }

test.each<[string, (i: number) => Partial<Omit<SpanRow, 'event_time'>>, object]>([
  ['one statement', () => select, N_PLUS_ONE],
  ['twelve databases', (i) => ({ ...select, attributes: { 'db.namespace': `t${i}` } }), ALL_APART],
  ['twelve hosts', (i) => ({ ...select, attributes: { 'server.address': `h${i}` } }), ALL_APART],
  [
    'twelve collections',
    (i) => ({ name: 'find', db_system: 'mongodb', attributes: { 'db.collection.name': `c${i}` } }),
    ALL_APART,
  ],
  ['twelve tables', (i) => statement(`SELECT * FROM t${i} WHERE id = ?`), ALL_APART],
  [
    'two statements',
    (i) => statement(i % 2 ? 'select a.* from person a' : 'select u.* from person u'),
    { repeats: [6, 6], lines: 3 },
  ],
  ['transactions', (i) => statement(i % 2 ? 'COMMIT' : 'BEGIN'), { repeats: [], lines: 3 }],
  ['PING', () => statement('PING', 'redis'), FOLDED],
  ['SELECT 1', () => statement('SELECT 1'), FOLDED],
  ['FETCH of a cursor', () => statement('FETCH 100 FROM c1'), FOLDED],
  ['connect', () => ({ name: 'pg.connect', db_system: 'postgresql' }), FOLDED],
  ['spans of no duration', () => ({ ...select, duration: 0 }), FOLDED],
  ['Mongo JSON', (i) => statement(`{"find":"users","filter":{"_id":${i}}}`, 'mongodb'), N_PLUS_ONE],
  ['MySQL texts', (i) => statement(`SELECT * FROM t WHERE n = "a${i}"`, 'mysql'), N_PLUS_ONE],
  ['Redis keys', (i) => statement(`GET session:${i}f${i}`, 'redis'), N_PLUS_ONE],
  [
    'HTTP calls of one server',
    (i) => ({
      name: 'GET',
      http_status: 200,
      attributes: { 'url.full': `http://stock/items/${i}`, 'http.request.method': 'GET' },
    }),
    N_PLUS_ONE,
  ],
  [
    'HTTP calls of twelve routes',
    (i) => ({
      name: 'GET',
      attributes: { 'url.full': `http://stock/${'abcdefghijkl'[i]}`, 'http.request.method': 'GET' },
    }),
    ALL_APART,
  ],
])('%s', (_, call, expected) => {
  expect(shape(request(call))).toEqual(expected)
})

test('calls sent at once are a fan-out', () => {
  expect(shape(request(() => ({ ...select, duration: 50e6 }), 0))).toEqual(FOLDED)
})

test.each([1, 2, 3])('a loop whose statement is %d functions below it is an N+1', (functions) => {
  const rows = Array.from({ length: 12 }, (_, i) => {
    const at = 5e6 + i * 4e6
    const called = Array.from({ length: functions }, (_, level) =>
      row(`f${i}-${level}`, level === 0 ? 'root' : `f${i}-${level - 1}`, `level ${level}`, {
        at,
        took: 2e6,
      }),
    )
    const last = `f${i}-${functions - 1}`
    return [...called, row(`c${i}`, last, 'call', { at, took: 1e6, kind: 'client', ...select })]
  }).flat()
  const trace = buildTrace([row('root', '', 'GET /list', { at: 0, took: 100e6 }), ...rows])
  expect(trace.repeats.map(({ parent, spans }) => [parent?.row.name, spans.length])).toEqual([
    ['GET /list', 12],
  ])
})

test('a finding names the statement', () => {
  const { findings } = request(() => select)
  expect(findings.map(({ message }) => message)).toEqual([
    'N+1: SELECT m ×12 under GET /list, 12.0 ms (12.0%): SELECT * FROM m WHERE id=$1',
  ])
})

test('calls fold by the service that answers, also where no attribute names it', () => {
  const services = ['stock', 'prices', 'users', 'mail']
  const rows = Array.from({ length: 24 }, (_, i) => {
    const at = (1 + i) * 1e6
    return [
      row(`call${i}`, 'root', 'HTTP GET', { at, took: 9e5, kind: 'client' }),
      row(`serve${i}`, `call${i}`, 'GET', { at, took: 8e5, service: services[i % 4]! }),
    ]
  }).flat()
  const trace = buildTrace([row('root', '', 'GET /page', { at: 0, took: 30e6 }), ...rows])
  const { lines } = outline(trace, { fold: true })
  const names = lines.map((line) => (line.kind === 'spans' ? line.spans[0]!.row.service : ''))
  expect(names).toEqual(['shop', ...services.flatMap((service) => ['shop', service])])
  expect(trace.findings.map(({ message }) => message)).toContain(
    'N+1: HTTP GET stock ×6, one after another under GET /page, 5.40 ms (18.0%)',
  )
})

test.each([
  ['a comment and spaces', `--${' '.repeat(100_000)}\nSELECT x FROM t`],
  ['spaces behind END', `END${' '.repeat(100_000)}x`],
])('reads %s in linear time', (_, text) => {
  const { spans } = request((i) => (i === 0 ? statement(text) : select))
  const start = performance.now()
  repeatedCalls(spans)
  expect(performance.now() - start).toBeLessThan(1000)
})
