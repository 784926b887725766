/**
 * Random statements, parameters and settings: none may reach outside the store.
 *
 * One file: most of it is the list of what statements are made of.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../../../test/folder.ts'
import { type Collector, start } from '../../main.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-mutations-'))
const data = join(folder, 'data')
const secret = join(folder, 'secret.txt')
const SECRET = 'do not tell'
const outfile = join(folder, 'written.txt')
/** A listener that no statement may reach. */
let calls = 0
const listener = createServer((socket) => {
  calls++
  socket.destroy()
})
let collector: Collector
let port: number

beforeAll(async () => {
  collector = await start({ dataDir: data, receive: false, clickhousePort: 0 })
  writeFileSync(secret, `${SECRET}\n`)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  port = (listener.address() as AddressInfo).port
})
afterAll(async () => {
  await collector.stop()
  listener.close()
  removeFolder(folder)
})

/** Seeds from which statements are bent: each is one step from something that reads, writes or calls. */
const SEEDS = [
  ['SELECT', '1', 'FROM', '(SELECT', `'${secret}'`, 'AS', 'a', ')'],
  ['SELECT', 'arrayMap(', 'toString', ',', `['${secret}']`, ')'],
  ['SELECT', 'arrayMap(', '{f:Identifier}', ',', `['${secret}']`, ')'],
  ['SELECT', '*', 'FROM', '{d:Identifier}', '.', '{t:Identifier}'],
  ['SELECT', 'b', 'FROM', 'values(', "'a UInt8, b String'", ',', '(', '1', ',', "'x'", ')', ')'],
  ['SHOW', 'TABLES', 'FROM', 'otel', 'LIKE', "'%'"],
  ['SHOW', 'COLUMNS', 'FROM', 'otel_traces', 'FROM', 'otel'],
  ['SELECT', 'formatRow(', "'CSV'", ',', '1', ')', 'SETTINGS', 'max_threads', '=', '1'],
  ['SELECT', '1', 'IN', 'system.one', 'FORMAT', 'TSV', 'SETTINGS', 'extremes', '=', '0'],
  ['EXPLAIN', 'SELECT', '1', 'FROM', 'numbers(', '1', ')', 'FORMAT', 'TSV'],
  ['SELECT', 'arrayReduce(', "'sum'", ',', "['a', 'b']", ')'],
  ['SELECT', 'CAST(', "'1'", ',', "'UInt8'", ')'],
  ['SELECT', 'toString(', 'toDateTime(0)', ',', "'UTC'", ')'],
  ['SELECT', '{s:String}', ',', 'x', 'FROM', '(SELECT', "CAST(1, 'Dynamic')", 'AS', 'x', ')'],
  [
    'WITH',
    '(x ->',
    `'file:${secret}'`,
    ')',
    'AS',
    'toDate',
    ',',
    'toDate',
    'AS',
    'today',
    'SELECT',
  ].concat(['toString(', 'toDateTime(0)', ',', 'toDate(', '1', ')', ')']),
  ['WITH', 'x ->', 'toString(', 'x', ')', 'AS', 'f', 'SELECT', 'f(', `'${secret}'`, ')'],
]

/** A call that an aggregate function's parameters would evaluate. */
function code(): string {
  return `groupConcat((SELECT line FROM file('${secret}', 'LineAsString') SETTINGS readonly = 0))`
}

