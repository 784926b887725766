/**
 * Configuration: sources, passwords from files and commands, TLS, and files of a checkout.
 *
 * One file: one collector serves all sources.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'

const SECRET = 's3cret-word'
const folder = temporaryFolder()
const home = join(folder.path, 'home')
const checkout = join(folder.path, 'checkout')
const userFile = join(home, 'otrace', 'config.json')
const projectFile = join(checkout, '.otrace', 'config.json')
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
let collector: Collector

beforeAll(async () => {
  mkdirSync(join(home, 'otrace'), { recursive: true, mode: 0o700 })
  mkdirSync(join(checkout, '.otrace'), { recursive: true })
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  const tls = hasOpenssl ? { tls: certificates() } : {}
  const dataDir = join(folder.path, 'store')
  collector = await start({ dataDir, password: SECRET, ...tls, ...ports })
})
afterAll(async () => {
  await collector.stop()
  folder.remove()
})
beforeEach(() => {
  rmSync(userFile, { force: true })
  rmSync(projectFile, { force: true })
})

const path = (name: string) => join(folder.path, name)
/** A certificate of its own authority, which clients need too. */
function certificates() {
  writeFileSync(
    path('names'),
    '[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\nsubjectAltName=IP:127.0.0.1\n',
  )
  const args = ['req', '-x509', '-days', '2', '-subj', '/CN=test', '-config', 'names', '-nodes']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', 'key.pem']
  execFileSync('openssl', [...args, ...key, '-out', 'cert.pem'], {
    cwd: folder.path,
    stdio: 'ignore',
  })
  return { cert: path('cert.pem'), key: path('key.pem'), clientCa: path('cert.pem') }
}

const user = (settings: object) =>
  writeFileSync(userFile, JSON.stringify(settings), { mode: 0o600 })
const project = (settings: object) => writeFileSync(projectFile, JSON.stringify(settings))
const ask = (args: string[], env: Record<string, string> = {}) =>
  runHere(args, { cwd: checkout, env: { XDG_CONFIG_HOME: home, ...env } })
async function settings(args: string[] = [], env: Record<string, string> = {}) {
  const { stdout, stderr, exit } = await ask(['config', ...args, '--json'], env)
  expect(exit, stderr).toBe(0)
  expect(stdout + stderr).not.toContain(SECRET)
  const rows = JSON.parse(stdout) as { setting: string; value: string; from: string }[]
  return Object.fromEntries(rows.map(({ setting, value, from }) => [setting, [value, from]]))
}

it('shows each setting with its source, and no password', async () => {
  user({ url: `http://me:${SECRET}@own:8123/otel`, user: 'me', password: SECRET, since: '5m' })
  project({ service: 'shop', since: '15m' })
  expect(await settings(['--table', 'spans'], { OTRACE_DATABASE: 'traces' })).toMatchObject({
    url: ['http://own:8123/otel', userFile],
    user: ['me', userFile],
    password: ['(set)', userFile],
    database: ['traces', 'OTRACE_DATABASE'],
    table: ['spans', '--table'],
    service: ['shop', '.otrace/config.json'],
    since: ['15m', '.otrace/config.json'],
    dashboard: ['overview', 'default'],
  })
  user({ profile: 'prod', profiles: { prod: { url: 'http://prod:8123' } }, since: '5m' })
  expect(await settings()).toMatchObject({ url: ['http://prod:8123', `${userFile}, profile prod`] })
})

/** Settings with their flag, their variable, and whether the file of a checkout may have them. */
const SOURCES: [setting: string, flag?: string, variable?: string, inCheckout?: boolean][] = [
  ['url', '--url', 'OTRACE_URL', true],
  ['user', '--user', 'OTRACE_USER'],
  ['password', '--password', 'OTRACE_PASSWORD'],
  ['password_file', '--password-file', 'OTRACE_PASSWORD_FILE'],
  ['password_command'],
  ['tls_ca', '--tls-ca', 'OTRACE_TLS_CA'],
  ['tls_cert', '--tls-cert', 'OTRACE_TLS_CERT'],
  ['tls_key', '--tls-key', 'OTRACE_TLS_KEY'],
  ['database', '--database', 'OTRACE_DATABASE', true],
  ['table', '--table', 'OTRACE_TABLE', true],
  ['schema', '--schema', 'OTRACE_SCHEMA', true],
  ['data', '--data', 'OTRACE_DATA'],
  ['service', undefined, 'OTRACE_SERVICE', true],
  ['since', undefined, 'OTRACE_SINCE', true],
  ['dashboard', undefined, 'OTRACE_DASHBOARD', true],
  ['queries', undefined, 'OTRACE_QUERIES'],
]

