/** Attributes on other spans of a trace, keys and routes that spans lack. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { row } from './golden/trace/traces.ts'
import { runHere } from './otrace.ts'
import { remembering } from './remembering.ts'
import { storedTraces, traceRows } from './stored-traces.ts'

const WINDOW = ['--from', '2026-11-22T15:00:00Z', '--to', '2026-11-22T16:00:00Z']
const USER = 'user.id=00000000-0000-4000-8000-000000000001'
const { env: stored, sendRows, addresses } = storedTraces()
const env: Record<string, string> = { ...stored }
let answers: Awaited<ReturnType<typeof remembering>>
const run = (...args: string[]) => runHere([...args, ...WINDOW], { env })

beforeAll(async () => {
  const attributes = { 'log.of': 'shop' }
  const events = [[5, 'log', { 'log.code': 'E7', 'log.size': '12' }]] as [
    number,
    string,
    Record<string, string>,
  ][]
  const logs = row('logs', '', 'logs', { at: 0, took: 1e6, kind: 'internal', attributes, events })
  await sendRows(traceRows('purchase', 'a'.repeat(32)), [
    {
      ...logs,
      trace_id: 'c'.repeat(32),
      resource: { 'service.version': '1.4', 'unit.price': '1e-10' },
    },
  ])
  answers = await remembering(addresses().clickhouse)
  env.OTRACE_URL = answers.url
})
afterAll(() => answers?.stop())

it('an empty answer finds the attribute on children of the requests', async () => {
  const { stdout, stderr } = await run('slow', '--over', '1ms', '--attr', USER, '--json')
  expect(JSON.parse(stdout)).toEqual([])
  expect(stderr).toContain(`use --trace-attr '${USER}' instead of --attr`)
  const found = await run('slow', '--over', '1ms', '--trace-attr', USER, '--json')
  expect(JSON.parse(found.stdout)).toHaveLength(1)
})

it.each([
  ['--attr', 'log.code=E7', "one['log.code'] = 'E7'"],
  ['--trace-attr', 'log.code', "mapContains(one, 'log.code')"],
  ['--resource', 'log.code~^E', "match(one['log.code'], '^E')"],
  ['--attr', 'log.size>11', "toFloat64OrNull(one['log.size']) > 11"],
])('an empty answer finds %s %s on events', async (flag, pair, condition) => {
  const where = `arrayExists(one -> ${condition}, event_attributes)`
  const { stderr } = await run('slow', flag, pair, '--json')
  expect(stderr).toContain(`but events do: otrace spans --where "${where}"`)
  const found = await run('spans', '--where', where, '--json')
  expect(JSON.parse(found.stdout)).toMatchObject([{ name: 'logs' }])
})

it.each([
  ['--attr', 'otel.scope.name=lib', `otrace spans --where "scope = 'lib'"`],
  ['--attr', 'otel.scope.name', `otrace spans --where "scope != ''"`],
  ['--attr', 'service.version', 'resources do: use --resource service.version'],
  ['--attr', 'service.version~^1', `resources do: use --resource 'service.version~^1'`],
  ['--resource', 'log.of', 'spans do: use --attr log.of'],
])('an empty answer finds %s %s where it is', async (flag, pair, note) => {
  expect((await run('slow', flag, pair, '--json')).stderr).toContain(note)
})

it('a key of events is not unknown to questions about keys', async () => {
  for (const words of [
    ['top', 'log.code'],
    ['rps', '--by', 'log.code'],
  ])
    expect((await run(...words)).stderr).toContain('but events do: otrace attributes log.code')
})

it('an attribute that no span has is not looked for in vain', async () => {
  const { stderr } = await run('slow', '--attr', 'user.id=unknown')
  expect(stderr).not.toContain('--trace-attr')
  expect(stderr).toContain('otrace attributes')
})

it('an attribute that no span has is named as unknown', async () => {
  const note = 'no span in the window has the attribute nope: otrace attributes lists them'
  for (const words of [
    ['rps', '--by', 'nope'],
    ['top', 'nope'],
    ['attributes', 'nope'],
    ['slow', '--attr', 'nope=1'],
    ['spans', '--trace-attr', 'nope'],
  ]) {
    expect((await run(...words)).stderr, words.join(' ')).toContain(note)
  }
  for (const words of [
    ['top', 'user.id', '--service', 'gateway'],
    ['rps', '--by', 'service'],
    ['slow', '--attr', 'nope!=1', '--over', '1ms'],
    ['spans', '--attr', 'user.id=1'],
  ]) {
    expect((await run(...words)).stderr, words.join(' ')).not.toContain(
      'no span in the window has the attribute',
    )
  }
})

it('a name or value that no span has is named, with the nearest that exists', async () => {
  for (const [words, note] of [
    [
      ['slow', '--service', 'shpo'],
      'no span in the window has the service shpo: did you mean --service shop?',
    ],
    [
      ['rps', '--service', 'Shop'],
      'no span in the window has the service Shop: did you mean --service shop?',
    ],
    [
      ['map', '--service', 'zzzz'],
      'no span in the window has the service zzzz: otrace services lists them',
    ],
    [
      ['slow', '--service', 'shop,nope'],
      'no span in the window has the service shop,nope: repeat the flag, --service shop --service nope',
    ],
    [
      ['errors', '--service', 'shop', '--name', 'service_buy_prodct'],
      'no span in the window has the name service_buy_prodct: did you mean --name service_buy_product?',
    ],
    [
      ['spans', '--event', 'nope'],
      'no span in the window has the event nope: otrace events lists them',
    ],
    [
      ['spans', '--attr', 'user.id=1'],
      'no span in the window has user.id=1: otrace attributes user.id lists its values',
    ],
    [['spans', '--min-duration', '5h'], ': lower --min-duration\n'],
    [['spans', '--service', 'shop', '--kind', 'producer'], ': leave one out, or list values'],
    [['slow', '--over', '5h'], '; lower --over 5h\n'],
    [['slow', '--over', '5h', '--attr', 'http.route'], 'match the filters; lower --over 5h\n'],
    [['errors', '--attr', USER], 'match the filters, but none failed\n'],
    [['rps', '--attr', USER], `none is a request: for other spans of their traces, use --trace`],
    [
      ['dashboard', '--service', 'shpo', '--json'],
      'no span in the window has the service shpo: did you mean',
    ],
    [['journey', 'ada'], ', none with user.id=ada; otrace attributes user.id lists its values\n'],
    [
      ['sql', 'SELECT count() FROM spans', '--service', 'shpo'],
      'no span in the window has the service shpo: did you mean --service shop?',
    ],
    [['flame', '--service', 'shpo'], '→ no span in the window has the service shpo: did you mean'],
    [
      ['spans', '--show', 'usr.id'],
      'no span in the window has the attribute usr.id: did you mean user.id?',
    ],
    [['spans', '--attr', 'user.id:1'], ' user.id:1: did you mean user.id=1?'],
    [['spans', '--attr', 'user.id 1'], ' user.id 1: did you mean user.id=1?'],
    [['spans', '--attr', '“user.id=1”'], `“user.id: a shell quotes with ' or ", not with “`],
    [['spans', '--attr', 'service=shop'], ' service: it is a column, see --service and'],
    [['spans', '--attr', 'service.name=shop'], 'do: use --resource service.name=shop'],
    [['spans', '--resource', USER], 'but spans do: use --attr'],
    [['spans', '--resource', 'service.name=shpo'], '=shpo: did you mean service.name=shop?'],
    [['spans', '--attr', 'db.system.name=SQLite'], '=SQLite: did you mean db.system.name=sqlite?'],
    [['spans', '--attr', USER.replace('=', '==')], `write ${USER}; a value that begins with =`],
    [['journey', USER.slice(8).replace(/1$/, '2')], `; did you mean ${USER.slice(8)}?`],
    [
      ['top', 'user.id', '--sum', 'nope'],
      'no span in the window has the attribute nope: otrace attributes',
    ],
    [
      ['top', 'user.id', '--sum', 'db.system.name'],
      'no value of db.system.name is a number: otrace attributes db.system.name lists them',
    ],
  ] as const) {
    expect((await run(...words)).stderr, words.join(' ')).toContain(note)
  }
  const version = ['top', 'name', '--name', 'logs', '--sum', 'service.version', '--json']
  expect(JSON.parse((await run(...version)).stdout)).toMatchObject([{ value: 'logs', sum: 1.4 }])
  const price = ['top', 'name', '--name', 'logs', '--sum', 'unit.price', '--json']
  expect(JSON.parse((await run(...price)).stdout)).toMatchObject([{ value: 'logs', sum: 1e-10 }])
  const sums = JSON.parse((await run('top', 'user.id', '--sum', 'db.system.name', '--json')).stdout)
  expect(sums.map(({ sum }: { sum: unknown }) => sum)).toEqual(sums.map(() => null))
})

it('an id is found in any spelling, and a condition with spaces', async () => {
  const id = USER.slice(8)
  // The spellings themselves are in cli/query/did-you-mean.test.ts.
  for (const typed of [id.replaceAll('-', ''), USER]) {
    const { stdout, stderr } = await run('journey', typed, '--json')
    expect(stderr, typed).toBe(`<user-id> ${typed} is ${id}\n`)
    expect(JSON.parse(stdout).length, typed).toBeGreaterThan(0)
  }
  const spaced = await run('spans', '--attr', USER.replace('=', ' = '), '--json')
  expect(JSON.parse(spaced.stdout).length).toBeGreaterThan(0)
})

it('a window that ends before the spans is not met with the --since of the command', async () => {
  const args = ['slow', '--since', '1m', '--to', '2020-01-01']
  const { stderr } = await runHere(args, { env: { ...env, OTRACE_NOW: '2026-11-22T16:00:00Z' } })
  expect(stderr).toMatch(
    /no span in the window: the newest is .* old, try --since \d+m without --to/,
  )
  const why = await runHere(['why', ...args.slice(1)], { env })
  expect(why.stderr).toMatch(
    /^otrace: no spans in the window\n {2}→ the newest is .* without --to\n$/,
  )
})

it('!= says that it matches spans without the key, and how to leave them out', async () => {
  const all = await run('spans', '--attr', 'user.id!=ada', '--json')
  expect(all.stderr).toContain('add --attr user.id to leave them out')
  const own = await run('spans', '--attr', 'user.id!=ada', '--attr', 'user.id', '--json')
  expect(own.stderr).toBe('')
  const count = ({ stdout }: { stdout: string }) => JSON.parse(stdout).length
  expect(count(own)).toBeGreaterThan(0)
  expect(count(own)).toBeLessThan(count(all))
  expect((await run('spans', '--help')).stdout).toContain('!= (or no such key)')
})

it('requests without a route have the next best name, in every command', async () => {
  const asked = [
    ['GET', 'server', { 'url.path': '/users/7' }, '/users/7', 'GET /users/{id}', 'GET /users/7'],
    ['GET', 'server', { 'http.target': '/old/8?q=1' }, '/old/8', 'GET /old/{id}', 'GET /old/8'],
    ['rpc', 'server', { 'rpc.method': 'Cart/Add' }, 'Cart/Add', 'rpc', 'rpc'],
    ['process', 'consumer', { 'messaging.destination.name': 'orders' }, 'orders', 'process', ''],
    ['nightly job', 'internal', {}, 'nightly job', 'nightly job', 'nightly job'],
  ] as const
  const day = ['--from', '2026-11-21T00:00:00Z', '--to', '2026-11-22T00:00:00Z']
  const time = '2026-11-21T12:00:00.000000000Z'
  const traces = asked.map(([name, kind, attributes], i) => {
    const given = { at: 0, took: 1e9, kind, attributes, service: 'nameless' }
    return [{ ...row('root', '', name, given), time, trace_id: `b18${i}`.repeat(8) }]
  })
  await sendRows(...traces)
  const rows = async (...words: string[]) =>
    JSON.parse((await runHere([...words, ...day, '--json'], { env })).stdout)
  const slow: { route: string }[] = await rows('slow')
  expect(slow.map(({ route }) => route).sort()).toEqual(asked.map((one) => one[3]).sort())
  const operations: { name: string }[] = await rows('operations')
  expect(operations.map(({ name }) => name).sort()).toEqual(asked.map((one) => one[4]).sort())
  const flame = await runHere(['flame', ...day, '-o', 'folded'], { env })
  for (const [, , , , operation] of asked) expect(flame.stdout).toContain(`${operation} `)
  for (const [i, one] of asked.entries()) {
    const { stdout } = await runHere(['trace', `b18${i}`.repeat(8)], { env })
    expect(stdout).toMatch(new RegExp(`^${one[5] || 'process'} .*1\\.00 s`))
  }
})
