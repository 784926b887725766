/**
 * Bad input: one sentence, one hint, its exit code, and nothing on stdout.
 *
 * One file: a list of inputs with their messages.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writePage } from '../cli/output/html-file.ts'
import { namedForNpx } from '../cli/program/named-for-npx.ts'
import { textWidth } from '../cli/render/text.ts'
import { DIFFERENCE_KEYS } from '../cli/why/diff/report.ts'
import { FINDING_KEYS } from '../cli/why/json.ts'
import { temporaryFolder } from './folder.ts'
import { binary, runHere, start } from './otrace.ts'

const folder = temporaryFolder()
const empty = join(folder.path, 'empty')
const queries = join(folder.path, 'queries')
const web = createServer((_, response) => response.writeHead(418).end('I am a teapot'))

beforeAll(async () => {
  mkdirSync(empty)
  mkdirSync(queries)
  writeFileSync(join(queries, 'broken.sql'), '-- Broken\n-- @pannel table\n\nSELECT 1\n')
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', () => resolve()))
})

afterAll(() => {
  web.close()
  folder.remove()
})

const bad: [what: string, args: string[], exit: number, sentence: string, hint: string][] = [
  ['a word of other tools', ['ps'], 2, "unknown command 'ps'", 'did you mean otrace services?'],
  ['a flag as a command', ['version'], 2, "command 'version'", 'did you mean otrace --version?'],
  ['help for more words', ['help', 'sql', 'foo'], 2, 'after the command sql: foo', 'help sql'],
  ['help for no part', ['help', 'config', 'x'], 2, 'the command config: x', 'help config'],
  ['a pair in two words', ['spans', '--attr', 'a', 'b'], 2, 'argument: b', '--attr a=b?'],
  ['a name in two words', ['slow', '--name', 'GET', '/x'], 2, ': /x', "--name 'GET /x'"],
  ['two services', ['slow', '--service', 'a', 'b'], 2, ': b', '--service a --service b'],
  ['an unquoted statement', ['sql', 'SELECT', '1'], 2, ': 1', "otrace sql 'SELECT 1'"],
  [
    'a service or an operation',
    ['slow', 'foo'],
    2,
    'argument: foo',
    '--service foo, or --name foo?',
  ],
  ['an operation', ['slow', 'GET', '/x'], 2, 'argument: GET', "mean --name 'GET /x'?"],
  ['a window alone', ['why', '5m'], 2, 'argument: 5m', 'did you mean --since 5m?'],
  ['a window in words', ['slow', 'last', '5', 'minutes'], 2, 'argument: last', 'mean --since 5m?'],
  ['a time alone', ['slow', '10:30'], 2, 'argument: 10:30', 'did you mean --from 10:30?'],
  ['a status alone', ['slow', '503'], 2, 'argument: 503', "mean --where 'http_status = 503'?"],
  ['a number alone', ['tail', '20'], 2, 'argument: 20', 'did you mean --max 20?'],
  ['an id alone', ['slow', '4f60175f'], 2, '4f60175f', 'did you mean otrace trace 4f60175f?'],
  ['two ids', ['trace', '4f60175f', '0a'], 2, 'argument: 0a', 'one id at a time: otrace trace 0a'],
  [
    'no second id',
    ['trace', '4f60175f', 'please'],
    2,
    ': please',
    'write it like otrace trace [id]',
  ],
  ['a pair alone', ['spans', 'a=b'], 2, 'argument: a=b', 'did you mean --attr a=b?'],
  ['a flag without dashes', ['slow', 'error'], 2, 'argument: error', 'did you mean --error?'],
  ['a choice alone', ['shop', 'slow-disk'], 2, ': slow-disk', 'did you mean --fault slow-disk?'],
  ['two commands', ['slow', 'errors'], 2, ': errors', 'one command at a time: otrace errors'],
  ['help behind', ['slow', 'help'], 2, 'argument: help', 'did you mean otrace help slow?'],
  ['a word for nothing', ['up', 'x'], 2, 'argument: x', 'leave it out, or see: otrace up --help'],
  ['two for one', ['top', 'a', 'b'], 2, 'argument: b', 'write it like otrace top <attribute>'],
  ['an unknown command', ['slwo'], 2, "unknown command 'slwo'", 'slow'],
  ['help for an unknown command', ['help', 'slwo'], 2, "unknown command 'slwo'", 'slow'],
  [
    'a mistyped topic',
    ['help', 'tim'],
    2,
    "unknown command 'tim'",
    'did you mean otrace help time?',
  ],
  ['a topic as a command', ['filters'], 2, "unknown command 'filters'", 'otrace help filters'],
  [
    'more than a topic',
    ['help', 'time', 'extra'],
    2,
    'too many words after the topic time',
    'help',
  ],
  [
    'a frame without a pause',
    ['watch', '--every', '0', 'rps'],
    2,
    "--every '0' is not longer",
    '30s',
  ],
  [
    'a bucket of nothing',
    ['rps', '--bucket', '0s'],
    2,
    "--bucket '0s' is not longer than 0",
    '30s',
  ],
  ['rows of values', ['top', 'a', '--limit', '0'], 2, "option '--limit'", 'did you mean --values?'],
  ['rows of one row', ['storage', '-n', '3'], 2, "option '-n'", 'leave it out, or see the first'],
  ['rows of the collector', ['up', '-n', '3'], 2, "option '-n'", 'see: otrace up --help'],
  ['rows of a demo', ['demo', '--limit', '3'], 2, "option '--limit'", 'see: otrace demo --help'],
  ['rows of a statement', ['sql', '-n', '3', 'SELECT 1'], 2, "option '-n'", 'write LIMIT in'],
  ['no values', ['top', 'a', '-n', '0'], 2, "--values '0'", 'like 10'],
  [
    'the end in other words',
    ['slow', '--until', '1h'],
    2,
    "option '--until'",
    'did you mean --to?',
  ],
  [
    'lines of nothing',
    ['rps', '--values', '0'],
    2,
    "--values '0' is not a whole number",
    'like 20',
  ],
  ['too many bins', ['histogram', '--bins', '65536'], 2, 'whole number from 1 to 65535', 'like 24'],
  ['groups of nothing', ['rps', '--by', ''], 2, '--by is empty', 'otrace attributes'],
  [
    'two kinds at once',
    ['slow', '--kind', 'server,Client'],
    2,
    "'server,Client'",
    '--kind server --kind client',
  ],
  [
    'a value of a switch',
    ['errors', '--everywhere=false'],
    2,
    '--everywhere takes no value',
    'leave out',
  ],
  [
    'a value of a switch named in other commands',
    ['slow', '--sql=1'],
    2,
    '--sql takes no value',
    'leave out =1',
  ],
  ['a value of a short switch', ['slow', '-v=1'], 2, '-v takes no value', 'leave out =1'],
  [
    'a page and JSON',
    ['dashboard', '--json', '--html', 'page.html'],
    2,
    "--json can't be used with --html",
    'one of them',
  ],
  [
    'a value of a switch that is not there',
    ['tail', '--sql=1'],
    2,
    'otrace tail has no --sql',
    'spans --sql',
  ],
  [
    'an unknown part',
    ['queries', 'chek'],
    2,
    "unknown command 'queries chek'",
    'otrace queries check?',
  ],
  ['an unlike part', ['config', 'nosuch'], 2, "unknown command 'config nosuch'", 'use init'],
  ['one digit of a trace', ['trace', '0'], 2, "'0' has only 1 digit", 'first 8'],
  ['the same window twice', ['why', '--baseline', '0s'], 2, 'overlaps the window', 'go back'],
  [
    'a mistyped fault',
    ['shop', '--fault', 'slow-disc'],
    2,
    'unknown fault: slow-disc',
    'slow-disk?',
  ],
  [
    'a day of no length',
    ['slow', '--from', '2026-11-20', '--to', '2026-11-20', '--utc'],
    2,
    'the window is empty',
    '--to 2026-11-21',
  ],
  ['a beginning of a command', ['serv'], 2, "unknown command 'serv'", 'mean otrace services?'],
  ['a command like no other', ['nosuch'], 2, "unknown command 'nosuch'", 'otrace --help lists'],
  ['no rows at all', ['slow', '--limit', '0'], 2, "--limit '0' is not a whole number", 'like 20'],
  ['part of a row', ['slow', '--limit', '1.5'], 2, "--limit '1.5' is not a whole", 'like 20'],
  ['too many rows', ['spans', '--limit', '4294967295'], 2, "--limit '4294967295'", 'like 50'],
  ['an argument that is empty', ['journey', ''], 2, '<user-id> is empty', 'user.id'],
  ['an address that is empty', ['slow', '--url', ''], 2, '--url is empty', 'leave it out'],
  [
    'two places',
    ['slow', '--url', 'http://a', '--data', 'b'],
    2,
    "--data can't be used with --url",
    'leave one of them out',
  ],
  [
    'attributes of no name',
    ['spans', '--show', 'a,,b'],
    2,
    "--show 'a,,b' has an empty key",
    'list attributes with',
  ],
  ['an empty key', ['attributes', ''], 2, 'the key is empty', 'leave it out'],
  ['an empty trace id', ['trace', ' '], 2, 'the trace id is empty', '--latest'],
  ['an empty page', ['trace', '--latest', '--html', ''], 2, '--html is empty', 'trace.html'],
  ['no folder but a file', ['slow', '--queries', 'package.json'], 2, 'not a folder', '--queries'],
  ['a length past all time', ['schema', '--ttl', '99999999d'], 2, "--ttl '99999999d'", '30d'],
  [
    'a size of nothing',
    ['up', '--max-disk', '', '--data', empty],
    2,
    "--max-disk '' is not a size",
    '8GB',
  ],
  [
    'a size without a unit',
    ['up', '--max-disk', '5', '--data', empty],
    2,
    "--max-disk '5' is not a size",
    'add a unit: 5MB or 5GB',
  ],
  ['an empty database', ['schema', '--database', ''], 2, '--database is empty', 'otel'],
  [
    'durations that no span has',
    ['slow', '--min-duration', '5s', '--max-duration', '1s'],
    2,
    '--min-duration 5s is greater than --max-duration 1s',
    '--min-duration',
  ],
  ['no statement', ['sql', ''], 2, 'no statement given', 'FROM spans'],
  [
    'a flag with nothing to apply to',
    ['sql', 'SELECT 1', '--service', 'shop'],
    2,
    '--service has nothing to apply to',
    'FROM spans',
  ],
  ['a store below a file', ['up', '--data', '/dev/null/x'], 3, 'a part of it is a file', '--data'],
  ['a store where none can be', ['up', '--data', '/proc/x/y'], 3, 'cannot hold a store', '--data'],
  [
    'an unknown flag',
    ['slow', '--sinse', '1h'],
    2,
    "unknown option '--sinse'",
    '→ did you mean --since?',
  ],
  [
    '--sql of a command without one',
    ['tail', '--sql'],
    2,
    'otrace tail has no --sql',
    'spans --sql',
  ],
  ['--sql of a report', ['why', '--sql'], 2, '--sql has nothing to print', '-v say what'],
  [
    'a flag before its command',
    ['--since', '1h', 'slow'],
    2,
    "unknown option '--since'",
    '→ write the command first: otrace slow --since 1h',
  ],
  ['a service as a dashboard', ['dashboard', 'shop'], 2, 'no such dashboard', '--service shop'],
  [
    'a missing argument',
    ['buyers'],
    2,
    'missing argument: <product-id>',
    'write it like otrace buyers',
  ],
  ['a bare retention', ['up', '--retention', '3'], 2, "--retention '3'", 'add a unit: 3s, 3m, 3h'],
  ['a bare window', ['slow', '--since', '1'], 2, "--since '1'", 'add a unit: 1s, 1m, 1h or 1d'],
  ['a bare duration', ['slow', '--over', '1'], 2, "--over '1'", 'add a unit: 1ms or 1s'],
  ['a bad argument', ['completion', 'foo'], 2, "'foo' for <shell>", 'use bash, zsh or fish'],
  ['a bad duration', ['slow', '--over', 'long'], 2, "--over 'long' is not a duration", '100ms'],
  ['a bad window', ['slow', '--since', 'noon'], 2, "--since 'noon' is not a duration", '1h30m'],
  [
    'a bad choice',
    ['spans', '--order', 'best'],
    2,
    "invalid value 'best' for --order",
    'use newest',
  ],
  ['a bad format', ['slow', '-o', 'xml'], 2, "invalid value 'xml' for --output", 'ndjson'],
  ['a bad URL', ['slow', '--url', 'clickhouse'], 2, 'interface: clickhouse', 'http://'],
  ['an unknown profile', ['slow', '--profile', 'prod'], 2, "no profile 'prod'", 'url'],
  [
    'no folder of queries',
    ['slow', '--queries', '/nowhere'],
    2,
    'no folder of queries',
    '--queries',
  ],
  [
    'a malformed query file',
    ['broken', '--queries', queries],
    2,
    'broken.sql:2: unknown tag @pannel',
    '@panel',
  ],
  [
    'a bad port',
    ['up', '--clickhouse-port', 'http'],
    2,
    "--clickhouse-port 'http' is not a port",
    '0',
  ],
  [
    'a bad retention',
    ['up', '--retention', 'ever'],
    2,
    "--retention 'ever' is not a duration",
    '7d',
  ],
  [
    'an open door',
    ['up', '--listen', '0.0.0.0', '--data', empty],
    2,
    'it needs a password',
    '--password',
  ],
  [
    'no collector',
    ['up', '--status', '--data', empty],
    3,
    `no collector runs on ${empty}`,
    'otrace up',
  ],
  ['no store', ['slow', '--data', empty], 3, `no store in ${empty}`, 'otrace up'],
  [
    'nobody listening',
    ['slow', '--url', 'http://127.0.0.1:1'],
    3,
    'cannot reach ClickHouse',
    '--url',
  ],
]

describe('bad input', () => {
  it.each(bad)('%s', async (_, args, exit, sentence, hint) => {
    const run = await runHere(args)
    expect(run.stderr).toContain(sentence)
    expect(run.stderr).toContain(hint)
    expect(run.stderr).not.toMatch(/\n\s+at /)
    expect(run.stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(run.stdout).toBe('')
    expect(run.exit).toBe(exit)
  })

  it('a server that is not ClickHouse', async () => {
    const { port } = web.address() as AddressInfo
    const run = await runHere(['slow', '--url', `http://127.0.0.1:${port}`])
    expect(run.stderr).toContain('does not answer like ClickHouse: 418 I am')
    expect(run.exit).toBe(3)
  })

  it('started by npx gets hints to type with npx', async () => {
    const env = { npm_command: 'exec' }
    expect((await runHere(['services', '--data', empty], { env })).stderr).toMatch(
      /^otrace: .*\n {2}→ start one with `npx otrace up`, fill one with `npx otrace demo`/,
    )
  })

  it.each([
    [
      '$ otrace trace --service otrace --from now',
      '$ npx otrace trace --service otrace --from now',
    ],
    [`otrace why --where "name = 'otrace up'"`, `npx otrace why --where "name = 'otrace up'"`],
    ["no span with --name 'otrace up', see otrace doctor", 'with --name', 'see npx otrace doctor'],
    ['did you mean otrace own-query?', 'did you mean npx otrace own-query?'],
    ['$ otrace own-query', '$ npx otrace own-query'],
    ['otrace trace reads it; otrace has none', 'npx otrace trace reads it; otrace has none'],
    ['type npx otrace up or (otrace copy)', 'type npx otrace up or (npx otrace copy)'],
  ])('npx is written before commands alone, not in data: %s', (text, ...parts) => {
    const named = namedForNpx()(text)
    for (const part of parts) expect(named).toContain(part)
    expect(named).not.toMatch(/(['"]|service )npx/)
  })
})

const ID = 'ab'.repeat(16)

/** Flags that would be ignored silently. */
const unused: [args: string[], sentence: string][] = [
  [['trace', ID, '--distinct'], '--distinct has nothing to apply to'],
  [['trace', ID, '--columns', 'name'], '--columns applies to rows'],
  [['trace', '--latest', '--no-weight'], '--no-weight has nothing to apply to'],
  [['trace', ID, '--html', 'x', '-o', 'csv'], "--output can't be used with --html"],
  ...['--errors', '--grep=a', '--service=a', '--depth=1', '--min-duration=1s', '--no-fold'].map(
    (flag): [string[], string] => [
      ['trace', ID, '--critical-path', flag],
      `${flag.split('=')[0]} can't be used with --critical-path`,
    ],
  ),
  [['trace', ID, '--critical-path', '--json'], "--json can't be used with --critical-path"],
  [['flame', '--limit', '3', '--html', 'x'], "--limit can't be used with --html"],
  [['flame', '--distinct'], '--distinct has nothing to apply to'],
  [['why', '--no-dedupe'], '--no-dedupe has nothing to apply to'],
  [['flame', '--html', 'x', '--json'], "--json can't be used with --html"],
  [['spans', '--no-weight'], '--no-weight has nothing to apply to'],
  [['slow', '--no-weight'], '--no-weight has nothing to apply to'],
  [['slow', '--sql', '--json'], "--sql can't be used with --json"],
  [['storage', '--since', '5m'], '--since has nothing to apply to'],
  [['storage', '--service', 'a'], '--service has nothing to apply to'],
  [['doctor', '--sql'], '--sql has nothing to print'],
  [['queries', '--explain'], '--explain has nothing to apply to'],
  [['up', '--json'], '--json needs --status'],
  [['up', '--status', '--retention', '3d'], "--retention can't be used with --status"],
  [['sql', 'SELECT name FROM spans', '--bucket', '5s'], '--bucket has nothing to apply to'],
  [['sql', 'SELECT max(duration) FROM red', '--bucket', '5s'], '--bucket has nothing to apply to'],
  [['histogram', '--bucket', '5s'], "unknown option '--bucket'"],
  [['services', '--bucket', '5s'], "unknown option '--bucket'"],
  [['sql', 'SELECT name FROM spans', '--no-weight'], '--no-weight has nothing to apply to'],
  [['sql', 'DESCRIBE spans', '--since', '5m'], '--since has nothing to apply to'],
]

