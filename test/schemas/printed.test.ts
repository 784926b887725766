/** What --sql prints, run by itself, gives the rows of the command. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toJson } from '../../cli/output/output.ts'
import type { ParamValue } from '../../cli/query/compose/bound-query.ts'
import { readQueryFiles } from '../../cli/query/files.ts'
import { usesWeight } from '../../cli/query/uses-weight.ts'
import { isoText } from '../../cli/query/window.ts'
import type { Cell } from '../../cli/result.ts'
import { openUrl, readAll, type Store } from '../../cli/store/client.ts'
import { DEFAULT_LIMITS } from '../../cli/store/limits.ts'
import { ofEachKind } from '../each-kind.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { databaseOf, startEngine, store } from './engine.ts'
import { type Front, serve } from './front.ts'
import { FROM, makeSpans, type Span, TO } from './spans.ts'

const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
const folder = temporaryFolder()
let session: Session
let front: Front
let client: Store

const sampled = makeSpans().slice(0, 1200)
const whole = sampled.map((span): Span => {
  const { SampleRate: _, ...attributes } = span.attributes
  return { ...span, traceState: '', attributes }
})

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', sampled)
  store(session, 'otel-json', whole)
  front = await serve(folder.path)
  client = openUrl({ url: front.url, limits: DEFAULT_LIMITS })
})

afterAll(async () => {
  await client.close()
  front.stop()
  session.close()
  folder.remove()
})

const WINDOW = ['--from', isoText(FROM), '--to', isoText(TO)]
const ARGUMENTS: Record<string, string[]> = {
  top: ['user.id'],
  journey: ['user-5'],
  buyers: ['product-1'],
}
const FLAGS = [
  [],
  ['--attr', 'user.id!=user-3', '--where', 'duration > 1000000', '--limit', '3'],
  ['--service', 'shop', '--trace-attr', 'product.id', '--no-weight'],
  ['--by', 'user.id', '--resource', 'host.name', '--dedupe'],
]

/** The flags without those that a query lacks. */
function takenBy(name: string, flags: string[]): string[] {
  const { params, sql } = queries.find((query) => query.name === name)!
  const by = params.find((param) => param.name === 'by')
  const lacks = (flag: string) =>
    (flag === '--by' && by?.default === undefined) ||
    (flag === '--limit' && !params.some((param) => param.name === 'limit')) ||
    (flag === '--no-weight' && !usesWeight(sql))
  const taken: string[] = []
  for (let i = 0; i < flags.length; i++) {
    const value = flags[i + 1]?.startsWith('--') === false ? [flags[i + 1]!] : []
    if (!lacks(flags[i]!)) taken.push(flags[i]!, ...value)
    i += value.length
  }
  return taken
}

/** A printed statement with the values and settings of its comments. */
function readPrinted(text: string) {
  const params: Record<string, ParamValue> = {}
  const settings: Record<string, string> = {}
  const lines = text.split('\n')
  while (lines[0]?.startsWith('-- ')) {
    const [, name = '', value = ''] = /^-- (\w+)(?: = | )(.*)$/.exec(lines.shift()!)!
    if (name !== 'SETTINGS') params[name] = JSON.parse(value)
    else for (const set of value.split(', ')) settings[set.split(' = ')[0]!] = set.split(' = ')[1]!
  }
  return { sql: lines.join('\n'), params, settings }
}

async function run(args: string[], schema: string): Promise<string> {
  const connection = ['--url', front.url, '--database', databaseOf(schema)]
  const { stdout, stderr, exit } = await runHere([...args, ...WINDOW, ...connection])
  expect({ args, exit, stderr }).toMatchObject({ exit: 0 })
  return stdout
}

/**
 * Each query with one set of flags. From one row of four queries to the next the sets move by one, so that neighbours
 * and every fourth query differ. OTRACE_LONG=1: with each.
 */
const all = queries
  .filter(({ name }) => name !== 'storage')
  .flatMap(({ name }, i) =>
    FLAGS.filter(
      (_, set) =>
        set === (i + Math.floor(i / FLAGS.length)) % FLAGS.length || process.env.OTRACE_LONG,
    ).map((flags) => [name, ...(ARGUMENTS[name] ?? []), ...takenBy(name, flags)]),
  )
/** What a printed statement is made of: flags, the types of its values, and the relations and functions beside it. */
const cases = ofEachKind(all, ([name, ...flags]) => {
  const { params, sql } = queries.find((query) => query.name === name)!
  const parts = sql.match(/(?<=FROM )\w+|\b[a-z]+_\w+(?=\()|\/\*\+ \w+|(?<=\{\w+:)[^}]+/g) ?? []
  return [...flags, ...parts, ...params.map(({ type }) => type)]
})
/** A few that take every flag, and that the engine analyses at once. OTRACE_LONG=1: all. */
const cheap = all.filter(
  ([name]) => !['errors', 'repeats'].includes(name!) || process.env.OTRACE_LONG,
)
const few = ofEachKind(cheap, ([, ...flags]) => flags.filter((word) => FLAGS.flat().includes(word)))

describe.each([
  ['sampled', 'otel-map', cases],
  ['unsampled', 'otel-json', few],
])('over %s spans', (_, schema, some) => {
  it('every flag is asked', () => {
    const asked = some.flat()
    expect(FLAGS.flat().filter((word) => !asked.includes(word))).toEqual([])
  })

  it.each(some.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    const shown = JSON.parse(await run([...args, '--json'], schema)) as Cell[]
    const printed = readPrinted(await run([...args, '--sql'], schema))
    const result = await client.ask(printed, { database: databaseOf(schema) })
    const rows = await readAll(result.batches)
    const limit =
      printed.params.limit === undefined ? rows.length : Number(printed.params.limit) - 1
    const ran = rows.slice(0, limit).map((row) => JSON.parse(toJson(row as Cell)))
    expect(ran).toEqual(shown)
    // The rows have no loop.
    if (args[0] !== 'repeats') expect(ran).not.toEqual([])
  })
})

it('prints weights only where spans are sampled', async () => {
  expect(await run(['operations', '--sql'], 'otel-map')).toContain('ot=')
  expect(await run(['operations', '--sql'], 'otel-json')).not.toContain('ot=')
  expect(await run(['operations', '--sql', '--no-weight'], 'otel-map')).not.toContain('ot=')
})

it('a statement has tables and relations of its own beside those of otrace', async () => {
  const connection = ['--url', front.url, '--database', databaseOf('otel-map')]
  const ask = async (sql: string, window: string[] = []) =>
    JSON.parse((await runHere(['sql', sql, '--json', ...window, ...connection])).stdout)
  session.query(`CREATE TABLE ${databaseOf('otel-map')}.failures ENGINE = Memory AS SELECT 7 AS n`)
  expect(await ask('SELECT n FROM failures')).toEqual([{ n: 7 }])
  expect(await ask('WITH red AS (SELECT 8 AS n) SELECT n FROM red')).toEqual([{ n: 8 }])
  const some = `WITH spans AS (SELECT service FROM spans WHERE service = 'shop')`
  const extended = await ask(`${some} SELECT DISTINCT service FROM spans`, WINDOW)
  expect(extended).toEqual([{ service: 'shop' }])
})
