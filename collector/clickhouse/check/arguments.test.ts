/** Arguments that the engine would evaluate, in every way of passing them. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cpuTime } from '../../../test/cpu.ts'
import { removeFolder } from '../../../test/folder.ts'
import { type Collector, start } from '../../main.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-arguments-'))
const secret = join(folder, 'secret.txt')
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir: join(folder, 'data'), receive: false })
  writeFileSync(secret, 'do not tell\n')
})
afterAll(async () => {
  await collector.stop()
  removeFolder(folder)
})

const CODE = `groupConcat((SELECT line FROM file('${secret}', 'LineAsString') SETTINGS readonly = 0))`
const STATE = `AggregateFunction(${CODE}, String)`
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

const CALLS: [what: string, call: (text: string) => string, text: string][] = [
  ['an aggregate function', (text) => `arrayReduce(${text}, ['a', 'b'])`, CODE],
  ['its ranges', (text) => `arrayReduceInRanges(${text}, [(1, 2)], ['a', 'b'])`, CODE],
  ['its state', (text) => `initializeAggregation(${text}, 'a')`, CODE],
  ['a type', (text) => `CAST('', ${text})`, STATE],
  ['an accurate type', (text) => `accurateCastOrNull('', ${text})`, STATE],
  ['a nested type', (text) => `CAST([], ${text})`, `Array(Nullable(${STATE}))`],
  ['a type of JSON', (text) => `JSONExtract('{}', 'a', ${text})`, STATE],
  ['a type to reinterpret as', (text) => `reinterpret('', ${text})`, STATE],
  ['a default value', (text) => `defaultValueOfTypeName(${text})`, STATE],
  ['a time zone', (text) => `toString(toDateTime(0), ${text})`, `file:${secret}`],
  ['a time zone by path', (text) => `toDateTime('2020-01-01 00:00:00', ${text})`, secret],
  ['a time zone in a type', (text) => `CAST(0, ${text})`, `DateTime('file:${secret}')`],
  [
    'the start of an interval',
    (text) => `toStartOfInterval(now(), toIntervalDay(1), ${text})`,
    `file:${secret}`,
  ],
  ['a difference', (text) => `dateDiff('day', now(), now(), ${text})`, `file:${secret}`],
]

const WAYS: [way: string, (call: (text: string) => string, text: string) => string][] = [
  ['directly', (call, text) => `SELECT ${call(quoted(text))}`],
  ['through WITH', (call, text) => `WITH ${quoted(text)} AS t SELECT ${call('t')}`],
  ['through an alias', (call, text) => `SELECT ${quoted(text)} AS t, ${call('t')}`],
  ['with an alias', (call, text) => `SELECT ${call(`${quoted(text)} AS t`)}`],
  ['through a parameter', (call) => `SELECT ${call('{t:String}')}`],
  ['through if', (call, text) => `SELECT ${call(`if(1, ${quoted(text)}, '')`)}`],
  ['through concat', (call, text) => `SELECT ${call(`concat(${quoted(text)}, '')`)}`],
  ['through a column', (call, text) => `SELECT ${call('t')} FROM (SELECT ${quoted(text)} AS t)`],
  ['through a map', (call, text) => `SELECT ${call(`map('a', ${quoted(text)})['a']`)}`],
  ['through a subquery', (call, text) => `SELECT ${call(`(SELECT ${quoted(text)})`)}`],
  ['in a lambda', (call, text) => `SELECT arrayMap(t -> ${call('t')}, [${quoted(text)}])`],
  ['in EXPLAIN', (call, text) => `EXPLAIN SYNTAX SELECT ${call(quoted(text))}`],
]

describe.each(WAYS)('%s', (_, write) => {
  test.each(CALLS)('%s is refused where it is more than a name', async (_, call, text) => {
    const answer = await ask(write(call, text), { param_t: text })
    expect(answer).toMatch(/^Code: 497\. .* as a literal here/)
  })
})

test.each([
  [`SELECT {x:${STATE}}`],
  [`SELECT {x:DateTime('file:${secret}')}`],
  [`SELECT {x:Array(DateTime64(3, '${secret}'))}`],
  [`SELECT x.\`${STATE}\` FROM (SELECT CAST(1, 'Dynamic') AS x)`],
  [`SELECT x.a.:\`DateTime('file:${secret}')\` FROM (SELECT CAST('{}', 'JSON') AS x)`],
  [`SELECT 1 IN format('CSV', 'a String DEFAULT file(''${secret}'')', '1')`],
  [`SELECT * FROM values('a ${STATE.replaceAll("'", "''")}', '')`],
  [`SELECT arrayMap(toString, [now()], ['file:${secret}'])`],
  [`SELECT arrayMap(arrayReduce, ['sum'], [[1]])`],
  [`SELECT groupFormat('MySQLWire')(1)`],
  [`SELECT structureToProtobufSchema('a UInt8 DEFAULT toUInt8(file(''${secret}''))')`],
  [`SELECT tokens('a', 'nope')`],
  [`SELECT hop(now(), toIntervalDay(1), toIntervalDay(2), 'UTC')`],
])('%s', async (statement) => {
  const answer = await ask(statement, { param_x: '1' })
  expect(answer).toMatch(/^Code: 497\./)
})

test.each([
  [`WITH (x -> 'file:${secret}') AS toDate SELECT toString(toDateTime(0), toDate(1))`],
  [`WITH (x -> 'file:${secret}') AS TODATE SELECT toString(toDateTime(0), TODATE(1))`],
  [`WITH (() -> 'file:${secret}') AS today SELECT toTimezone(toDateTime(0), today())`],
  [`WITH (() -> 'file:${secret}') AS now SELECT toString(toDateTime(0), now())`],
  [`WITH (x -> 'file:${secret}') AS f, f AS toDate SELECT toString(toDateTime(0), toDate(1))`],
  [`WITH (toDate -> toString(toDateTime(0), toDate(1))) AS g SELECT g(x -> 'file:${secret}')`],
  [`SELECT (x -> 'file:${secret}') AS toDate, toString(toDateTime(0), toDate(1))`],
  ['WITH (x -> x) AS sumIf SELECT sumIf(1)'],
  ['WITH (x -> x) AS groupFormatIf SELECT groupFormatIf(1)'],
  ['WITH (x -> x) AS sumIfOrNull SELECT sumIfOrNull(1)'],
  ['WITH (x -> x) AS `lambda` SELECT `lambda`(1)'],
  ['WITH (x -> x) AS file SELECT file(1)'],
])('%s names a lambda as a function of the engine', async (statement) => {
  expect(await ask(statement)).toMatch(/^Code: 497\. .*a lambda may not be named/)
})

test('a long chain of aliases of a lambda is refused at once', async () => {
  const chain = Array.from({ length: 5000 }, (_, i) => `f${i + 1} AS f${i}`).join(', ')
  const used = cpuTime()
  const answer = await ask(`WITH ${chain}, (x -> x) AS f5000 SELECT f0(1)`)
  expect(answer).toMatch(/^Code: 497\. .*too many aliases of a lambda/)
  expect(used()).toBeLessThan(3000)
})

test.each(['file:/etc/localtime', '/etc/localtime', '../etc/localtime', 'Nowhere'])(
  'the setting session_timezone may not be %s',
  async (zone) => {
    expect(await ask('SELECT 1', { session_timezone: zone })).toMatch(/^Code: 36\..*time zone/)
    expect(await ask(`SELECT 1 SETTINGS session_timezone = '${zone}'`)).toMatch(/^Code: 36\./)
  },
)

test('an unknown function gets the error of ClickHouse', async () => {
  expect(await ask('SELECT nope(1)')).toMatch(
    /^Code: 46\. DB::Exception: Function with name `nope` does not exist/,
  )
})

test.each([
  ["SELECT arrayReduce('sum', [1, 2])", '3'],
  ["SELECT arrayReduce('quantilesExact(0.5, 0.9)', [1, 2])", '[2,2]'],
  ["SELECT arrayReduce('sumIf', [1, 2], [1, 0])", '1'],
  [
    "SELECT CAST('1', 'Nullable(UInt8)'), '1'::UInt8, CAST(('a', 1) AS Tuple(k String, v Decimal(9, 2)))",
    "1\t1\t('a',1)",
  ],
  [
    "SELECT CAST('a', 'Enum8(\\'a\\' = 1, \\'b\\' = -2)'), CAST('2020-01-01', 'DateTime64(3, \\'Europe/Berlin\\')')",
    'a\t2020-01-01 00:00:00.000',
  ],
  ["SELECT toString(toDateTime(0), 'America/New_York')", '1969-12-31 19:00:00'],
  [
    "SELECT toStartOfInterval(toDateTime(90), INTERVAL 1 MINUTE, toDateTime(0), 'UTC')",
    '1970-01-01 00:01:00',
  ],
  ["SELECT toDateTimeOrDefault('x', 'UTC', toDateTime(0, 'UTC'))", '1970-01-01 00:00:00'],
  ["SELECT JSONExtract('{\"a\":[1]}', 'a', 'Array(UInt8)')", '[1]'],
  ["SELECT CAST('{\"a\":1}', 'JSON(max_dynamic_paths=2, a UInt8)')", '{"a":1}'],
  ["SELECT dynamicElement(CAST(1, 'Dynamic'), 'UInt8')", '1'],
  ["SELECT tokens('a b'), hasAllTokens('a b', ['a'])", "['a','b']\t1"],
  ['SELECT 1 AS file, file + 1 AS hostname, hostname + 1 AS user', '1\t2\t3'],
  ['SELECT arrayMap(toDateTime, [0])', "['1970-01-01 00:00:00']"],
  ['SELECT displayName()', 'otrace'],
  ['WITH (x -> x + 1) AS f, f AS g SELECT f(1), g(2), count() AS count', '2\t3\t1'],
  ["WITH path -> upper(path) AS loud SELECT loud(path('http://a/b'))", '/B'],
])('%s', async (statement, answer) => {
  expect(await ask(statement)).toBe(`${answer}\n`)
})

async function ask(statement: string, parameters: Record<string, string> = {}): Promise<string> {
  const url = `${collector.addresses.clickhouse}/?${new URLSearchParams(parameters)}`
  return (await fetch(url, { method: 'POST', body: statement })).text()
}