describe('flags without a use', () => {
  it.each(unused)('%j', async (args, sentence) => {
    const run = await runHere(args, { env: { OTRACE_DATA: empty } })
    expect(run.stderr).toContain(`otrace: ${sentence}`)
    expect(run.stderr).toMatch(/^otrace: .*\n {2}→ .*\n$/)
    expect([run.stdout, run.exit]).toEqual(['', 2])
  })

  it('are not in the help', async () => {
    for (const [command, flag] of [
      ['storage', '--service'],
      ['spans', '--no-weight'],
    ] as const) {
      expect((await runHere([command, '--help'])).stdout).not.toContain(`${flag} `)
      expect((await runHere(['slow', '--help'])).stdout).toContain('--service ')
    }
  })
})

describe('help', () => {
  it('lists every query under its title', async () => {
    const run = await runHere(['--help'])
    expect(run.stdout).toMatch(/slow .*Slow requests/)
    expect(run.stdout).toMatch(/trace .*/)
    expect(run.exit).toBe(0)
  })

  it('lists the arguments of a query', async () => {
    const run = await runHere(['slow', '--help'])
    expect(run.stdout).toContain('only requests slower than this (default: 100ms)')
    expect(run.stdout).toContain('--service <name>')
    expect(run.exit).toBe(0)
  })

  it.each(['latency', 'map', 'why', 'dashboard', 'check', 'top', 'errors'])(
    'of %s says which spans an error rate counts',
    async (command) => {
      const { stdout } = await runHere([command, '--help'], { env: { COLUMNS: '120' } })
      expect(stdout).toMatch(/--error +spans with the status error, .*otrace errors adds other 5xx/)
    },
  )
})