it.each(SOURCES)(
  'takes %s from a flag, a variable, the checkout, your file, in this order',
  async (key, flag, variable, inCheckout) => {
    const text = (place: string) => (key === 'url' ? `http://${place}:8123` : `/${place}`)
    const name = (place: string) => (key === 'dashboard' ? place : text(place))
    user({ [key]: key === 'queries' ? [name('mine')] : name('mine') })
    if (inCheckout) project({ [key]: name('checkout') })
    const wanted: string[] = [userFile]
    if (inCheckout) wanted.unshift('.otrace/config.json')
    if (variable) wanted.unshift(variable)
    if (flag) wanted.unshift(flag)
    for (const from of wanted) {
      const args = flag && from === flag ? [flag, name('typed')] : []
      const env =
        variable && (args.length > 0 || from === variable) ? { [variable]: name('env') } : {}
      if (from === userFile) rmSync(projectFile, { force: true })
      const [value, source] = (await settings(args, env))[key]!
      const place = { [userFile]: 'mine', [String(variable)]: 'env', [String(flag)]: 'typed' }[from]
      expect({ value, source }).toEqual({
        value: key === 'password' ? '(set)' : name(place ?? 'checkout'),
        source: from,
      })
    }
    rmSync(userFile)
    const [, none] = (await settings())[key]!
    expect(none).toMatch(/^(default|not set)$/)
  },
)

it('understands the variables of clickhouse-client', async () => {
  user({ url: 'http://own:8123', user: 'mine', password: SECRET })
  const login = { CLICKHOUSE_USER: 'them', CLICKHOUSE_PASSWORD: SECRET }
  const host = { CLICKHOUSE_HOST: 'ch.example', ...login }
  const found = async (args: string[], env: Record<string, string>) => {
    const { url, user: who, password } = await settings(args, env)
    return [url, who, password]
  }
  expect(await found([], host)).toEqual([
    ['http://ch.example:8123', 'CLICKHOUSE_HOST'],
    ['them', 'CLICKHOUSE_USER'],
    ['(set)', 'CLICKHOUSE_PASSWORD'],
  ])
  const own = ['mine', userFile]
  // The login of another client is not sent to a server of the configuration.
  expect((await found([], login))[1]).toEqual(own)
  const env = { ...host, OTRACE_URL: 'http://env:8123', OTRACE_USER: 'me' }
  expect(await found([], env)).toMatchObject([
    ['http://env:8123', 'OTRACE_URL'],
    ['me', 'OTRACE_USER'],
    ['(set)', 'CLICKHOUSE_PASSWORD'],
  ])
  expect((await found(['--url', 'http://him@typed:8123'], host))[1]).toEqual([null, 'not set'])
  const cloud = { CLICKHOUSE_HOST: 'x.clickhouse.cloud' }
  expect((await found([], cloud))[0]).toEqual([
    'https://x.clickhouse.cloud:8443',
    'CLICKHOUSE_HOST',
  ])
  expect((await settings([], { ...host, OTRACE_DATA: '/store' })).url).toEqual([null, 'not set'])
})

it('says in the terminal what is set, and names the rest', async () => {
  user({ service: 'shop' })
  const { stdout } = await ask(['config'], { COLUMNS: '80' })
  const lines = stdout.trimEnd().split('\n')
  const settings = lines.slice(3, -2).map((line) => line.split(/ +/)[0])
  expect(settings).toEqual(['data', 'service', 'since', 'dashboard'])
  expect(lines.slice(-2)).toEqual([
    'not set: url, user, password, password_file, password_command, tls_ca,',
    '  tls_cert, tls_key, database, table, schema, queries',
  ])
})

it('names files that look like a configuration', async () => {
  const [own, other] = [userFile, projectFile].map((file) => file.replace(/json$/, 'yaml'))
  for (const file of [own!, other!]) writeFileSync(file, 'service: shop\n')
  const { stderr } = await ask(['config'])
  for (const file of [own!, other!]) rmSync(file)
  expect(stderr).toBe(
    [own, '.otrace/config.yaml']
      .map((file) => `${file} is not read: write config.json instead\n`)
      .join(''),
  )
})

