/** Bad input gets one sentence, one hint and the exit code of the design; nothing is written to stdout. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, otrace, start, temporaryFolder } from './otrace.ts'

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
  ['an unknown command', ['slwo'], 2, "unknown command 'slwo'", 'slow'],
  ['help for an unknown command', ['help', 'slwo'], 2, "unknown command 'slwo'", 'slow'],
  ['a beginning of a command', ['serv'], 2, "unknown command 'serv'", 'did you mean services?'],
  ['a command like no other', ['nosuch'], 2, "unknown command 'nosuch'", 'otrace --help lists'],
  ['no rows at all', ['slow', '--limit', '0'], 2, "--limit '0' is not a whole number", 'like 20'],
  ['part of a row', ['slow', '--limit', '1.5'], 2, "--limit '1.5' is not a whole", 'like 20'],
  ['too many rows', ['spans', '--limit', '4294967295'], 2, "--limit '4294967295'", 'like 50'],
  ['an argument that is empty', ['journey', ''], 2, '<user-id> is empty', 'user.id'],
  ['an address that is empty', ['slow', '--url', ''], 2, '--url is empty', 'leave it out'],
  ['two places', ['slow', '--url', 'http://a', '--data', 'b'], 2, "'--data <directory>'", '--help'],
  ['attributes of no name', ['spans', '--show', 'a,,b'], 2, "--show 'a,,b'", 'user.id,http.route'],
  ['an empty key', ['attributes', ''], 2, 'the key is empty', 'leave it out'],
  ['an empty trace id', ['trace', ' '], 2, 'the trace id is empty', '--latest'],
  ['an empty page', ['trace', '--latest', '--html', ''], 2, '--html is empty', 'trace.html'],
  ['no folder but a file', ['slow', '--queries', 'package.json'], 2, 'is no folder', '--queries'],
  ['a length past all time', ['schema', '--ttl', '99999999d'], 2, "--ttl '99999999d'", '30d'],
  ['a size of nothing', ['up', '--max-disk', '', '--data', empty], 2, "--max-disk ''", '20GB'],
  ['an empty database', ['schema', '--database', ''], 2, '--database is empty', 'otel'],
  [
    'durations that no span has',
    ['slow', '--min-duration', '5s', '--max-duration', '1s'],
    2,
    'no span is at least 5s and at most 1s long',
    '--min-duration',
  ],
  ['no statement', ['sql', ''], 2, 'no statement was given', 'FROM spans'],
  [
    'a flag with nothing to apply to',
    ['sql', 'SELECT 1', '--service', 'shop'],
    2,
    '--service has nothing to apply to',
    'FROM spans',
  ],
  ['a store below a file', ['up', '--data', '/dev/null/x'], 3, 'a part of it is a file', '--data'],
  ['a store where none can be', ['up', '--data', '/proc/x/y'], 3, 'cannot hold a store', '--data'],
  ['an unknown flag', ['slow', '--sinse', '1h'], 2, "unknown option '--sinse'", '--since'],
  [
    'a missing argument',
    ['buyers'],
    2,
    "missing required argument 'product-id'",
    'otrace buyers --help',
  ],
  ['a bad duration', ['slow', '--over', 'long'], 2, "--over 'long' is not a duration", '100ms'],
  ['a bad window', ['slow', '--since', 'noon'], 2, "--since 'noon' is not a length of time", '15m'],
  ['a bad choice', ['rps', '--by', 'colour'], 2, "--by cannot be 'colour'", 'http_status'],
  ['a bad format', ['slow', '-o', 'xml'], 2, "'xml' is invalid", 'ndjson'],
  ['a bad URL', ['slow', '--url', 'clickhouse'], 2, "'clickhouse' is not the address", 'http://'],
  ['an unknown profile', ['slow', '--profile', 'prod'], 2, "there is no profile 'prod'", 'url'],
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
    'broken.sql:2: there is no tag @pannel',
    '@panel',
  ],
  [
    'a bad port',
    ['up', '--clickhouse-port', 'http'],
    2,
    "--clickhouse-port 'http' is not a port",
    '0',
  ],
  ['a bad retention', ['up', '--retention', 'ever'], 2, "--retention 'ever' makes no sense", '7d'],
  [
    'an open door',
    ['up', '--listen', '0.0.0.0', '--data', empty],
    2,
    'so it needs a password',
    '--password',
  ],
  [
    'no collector',
    ['up', '--status', '--data', empty],
    3,
    `no collector runs on ${empty}`,
    'otrace up',
  ],
  ['no store', ['slow', '--data', empty], 3, `there is no store yet in ${empty}`, 'otrace up'],
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
    const run = await otrace(args)
    expect(run.stderr).toContain(sentence)
    expect(run.stderr).toContain(hint)
    expect(run.stderr).not.toMatch(/\n\s+at /)
    expect(run.stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(run.stdout).toBe('')
    expect(run.exit).toBe(exit)
  })

  it('a server that is not ClickHouse', async () => {
    const { port } = web.address() as AddressInfo
    const run = await otrace(['slow', '--url', `http://127.0.0.1:${port}`])
    expect(run.stderr).toContain('does not answer like ClickHouse: I am a teapot')
    expect(run.exit).toBe(3)
  })
})

const ID = 'ab'.repeat(16)

/** Each would be ignored, and make an answer look as if it had not been. */
const unused: [args: string[], sentence: string][] = [
  [['trace', ID, '--since', '5m'], '--since chooses among traces'],
  [['trace', ID, '--from', '2026-01-01'], '--from chooses among traces'],
  [['trace', 'abababab', '--to', 'now'], '--to chooses among traces'],
  [['trace', ID, '--distinct'], '--distinct has nothing to apply to'],
  [['trace', '--latest', '--no-weight'], '--no-weight has nothing to apply to'],
  [['trace', ID, '--html', 'x', '-o', 'csv'], '--output and --html are two forms'],
  ...['--errors', '--grep=a', '--service=a', '--depth=1', '--min-duration=1s', '--no-fold'].map(
    (flag): [string[], string] => [
      ['trace', ID, '--critical-path', flag],
      `${flag.split('=')[0]} is for the tree`,
    ],
  ),
  [['trace', ID, '--critical-path', '--json'], '--json and --critical-path are two forms'],
  [['flame', '--limit', '3', '--json'], '--limit is for the terminal'],
  [['flame', '--distinct'], '--distinct has nothing to apply to'],
  [['flame', '--html', 'x', '--json'], '--json and --html are two forms'],
  [['spans', '--no-weight'], '--no-weight has nothing to apply to'],
  [['slow', '--no-weight'], '--no-weight has nothing to apply to'],
  [['slow', '--sql', '--json'], "'--sql' cannot be used with option '--json'"],
  [['storage', '--since', '5m'], '--since has nothing to apply to'],
  [['storage', '--service', 'a'], '--service has nothing to apply to'],
  [['doctor', '--sql'], '--sql has nothing to print'],
  [['queries', '--explain'], '--explain has nothing to apply to'],
  [['up', '--json'], '--json is the form of --status'],
  [['up', '--status', '--retention', '3d'], '--retention is for starting a collector'],
  [['sql', 'SELECT name FROM spans', '--bucket', '5s'], '--bucket has nothing to apply to'],
  [['sql', 'SELECT name FROM spans', '--no-weight'], '--no-weight has nothing to apply to'],
  [['sql', 'DESCRIBE spans', '--since', '5m'], '--since has nothing to apply to'],
]

