/** What clients send is read in linear time: 10 ms a kilobyte at most. */
import { readdirSync, readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { cpuTime } from '../test/cpu.ts'
import { type EngineNames, isAggregate } from './clickhouse/check/allowed-names.ts'
import { isInsert } from './clickhouse/check/statement.ts'
import { checkText, takeApart } from './clickhouse/check/text.ts'
import { tokenize } from './clickhouse/check/tokens.ts'
import { parseTree, unquote } from './clickhouse/check/tree.ts'
import { isPlainStructure, isPlainType } from './clickhouse/check/types.ts'
import { checkTree } from './clickhouse/check/walk.ts'
import { exceptionOf } from './clickhouse/exception.ts'
import { contentType, judgeFormat } from './clickhouse/formats.ts'
import { columnOf } from './clickhouse/native/columns.ts'
import { parseRequest } from './clickhouse/request.ts'
import { settingsFor, withOurSettings } from './clickhouse/settings.ts'
import { pathsHidden } from './engine/paths.ts'
import { refusal } from './http/browser-guard.ts'
import { knowsPassword } from './http/password.ts'
import { jsonToProtobuf } from './otlp/json.ts'

const names: EngineNames = {
  functions: new Map([
    ['count', 'count'],
    ['sum', 'sum'],
    ['arraymap', 'arrayMap'],
  ]),
  higherOrder: new Set(['arrayMap']),
  tableFunctions: new Set(['numbers', 'file']),
  combinators: ['if', 'or', 'ornull', 'array', 'state'],
  tables: new Set(['tables', 'parts']),
  zones: new Set(['UTC']),
  databases: new Set(['otel', 'system']),
}
const types = { zones: names.zones, aggregate: (name: string) => isAggregate(name, names) }
const hide = pathsHidden('/var/lib/otrace')
const access = { hosts: [], origins: [], password: 'word' }
const headers = (text: string) => ({ host: text, origin: text, authorization: `Basic ${text}` })

/** Everything that reads a text of a client, or one that quotes it. */
const READERS: Record<string, (text: string) => unknown> = {
  statement: (text) => checkText(takeApart(text), {}, types),
  'statement with SETTINGS': (text) => takeApart(`SELECT 1 SETTINGS ${text}`),
  tokens: tokenize,
  'first word': (text) => [isInsert(text), isInsert(`/*${text}*/ INSERT INTO a`)],
  'columns of Native': (text) => [columnOf(text), columnOf(`Tuple(${text} UInt8)`)],
  'of settings': withOurSettings,
  quoted: (text) => unquote(`'${text}'`),
  tree: (text) =>
    parseTree([`SelectQuery (children 1)`, ` Identifier ${text}`, ` Literal '${text}'`]),
  'tree of names': (text) =>
    checkTree(
      [
        'SelectWithUnionQuery (children 1)',
        ` Identifier ${text}`,
        ` Function ${text} (alias ${text})`,
        ' TableIdentifier system.tables',
      ],
      `SELECT * FROM system.tables ${text}`,
      'otel',
      names,
    ),
  function: (text) => isAggregate(text, names),
  type: (text) => [isPlainType(text, types), isPlainStructure(text, types)],
  exception: (text) => exceptionOf(new Error(text)),
  'exception around': (text) =>
    exceptionOf(new Error(`Code: 1. DB::Exception: ${text} (A_NAME) (version 1) ${text}`)),
  format: (text) => [contentType(text), judgeFormat(text)],
  settings: (text) =>
    settingsFor(
      { [text]: text, session_timezone: text },
      { zones: names.zones, settings: names.tables },
    ),
  paths: (text) => hide(text),
  headers: (text) => [
    refusal({ headers: headers(text), headersDistinct: {} } as never, access),
    knowsPassword('word', headers(text)),
  ],
  address: (text) =>
    parseRequest(
      new URL(
        `http://localhost/?query=${encodeURIComponent(text)}&param_a=${encodeURIComponent(text)}`,
      ),
      { 'accept-encoding': text, 'x-clickhouse-format': text },
      Buffer.from(text),
    ).catch(() => undefined),
  JSON: (text) => jsonToProtobuf('traces', Buffer.from(text)),
  'JSON value': (text) => jsonToProtobuf('traces', Buffer.from(`{"resourceSpans":${text}}`)),
  'JSON text': (text) =>
    jsonToProtobuf('traces', Buffer.from(JSON.stringify({ resourceSpans: [{ schemaUrl: text }] }))),
}

const ATOMS = [
  ...[' ', '\n', '\t', '(', ')', '[', '{', '}', '`', "'", '"', '\\', '/', '.', ':', ',', '=', '-'],
  ...['a', '1', '_', '%', ';', 'é', '\u0000', 'if', 'or', 'Array(', 'Tuple(a ', '{a:', 'a.', '/a'],
  ...[
    ' SETTINGS a = ',
    'bbb% = ',
    ' FORMAT ',
    'INTO OUTFILE ',
    'SHOW ',
    " LIKE '",
    '(alias ',
    '(children ',
  ],
  ...['Code: 1. DB::Exception: ', '(A', '(A)', ' (version ', 'filesystem_error', 'eachrow', 'json'],
  ...['otrace-answer-', '{"a":', '["', '\\"', '1,', 'Basic ', ':1', '/*', '--', '$$'],
]
const KILOBYTES = process.env.OTRACE_LONG ? 48 : 32
const MOST_MS = 10 * KILOBYTES
/** Pairs of atoms, the same in each run. */
const PAIRS = ATOMS.flatMap((atom, i) =>
  (process.env.OTRACE_LONG ? [7, 19] : [7]).map(
    (step) => atom + ATOMS[(i * step + 3) % ATOMS.length]!,
  ),
)

/** Milliseconds of CPU. */
async function cost(read: (text: string) => unknown, text: string): Promise<number> {
  const used = cpuTime()
  try {
    await read(text)
  } catch {
    // Refused, or not what it should be.
  }
  return used()
}

describe('repeats of pieces that cost most', () => {
  it.each(Object.entries(READERS))('%s', async (_, read) => {
    const slow: [text: string, ms: number][] = []
    for (const atom of [...ATOMS, ...PAIRS]) {
      const text = atom.repeat(Math.ceil((KILOBYTES * 1024) / atom.length))
      for (const one of atom.length > 1 ? [`${text}'x\n`] : [text, `${text}'x\n`]) {
        const ms = await cost(read, one)
        if (ms > MOST_MS) slow.push([one.slice(0, 40), ms])
      }
    }
    expect(slow).toEqual([])
  })
})

/** Regular expressions with more than one repeat, or with one that can begin anywhere, and why they are linear. */
const JUDGED: Record<string, string> = {
  '/^PID: (\\d+)/m': 'reads a file of the engine',
  '/ +/': 'splits short lines of the kernel',
  '/MATERIALIZE INDEX (\\w+)/g': 'reads our own statement, as the engine prints it',
  '/:\\d+$/': 'each character is read from one colon only',
  '/^\\d{12}(-\\d)*\\.spool$/': 'a name in our folder; each part begins with its own character',
  '/^\\d{12}(-\\d)*\\.bin$/': 'likewise',
  '/\\s+/': 'splits lists in our own code',
  '/\\?.*$/': 'an address has no line breaks, so the first ? matches',
  '/;.*$/': 'a header has no line breaks, so the first ; matches',
  '/^[\\w+/-]*={0,2}$/': 'the second repeat is bounded',
  '/^ +(repeated )?(\\w+) (\\w+) = (\\d+);/': 'reads the schema of our package',
  '/_part IN \\([^)]*\\)/': 'reads our own statement',
  '/^--.*\\n|^ALTER TABLE .*\\n/gm': 'likewise',
  '/ IF NOT EXISTS (\\w+)/g': 'reads our own statement',
  '/,\\s*ADD INDEX /': 'likewise',
  '/,\\s*INDEX /': 'likewise',
  '/AS otel\\..*/': 'likewise',
  "/\\/\\*\\+ day \\*\\/'[^']*'/g": 'reads our own statement',
  '/^ +oneof (\\w+)/': 'reads the schema of our package',
  '/^message (\\w+)/gm': 'reads the schema of our package',
  "/('(?:[^'\\\\]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`)/":
    'the engine closes each quote that it prints, and the alternatives begin differently',
  '/^(\\w+)\\s*(?:\\(([\\s\\S]*)\\))?$/':
    'anchored, and each part ends where the next one cannot begin',
  '/^(?:`(?:[^`\\\\]|\\\\.)*`|\\w+)\\s+(\\w[\\s\\S]*)$/':
    'anchored, and each part ends where the next one cannot begin',
  SHOW: 'anchored, and each part ends where the next one cannot begin',
}

const LITERAL =
  /(?<=(?:^|[=(,:!&|?{};[\n]|=>|return)\s*)\/((?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/[a-z]*/g

/** Without repeats, or with one behind an anchor. */
function isPlainlyLinear(literal: string): boolean {
  const plain = literal.replaceAll(/\\./g, 'x').replaceAll(/\[[^\]]*\]/g, 'x')
  const repeats = plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0
  return (
    repeats === 0 ||
    (repeats === 1 && literal.startsWith('/^') && !/[gm]*m[gm]*$/.test(literal.split('/').at(-1)!))
  )
}

it('each regular expression of the collector is plainly linear, or judged', () => {
  const found: string[] = []
  let count = 0
  for (const file of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /test\.ts$|testing\.ts$/.test(file)) continue
    const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8')
    const { code } = transformSync(source, { loader: 'ts' })
    const made = [...code.matchAll(/(\w+) = new RegExp\(/g)].map(([, name]) => name!)
    const literals = [...code.matchAll(LITERAL)].map(([literal]) => literal)
    count += literals.length
    for (const literal of [...made, ...literals.filter((each) => !isPlainlyLinear(each))])
      if (!Object.hasOwn(JUDGED, literal)) found.push(`${file}: ${literal}`)
  }
  expect(count).toBeGreaterThan(50)
  expect(found).toEqual([])
})