function pieces(): string[] {
  return [
    `file('${secret}')`,
    'file',
    '`file`',
    'FILE(',
    'SELECT',
    'FROM',
    '(',
    ')',
    ',',
    '=',
    `default.\`${secret}\``,
    'SETTINGS readonly = 0',
    'SETTINGS',
    `format_template_row = '${secret}'`,
    `format_template_resultset = '${secret}'`,
    `output_format_schema = '${outfile}'`,
    `format_avro_schema_registry_url = 'http://127.0.0.1:${port}'`,
    `format_schema_source = 'query'`,
    `format_schema = '${secret}'`,
    'FORMAT TSV',
    'FORMAT Template',
    'FORMAT AvroConfluent',
    'FORMAT Protobuf',
    "formatRow('Template', 1)",
    "'",
    '`',
    '--',
    '/*',
    '*/',
    ';',
    `INTO OUTFILE '${outfile}'`,
    'UNION ALL',
    'WITH x AS',
    'WITH file AS f',
    'EXPLAIN AST',
    'DESCRIBE',
    '* APPLY file',
    'APPLY(file)',
    "COLUMNS('.*')",
    'x ->',
    `(x -> 'file:${secret}') AS toDate,`,
    `(() -> 'file:${secret}') AS now,`,
    'AS toDate',
    'toDate(1)',
    'now()',
    'file ->',
    'IN',
    'IN {t:Identifier}',
    '{f:Identifier}',
    '{s:String}',
    '1',
    '\n',
    '$$',
    'ARRAY JOIN',
    `'${secret}'`,
    'view(',
    'values(',
    `'b String ALIAS file(\\'${secret}\\')'`,
    "'b String'",
    'arrayMap(',
    'arrayFold(',
    'arrayReduce(',
    'initializeAggregation(',
    'arrayMap(arrayReduce,',
    code(),
    `'${code().replaceAll("'", "''")}'`,
    `'AggregateFunction(${code().replaceAll("'", "''")}, String)'`,
    `{s:AggregateFunction(${code()}, String)}`,
    `{s:DateTime('file:${secret}')}`,
    `x.\`AggregateFunction(${code()}, String)\``,
    `'DateTime(\\'file:${secret}\\')'`,
    `'file:${secret}'`,
    'groupFormat(',
    "'MySQLWire'",
    `structureToProtobufSchema('a String DEFAULT file(\\'${secret}\\')')`,
    `IN format('CSV', 'a String DEFAULT file(\\'${secret}\\')', '1')`,
    'hasColumnInTable(',
    `hasColumnInTable('127.0.0.1:${port}', 'u', 'p', 'd', 't', 'c')`,
    `url('http://127.0.0.1:${port}/', 'LineAsString')`,
    `remote('127.0.0.1:${port}', 'system.one')`,
    `WHERE throwIf(1, file('${secret}'))`,
    `LIMIT length(file('${secret}'))`,
    "LIKE '%'",
    'SHOW',
    'INSERT INTO otel.otel_traces (SpanName)',
    'DROP TABLE otel.otel_traces',
    'AS `a\n Set`',
    'AS `a\n     Literal`',
    'AS file',
    'AS',
    '"',
    '\\',
    'KILL QUERY WHERE 1',
    'LIMIT 1',
    'CAST(',
    'COLUMNS(',
    '\0',
  ]
}

/** In the place of what a request says beside its statement. */
function extras(): [name: string, value: string][] {
  return [
    ['param_f', 'file'],
    ['param_f', 'x\\n   Literal'],
    ['param_d', 'default'],
    ['param_t', secret],
    ['param_t', 'models'],
    ['session_timezone', `file:${secret}`],
    ['param_s', `b String ALIAS file('${secret}')`],
    ['param_x = 1; CREATE TABLE otel.t (a Int8) ENGINE = Memory; SET param_y', '1'],
    ["param_x = ''; SET readonly = 0; SET param_y", '1'],
    ['database', 'system'],
    ['database', 'default'],
    ['default_format', 'Template'],
    ['default_format', 'AvroConfluent'],
    ['format_template_row', secret],
    ['output_format_schema', outfile],
    ['format_schema', secret],
    ['format_schema_source', 'query'],
    ['format_avro_schema_registry_url', `http://127.0.0.1:${port}`],
    ['output_format_csv_null_representation', secret],
    ['readonly', '0'],
    ['log_comment', 'x'],
    ['query_id', 'x\r\nSet-Cookie: a=b'],
  ]
}