it('writes a commented file, once, in which every commented setting is a right one', async () => {
  expect(await ask(['config', 'init'])).toMatchObject({ exit: 0, stderr: '' })
  expect(statSync(userFile).mode & 0o077).toBe(0)
  expect(await settings()).toMatchObject({ url: [null, 'not set'], since: ['1h', 'default'] })
  expect(await ask(['config', 'init'])).toMatchObject({ exit: 2 })
  const text = readFileSync(userFile, 'utf8').replace(/^( *)\/\/ (?=")/gm, '$1')
  writeFileSync(userFile, text)
  expect(await settings()).toMatchObject({
    url: ['https://clickhouse.example:8443/otel', `${userFile}, profile prod`],
    service: ['shop', userFile],
    dashboard: ['overview', userFile],
  })
})

it.each([
  'user',
  'password',
  'password_file',
  'password_command',
  'tls_ca',
  'tls_key',
  'data',
  'queries',
  'profile',
  'profiles',
])('the file of a checkout may not set %s', async (key) => {
  const pwned = path('pwned')
  project({ url: 'http://127.0.0.1:1', [key]: `touch ${pwned}` })
  const { exit, stderr } = await ask(['services'])
  expect(exit).toBe(2)
  expect(stderr).toContain(key)
  expect(existsSync(pwned)).toBe(false)
})

it('sends no password to a server that a checkout chooses, and says so', async () => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(Buffer.from(String(request.headers.authorization).slice(6), 'base64').toString())
    response.writeHead(500).end('no')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const env = { OTRACE_USER: 'me', OTRACE_PASSWORD: SECRET }
  project({ url })
  user({ url: 'http://own:8123', password_command: `touch ${path('ran')}; echo ${SECRET}` })
  for (const given of [env, {}] as Record<string, string>[]) {
    const { stderr } = await ask(['services'], given)
    expect(stderr).toContain(`.otrace/config.json of this folder chooses the server ${url}`)
    expect(stderr).toContain('are not sent there')
  }
  expect(existsSync(path('ran'))).toBe(false)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.filter((login) => login !== 'default:')).toEqual([])
  const typed = await ask(['services', '--url', url], env)
  expect(typed.stderr).not.toContain('of this folder')
  expect(seen.at(-1)).toBe(`me:${SECRET}`)
  server.close()
})

it('reads the password from a file or a command, and connects with certificates', async () => {
  const url = collector.addresses.clickhouse
  const tls = hasOpenssl
    ? { tls_ca: path('cert.pem'), tls_cert: path('cert.pem'), tls_key: path('key.pem') }
    : {}
  const services = async (args: string[] = [], env = {}) => {
    const { exit, stdout, stderr } = await ask(['services', '--json', ...args], env)
    expect(stdout + stderr).not.toContain(SECRET)
    return exit
  }
  writeFileSync(path('password'), `${SECRET}\n`, { mode: 0o600 })
  user({ url, password_file: path('password'), ...tls })
  expect(await services()).toBe(0)
  user({ url, password_command: `cat '${path('password')}'`, ...tls })
  expect(await services()).toBe(0)
  user({ url, password_command: `cat '${path('password')}'; exit 3`, ...tls })
  const failed = await ask(['services'])
  expect(failed).toMatchObject({ exit: 2, stderr: expect.stringContaining('exit code 3') })
  expect(failed.stderr).not.toContain(SECRET)
  user({ url, password: 'wrong', ...tls })
  expect(await services()).toBe(4)
  expect(await services([], { OTRACE_PASSWORD_FILE: path('password') })).toBe(0)
  expect(await services(['--password-file', path('nowhere')])).toBe(2)
  const ofFolder = await ask(['services', '--password-file', folder.path])
  expect(ofFolder.stderr).toMatch(/^otrace: cannot read the password file \S+: EISDIR/)
  const login = {
    CLICKHOUSE_PASSWORD: 'wrong',
    OTRACE_PASSWORD_FILE: path('password'),
    ...Object.fromEntries(
      Object.entries(tls).map(([key, file]) => [`OTRACE_${key.toUpperCase()}`, file]),
    ),
  }
  expect(await services(['--url', url], login)).toBe(0)
  expect(await services(['--url', url], { ...login, OTRACE_PASSWORD: '' })).toBe(0)
  const both = { OTRACE_PASSWORD: SECRET, OTRACE_PASSWORD_FILE: path('password') }
  const ambiguous = await ask(['services'], both)
  expect(ambiguous.exit).toBe(2)
  expect(ambiguous.stderr).toMatch(/: OTRACE_PASSWORD and OTRACE_PASSWORD_FILE are both set\n/)
  user({ url, password_command: 'true', password_file: path('password'), ...tls })
  expect((await ask(['services'])).stderr).toContain(
    `${userFile} has both password_file and password_command`,
  )
})

