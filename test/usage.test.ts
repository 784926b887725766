/** Bad input gets one sentence, one hint and the exit code of the design; nothing is written to stdout. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { otrace, temporaryFolder } from './otrace.ts'

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