it('quoted input in errors is escaped for the terminal', async () => {
  const { stderr, exit } = await runHere(['slow', '--min-duration', '\u001b]0;owned\u0007'])
  expect(stderr).toContain('\\x1b]0;owned\\x07')
  expect(stderr).not.toContain('\u001b')
  expect(exit).toBe(2)
})

describe('standard output', () => {
  it.each(['queries', '--version'])('may be full, which is an error: %s', (word) => {
    const full = openSync('/dev/full', 'w')
    const { stderr, status } = spawnSync(process.execPath, [binary, word], {
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    expect(String(stderr)).toMatch(
      /^otrace: cannot write to stdout: ENOSPC.*\n {2}→ free some space/,
    )
    expect(status).toBe(2)
  })

  it.runIf(process.platform === 'linux')('and a folder that the kernel does not make ends', () => {
    const { stderr, status } = spawnSync(
      process.execPath,
      [binary, 'grafana', '--out', '/proc/otrace/grafana'],
      { timeout: 60_000, killSignal: 'SIGKILL' },
    )
    expect(String(stderr)).toMatch(
      /^otrace: cannot write \/proc\/otrace.* ENOENT\n {2}→ name another/,
    )
    expect(status).toBe(2)
  })

  it('and a page may meet a full disk', async () => {
    const hint = 'free some space'
    await expect(writePage('/dev/full', ['a page'])).rejects.toMatchObject({ exit: 2, hint })
  })

  it('may be closed by the reader', async () => {
    const child = start(['--help'])
    child.stdout.destroy()
    const [exit] = await once(child, 'close')
    expect(exit).toBe(0)
  })
})

it.each([['--help'], ['slow', '--help']])('the help fits 40 columns: %j', async (...words) => {
  const { stdout } = await runHere(words, { env: { COLUMNS: '40' } })
  const [help = ''] = stdout.split('\nExamples:')
  for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(40)
})

it.each([
  ['why', FINDING_KEYS],
  ['diff', DIFFERENCE_KEYS],
])('the help of %s lists its columns', async (name, keys) => {
  const { stdout } = await runHere([name, '--help'], { env: { COLUMNS: '500' } })
  const [, columns = ''] = /^Columns of ndjson and csv: (.*)\.$/m.exec(stdout) ?? []
  const named = columns.replace(/\(.*?\)/g, '').match(/[a-z_]+/g)
  expect(named?.filter((word) => word !== 'and')).toEqual(keys)
})

it.each([
  ['a query', 'errors'],
  ['a long text', 'trace'],
  ['sentences on lines of their own', 'schema'],
])('the help of %s fills its lines', async (_, name) => {
  const { stdout } = await runHere([name, '--help'], { env: { COLUMNS: '90' } })
  const lines = stdout.split(/\n\w[\w ]*:\n/)[0]!.split('\n')
  expect(lines.length).toBeGreaterThan(8)
  for (const [i, line] of lines.slice(1).entries()) {
    if (line === '' || lines[i] === '') continue
    expect(`${lines[i]} ${line.split(' ')[0]}`.length, line).toBeGreaterThan(90)
  }
})

it.each(['query-files', 'exit-codes', 'time', 'filters', 'units', 'output'])(
  'help %s is a page of the documentation that fits the screen',
  async (topic) => {
    const { stdout, exit } = await runHere(['help', topic], { env: { COLUMNS: '80' } })
    expect(exit).toBe(0)
    const prose = stdout.split('\n').filter((line) => !line.startsWith('  '))
    for (const line of prose) expect(textWidth(line)).toBeLessThanOrEqual(80)
    expect(stdout).not.toMatch(/\]\(|^#|```/m)
    expect((await runHere(['--help'])).stdout).toContain(topic)
  },
)