it.skipIf(!hasOpenssl)(
  'refuses a server of an unknown authority, and half of a certificate (needs openssl)',
  async () => {
    const args = ['services', '--url', collector.addresses.clickhouse, '--password', SECRET]
    const unknown = await ask(args)
    expect(unknown).toMatchObject({ exit: 3, stderr: expect.stringContaining('certificate') })
    const [cert, key] = [path('cert.pem'), path('key.pem')]
    const half = await ask([...args, '--tls-ca', cert, '--tls-cert', cert])
    expect(half).toMatchObject({ exit: 2, stderr: expect.stringContaining('without --tls-key') })
    const locked = path('locked.pem')
    writeFileSync(locked, '-----BEGIN ENCRYPTED PRIVATE KEY-----\n')
    const other = path('other.pem')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(other, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    for (const [flags, what] of [
      [['--tls-cert', cert, '--tls-key', other], `--tls-key: not the key of ${cert}: ${other}`],
      [['--tls-cert', cert, '--tls-key', locked], `the key has a passphrase: ${locked}`],
      [['--tls-ca', key], `--tls-ca: not a PEM certificate: ${key}`],
      [['--tls-cert', cert, '--tls-key', cert], `--tls-key: not a PEM private key: ${cert}`],
    ] as const) {
      const wrong = await ask([...args, ...flags])
      expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining(what) })
    }
    const flags = ['--tls-ca', cert, '--tls-cert', cert, '--tls-key', key]
    expect((await ask([...args, ...flags])).exit).toBe(0)
    const env = { OTRACE_TLS_CA: cert, OTRACE_TLS_CERT: cert, OTRACE_TLS_KEY: key }
    expect((await ask(args, env)).exit).toBe(0)
  },
)

it('applies the default service, window and query folders to queries, and says so', async () => {
  const queries = path('queries')
  mkdirSync(queries)
  writeFileSync(join(queries, 'mine.sql'), '-- Mine\n\nSELECT count() AS n FROM spans\n')
  const tls = hasOpenssl
    ? { tls_ca: path('cert.pem'), tls_cert: path('cert.pem'), tls_key: path('key.pem') }
    : {}
  const mineAlone = { queries: ['../../queries'], since: '5m', service: 'shop' }
  user({ ...mineAlone, data: path('store'), password: SECRET, ...tls })
  const asked = async (args: string[], env = {}) => {
    const run = await ask(args, env)
    expect(run.exit, run.stderr).toBe(0)
    return run
  }
  const mine = await asked(['mine'])
  expect(mine.stdout).toContain('last 5m')
  expect(mine.stderr).toContain(`only the service shop, by ${userFile}`)
  user({
    ...mineAlone,
    profiles: { week: { since: '7d', data: path('store'), password: SECRET, ...tls } },
  })
  expect((await asked(['mine', '--profile', 'week'])).stdout).toContain('last 7d')
  user({ ...mineAlone, data: path('store'), password: SECRET, ...tls })
  expect((await asked(['mine', '--since', '2h'])).stdout).toContain('last 2h')
  expect((await asked(['mine', '--service', 'other'])).stderr).not.toContain('only the service')
  expect((await asked(['mine'], { OTRACE_SERVICE: '' })).stderr).not.toContain('only the service')
  expect((await asked(['mine', '--from', '10m'])).stdout).toContain('from 10m')
  for (const command of LOOKING) {
    const { stderr } = await ask([...command.split(' ')])
    expect(stderr, command).toContain(`only the service shop, by ${userFile}`)
  }
  for (const command of ['trace 4f60175f', 'doctor', 'check errors=0', "sql 'SELECT 1'"]) {
    const { stderr } = await ask([...command.split(' ')])
    expect(stderr, command).not.toContain('only the service')
  }
})

/** A command of each kind that looks at spans. */
const LOOKING = [
  'slow',
  'spans',
  'attributes',
  'flame',
  'dashboard',
  'map',
  'why',
  'diff --error',
  'critical',
  'trace --slowest',
  'logs',
  'tail --for 1ms',
  'watch --count 1 slow',
]

it.each(['', ' \n', '// "url": "x"\n/* none */\n'])('sets nothing as %j', async (text) => {
  writeFileSync(userFile, text)
  writeFileSync(projectFile, text)
  expect(JSON.stringify(await settings())).not.toContain('config.json')
})

it('is malformed: help stays, and the place is named', async () => {
  writeFileSync(userFile, `{"password": "${SECRET}", nope}`, { mode: 0o600 })
  expect((await ask(['--help'])).exit).toBe(0)
  const { exit, stderr } = await ask(['services'])
  expect(exit).toBe(2)
  expect(stderr).toMatch(/config\.json(?::1:\d+: | is )not JSON/)
  expect(stderr).not.toContain(SECRET)
  const said = async (text: string) => {
    writeFileSync(userFile, text, { mode: 0o600 })
    return (await ask(['services'])).stderr
  }
  expect(await said('{\n  // all\n  "service": "shop"\n  "since": "5m"\n}')).toContain(
    `${userFile}:4:3: not JSON here`,
  )
  expect(await said('{\n "service": shop}')).toContain(`${userFile}:2:13: not JSON here`)
  expect(await said(`{"service": 'shop'}`)).toContain(`${userFile}:1:13: not JSON here`)
  expect(await said('{"srevice": "shop"}')).toMatch(/unknown key 'srevice'.*\n.*mean service\?/)
  expect(await said('{"since": "5 minuts"}')).toContain(
    `since of ${userFile}: '5 minuts' is not a duration`,
  )
  expect(await said('\uFEFF{"since": 5}')).toContain('since is not a text')
})