const ROUNDS = Number(process.env.OTRACE_ROUNDS ?? (process.env.OTRACE_LONG ? 100_000 : 600))
/** Statements between two looks at the canary, and those under way at a time. */
const BATCH = 500
const AT_ONCE = 8

interface Mutant {
  statement: string
  extras: [name: string, value: string][]
}

/** Which of the texts the engine can parse: no other gets beyond the first step of the check. */
function parsed(session: Session, statements: string[]): boolean[] {
  const sql = 'SELECT formatQuerySingleLineOrNull(arrayJoin({all:Array(String)})) IS NOT NULL'
  const { data } = JSON.parse(session.queryBind(sql, { all: statements }, 'JSONCompact'))
  return data.map(([found]: [number]) => found === 1)
}

async function ask({ statement, extras }: Mutant): Promise<{ isOk: boolean; text: string }> {
  const url = new URL(collector.addresses.clickhouse)
  for (const extra of extras) url.searchParams.set(...extra)
  const send = () => fetch(url, { method: 'POST', body: statement })
  // On a busy machine the endpoint may close an idle connection just as it is used, and the next one, too.
  const answer = await send().catch(send).catch(send).catch(send)
  return { isOk: answer.ok, text: await answer.text() }
}

test(
  'mutated statements never read or write files, open connections or change the store',
  async () => {
    let seed = Number(process.env.OTRACE_SEED ?? 42)
    // mulberry32
    const random = (below: number) => {
      seed = (seed + 0x6d2b79f5) | 0
      let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed)
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
      return ((bits ^ (bits >>> 14)) >>> 0) % below
    }
    const pick = <Item>(from: Item[]): Item => from[random(from.length)]!
    const bits = pieces()
    const sides = extras()
    const mutate = (): Mutant => {
      const words = [...pick(SEEDS)]
      for (let change = random(4); change > 0; change--) {
        words.splice(random(words.length + 1), random(2), pick(bits))
      }
      const extras = Array.from({ length: Math.max(0, random(5) - 2) }, () => pick(sides))
      return { statement: words.join(' '), extras }
    }
    const session = new Session(join(data, 'clickhouse'))
    session.query('SET max_parser_backtracks = 50000, implicit_select = 0')
    const counts = { mutated: 0, parsed: 0, answered: 0 }
    const seen = new Set<string>()
    const isNew = (mutant: Mutant) => seen.size < seen.add(JSON.stringify(mutant)).size
    while (counts.mutated < ROUNDS) {
      const all = Array.from({ length: Math.min(BATCH, ROUNDS - counts.mutated) }, mutate).filter(
        isNew,
      )
      counts.mutated += all.length
      const isParsed = parsed(
        session,
        all.map(({ statement }) => statement),
      )
      const asked = all.filter((_, i) => isParsed[i])
      counts.parsed += asked.length
      const waiting = asked.values()
      const askOn = async () => {
        for (const mutant of waiting) {
          const { isOk, text } = await ask(mutant)
          if (isOk) counts.answered++
          expect(text.includes(SECRET), JSON.stringify(mutant)).toBe(false)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, askOn))
      const which = () => asked.map((mutant) => JSON.stringify(mutant)).join('\n')
      if (calls > 0 || existsSync(outfile)) expect.fail(`one of these reached outside:\n${which()}`)
      if (process.env.OTRACE_LONG) process.stderr.write(`${JSON.stringify(counts)}\n`)
    }
    session.close()
    expect(counts.answered).toBeGreaterThan(0)
    expect(readFileSync(secret, 'utf8')).toBe(`${SECRET}\n`)
    expect(readdirSync(folder).sort()).toEqual(['data', 'secret.txt'])
    const tables =
      'SELECT count(), (SELECT count() FROM otel_traces) FROM system.tables WHERE name = {t:String}'
    const after = await fetch(`${collector.addresses.clickhouse}/?param_t=t`, {
      method: 'POST',
      body: tables,
    })
    expect(await after.text()).toBe('0\t0\n')
  },
  600_000 + ROUNDS * 200,
)