describe('flags without a use', () => {
  it.each(unused)('%j', async (args, sentence) => {
    const run = await otrace(args, { env: { OTRACE_DATA: empty } })
    expect(run.stderr).toContain(`otrace: ${sentence.startsWith("'") ? 'option ' : ''}${sentence}`)
    expect(run.stderr).toMatch(/^otrace: .*\n {2}→ .*\n$/)
    expect([run.stdout, run.exit]).toEqual(['', 2])
  })

  it('are not in the help', async () => {
    for (const [command, flag] of [
      ['storage', '--service'],
      ['spans', '--no-weight'],
    ] as const) {
      expect((await otrace([command, '--help'])).stdout).not.toContain(`${flag} `)
      expect((await otrace(['slow', '--help'])).stdout).toContain('--service ')
    }
  })
})

describe('help', () => {
  it('lists every question under its title', async () => {
    const run = await otrace(['--help'])
    expect(run.stdout).toMatch(/slow .*Slow requests/)
    expect(run.stdout).toMatch(/trace .*/)
    expect(run.exit).toBe(0)
  })

  it('says what a question takes', async () => {
    const run = await otrace(['slow', '--help'])
    expect(run.stdout).toContain('only requests slower than this (default: 100ms)')
    expect(run.stdout).toContain('--service <name>')
    expect(run.exit).toBe(0)
  })
})

it('what is quoted in a sentence cannot write to the terminal', async () => {
  const { stderr, exit } = await otrace(['slow', '--min-duration', '\u001b]0;owned\u0007'])
  expect(stderr).toContain('\\x1b]0;owned\\x07')
  expect(stderr).not.toContain('\u001b')
  expect(exit).toBe(2)
})

describe('where the answer goes', () => {
  it('may be full, which is said', () => {
    const full = openSync('/dev/full', 'w')
    const { stderr, status } = spawnSync(process.execPath, [binary, 'queries'], {
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    expect(String(stderr)).toMatch(
      /^otrace: the answer cannot be written: ENOSPC.*\n {2}→ make room/,
    )
    expect(status).toBe(2)
  })

  it('may have been read enough of', async () => {
    const child = start(['--help'])
    child.stdout.destroy()
    const [exit] = await once(child, 'close')
    expect(exit).toBe(0)
  })
})
