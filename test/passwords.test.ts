/** A password of the connection appears in no output, error or file. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'

const SECRET = 's3cret-word'
const folder = temporaryFolder()
const dataDir = join(folder.path, 'store')
let collector: Collector
let url: string

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir, password: SECRET, ...ports })
  url = collector.addresses.clickhouse.replace('//', `//reader:${SECRET}@`)
})

afterAll(async () => {
  await collector?.stop()
  folder.remove()
})

it.each([
  ['slow', '-v'],
  ['slow', '--explain'],
  ['slow', '--sql'],
  ['doctor'],
  ['doctor', '--json'],
  ['storage', '--json'],
  ['sql', 'SELECT nosuch'],
  ['sql', 'SELECT currentUser()'],
  ['sql', 'SHOW PROCESSLIST'],
  ['check', 'spans == 0'],
  ['check', 'error_rate < 1'],
])('an answer of %s %s', async (...args) => {
  const run = await runHere([...args, '--url', url])
  expect(run.exit).toBeLessThan(70)
  expect(run.stdout + run.stderr).not.toContain(SECRET)
})

it.each([
  `http://reader:${SECRET}@127.0.0.1:1`,
  `http://reader:${SECRET}@127.0.0.1:99999`,
  `http://reader:${SECRET}%zz@127.0.0.1:1`,
  `http://reader:${SECRET}@`,
  `clickhouse://reader:${SECRET}@127.0.0.1:1`,
  `reader:${SECRET}@127.0.0.1:1`,
  `http:// reader:${SECRET} @127.0.0.1:1`,
])('an error about %s', async (address) => {
  for (const run of [
    await runHere(['services', '--url', address]),
    await runHere(['services'], { env: { OTRACE_URL: address } }),
    await runHere(['check', 'error_rate < 1', '--url', address]),
  ]) {
    expect([2, 3]).toContain(run.exit)
    expect(run.stdout + run.stderr).not.toContain(SECRET)
  }
})

it('a wrong password, and --status', async () => {
  const wrong = await runHere(['services', '--url', url.replace(':s3', ':S3')])
  expect(wrong.stderr).not.toContain(SECRET.slice(1))
  const status = await runHere(['up', '--status', '--data', dataDir, '--password', SECRET])
  expect([status.exit, status.stdout + status.stderr]).toEqual([
    0,
    expect.not.stringContaining(SECRET),
  ])
  expect(readFileSync(join(dataDir, 'otrace.json'), 'utf8')).not.toContain(SECRET)
})

it('send into a collector that asks for a password, in each way to give it', async () => {
  const file = join(folder.path, 'one.otlp')
  const span = (daysAgo: number, spanId: string) => {
    const startTimeUnixNano = `${(Date.now() - daysAgo * 86_400_000) * 1_000_000}`
    return { traceId: 'a'.repeat(32), spanId, name: 'x', startTimeUnixNano }
  }
  const spans = [span(40, 'b'.repeat(16)), span(0.1, 'c'.repeat(16))]
  writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
  const otlp = collector.addresses.otlpHttp!
  const send = (into: string, args: string[] = [], env = {}) =>
    runHere(['send', file, '--into', into, ...args], { env })
  for (const into of [otlp, dataDir]) {
    const none = await send(into)
    expect(none.exit).toBe(4)
    expect(none.stderr).toMatch(/needs a password\n {2}→ give --into-password, or set OTRACE_INTO/)
    expect(await send(into, ['--into-password', SECRET])).toMatchObject({ exit: 0 })
    expect(await send(into, [], { OTRACE_INTO_PASSWORD: SECRET })).toMatchObject({ exit: 0 })
    const wrong = await send(into, ['--into-password', `${SECRET}s`])
    expect(wrong.exit).toBe(4)
    expect(wrong.stderr).not.toContain(SECRET)
  }
  const copy = ['copy', '--url', url, '--since', '60d', '--into', otlp]
  // Sent spans are stored a moment later.
  await expect.poll(async () => (await runHere(copy)).stderr).toContain('give --into-password')
  const copied = await runHere([...copy, '--into-password', SECRET])
  expect(copied).toMatchObject({ exit: 0, stderr: expect.stringMatching(/spans? copied to/) })
  const { exit, stderr } = await send(otlp.replace('//', `//any:${SECRET}@`))
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  expect((await send(dataDir, ['--into-password', SECRET])).stderr).toMatch(
    /drops days older than 7, and these spans are 41 days old: start it with --retention 71d/,
  )
})

describe('the configuration file', () => {
  const home = join(folder.path, 'config')
  const config = join(home, 'otrace', 'config.json')
  const profile = (settings: object) => JSON.stringify({ profiles: { mine: settings } })
  const ask = () => runHere(['services', '--profile', 'mine'], { env: { XDG_CONFIG_HOME: home } })
  const write = (text: string, mode: number) => {
    writeFileSync(config, text)
    chmodSync(config, mode)
  }
  beforeAll(() => mkdirSync(join(home, 'otrace'), { recursive: true }))

  it('is not quoted when it is not JSON', async () => {
    for (const text of [`{"password": ${SECRET}}`, `{"password": "${SECRET}"`]) {
      write(text, 0o600)
      const run = await ask()
      expect([run.exit, run.stderr]).toEqual([2, expect.not.stringContaining(SECRET)])
      expect(run.stderr).toMatch(/config\.json(?: is |:1:\d+: )not JSON/)
    }
  })

  it.each<[object, number, string]>([
    [{ url: 'http://127.0.0.1:1', password: SECRET }, 0o644, 'can read the passwords'],
    [{ url: 'http://127.0.0.1:1', password: SECRET }, 0o666, 'can read and change the passwords'],
    [{ url: 'http://127.0.0.1:1', password: SECRET }, 0o620, 'can change the passwords'],
    [{ url: `http://a:${SECRET}@127.0.0.1:1` }, 0o640, 'can read the passwords'],
    [{ url: `http://a:${SECRET}@127.0.0.1:1` }, 0o600, ''],
    [{ url: 'http://127.0.0.1:1' }, 0o666, ''],
  ])('%j with mode %o: %s', async (settings, mode, warning) => {
    write(profile(settings), mode)
    const { stderr } = await ask()
    if (warning === '') expect(stderr).not.toContain('other users')
    else expect(stderr).toContain(`other users ${warning} in ${config}\n  → chmod 600 ${config}`)
    expect(stderr).not.toContain(SECRET)
  })

  it.each<[object, string, string]>([
    [{ password_command: `echo >ran` }, 'mine', 'every user can change the password_command in'],
    [{ password_file: '/dev/zero' }, 'mine', 'cannot reach ClickHouse'],
    [{}, 'constructor', "no profile 'constructor' in"],
  ])('is not trusted with %j, profile %s: %s', async (settings, name, sentence) => {
    const isCommand = 'password_command' in settings
    write(profile({ url: 'http://127.0.0.1:1', ...settings }), isCommand ? 0o606 : 0o600)
    const options = { env: { XDG_CONFIG_HOME: home }, cwd: home }
    const { stderr } = await runHere(['services', '--profile', name], options)
    expect(stderr).toContain(sentence)
    expect(existsSync(join(home, 'ran'))).toBe(false)
  })

  it('in a folder where other users can replace it', async () => {
    write(profile({ url: 'http://127.0.0.1:1', password: SECRET }), 0o600)
    chmodSync(join(home, 'otrace'), 0o777)
    const { stderr } = await ask()
    chmodSync(join(home, 'otrace'), 0o755)
    expect(stderr).toContain(`other users can replace ${config}`)
  })
})
