/**
 * `otrace check` over generated spans: every kind of check, verdict and exit code.
 *
 * One file: one store is filled for all of them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Call, gateStore } from './gate-store.ts'
import { runHere } from './otrace.ts'
import { remembering } from './remembering.ts'

const { folder, env, url, send, sendAll, check } = gateStore()
let answers: Awaited<ReturnType<typeof remembering>>

const calls = (n: number, call: (i: number) => Partial<Call>): Call[] =>
  Array.from({ length: n }, (_, i) => ({ name: 'buy', took: 10, ...call(i) }))
/** Deterministic durations with a log-normal distribution. */
const spread = (i: number) => 20 * Math.exp(0.5 * Math.sin(i * 12.9898) * 1.5)

beforeAll(async () => {
  const twins = ['1', '2'].map((version) =>
    calls(200, (i) => ({
      name: 'twin',
      took: spread(i) * Number(version),
      resource: { 'service.version': version },
    })),
  )
  await sendAll(
    calls(600, (i) => ({
      took: i % 100 === 0 ? 900 : spread(i),
      error: i % 50 === 0,
      attributes: { 'user.id': `u${i % 7}`, 'http.method': 'POST' },
    })),
    calls(300, (i) => ({ name: 'rare', took: i % 10 === 0 ? 400 : 5 })),
    calls(30, (i) => ({
      name: 'list',
      attributes: { [i % 3 === 0 ? 'a' : 'user.id']: 'u1' },
      statements:
        i === 7
          ? Array.from({ length: 25 }, (_, k) => `SELECT * FROM p WHERE id = ${k}`)
          : ['SELECT 1'],
      ...(i === 4 ? { exception: 'TimeoutError' } : {}),
    })),
    calls(400, () => ({ name: 'sampled', service: 'quiet', traceState: 'ot=th:f' })),
    calls(3, () => ({ name: 'seldom' })),
    calls(4, () => ({ name: 'lost', service: 'half', parent: 'feedfeedfeedfeed' })),
    ...twins,
    // Twenty stretches, each of its own speed.
    calls(600, (i) => ({
      name: 'moody',
      took: spread(i) * Math.exp(0.8 * Math.sin(Math.floor(i / 30) * 4)),
    })),
  )
  // A baseline of the same length, before.
  await send(
    calls(600, (i) => ({ took: spread(i) / 1.6 })),
    { minutesAgo: 40 },
  )
  await send(
    calls(600, (i) => ({ name: 'moody', took: spread(i) })),
    { minutesAgo: 40 },
  )
  answers = await remembering(url())
  env.OTRACE_URL = answers.url
  env.OTRACE_NOW = new Date().toISOString()
})
afterAll(() => answers?.stop())

const one = (yaml: string) => `window: { since: 10m }\nchecks:\n  - ${yaml}\n`

describe('each kind of check', () => {
  const together = [
    ['{ operation: buy, expect: p(95) < 300ms }', 'pass'],
    ['{ operation: buy, expect: p(99) < 300ms }', 'pass (not certified)'],
    ['{ operation: rare, expect: p(95) < 300ms }', 'fail'],
    ['{ operation: buy, expect: error_rate < 10% }', 'pass'],
    ['{ operation: buy, expect: error_rate < 0.1% }', 'fail'],
    ['{ operation: buy, expect: count >= 600 }', 'pass'],
    ['{ operation: buy, expect: count < 600 }', 'fail'],
    ['{ operation: buy, min_duration: 1h, expect: count == 0 }', 'pass'],
    ['{ operation: buy, kind: producer, expect: count == 0 }', 'no data'],
    ['{ service: quiet, operation: buy, expect: count >= 0 }', 'no data'],
    ["{ query: slow, service: quiet, operation: buy, expect: 'rows == 0' }", 'no data'],
    ['{ operation: seldom, expect: p(99) < 1s }', 'not enough data'],
    ["{ operation: buy, where: 'duration > 3600000000000', expect: p(95) < 1s }", 'no data'],
    ["{ query: slow, params: { over: 800ms }, expect: 'rows == 0' }", 'fail'],
    ["{ query: slow, params: { over: 1s }, expect: 'rows == 0' }", 'pass'],
    ["{ query: slow, params: { over: 100ms }, expect: 'max(duration) < 1s' }", 'pass'],
    ["{ query: slow, params: { over: 1ms, limit: 3 }, expect: 'rows < 100' }", 'not enough data'],
    ["{ query: slow, params: { over: 1ms, limit: 3 }, expect: 'rows > 2' }", 'pass'],
    ["{ query: slow, params: { over: 1ms, limit: 3 }, expect: 'rows != 0' }", 'pass'],
    ["{ query: slow, params: { over: 1ms, limit: 3 }, expect: 'rows != 5' }", 'not enough data'],
    ['no_n_plus_one: 10', 'fail'],
    ['{ service: shop, no_n_plus_one: 25 }', 'pass'],
    ['no_exceptions: [TimeoutError]', 'fail'],
    ['{ service: shop, no_exceptions: [OtherError] }', 'pass'],
    ['{ operation: buy, attributes: user.id }', 'pass'],
    ['{ operation: list, attributes: user.id }', 'fail'],
    ['{ operation: [buy, list], attributes: user.id, share: 90% }', 'pass'],
    ['{ operation: buy, no_deprecated_attributes: true }', 'fail'],
    ['{ operation: buy, no_deprecated_attributes: { except: http.method } }', 'pass'],
    ['operations: [buy, list]', 'pass'],
    ['operations: [buy, gone]', 'fail'],
    ['complete_traces: true', 'fail'],
    ['{ complete_traces: true, share: 90% }', 'pass'],
    ['{ service: quiet, expect: count >= 6300 }', 'pass (not certified)'],
    ['{ service: quiet, no_exceptions: [OtherError] }', 'pass (not certified)'],
  ] as const
  let verdicts: unknown[]
  beforeAll(async () => {
    const all = together
      .map(([yaml], i) => `  - { name: check ${i}, ${yaml.replace(/^\{ | \}$/g, '')} }`)
      .join('\n')
    const run = await check(`window: { since: 10m }\nchecks:\n${all}\n`)
    verdicts = run.verdicts
    expect(verdicts, run.stderr).toHaveLength(together.length)
  })
  it.each(together.map(([yaml, verdict], i) => [yaml, verdict, i] as const))(
    '%s: %s',
    (_, verdict, i) => expect(verdicts[i]).toBe(verdict),
  )

  // Comparisons share their rate of false alarms, so each of these is alone.
  it.each([
    ['{ operation: buy, slower: { than: { window: 20m, to: 35m } } }', 'fail', 1],
    ['{ operation: rare, slower: { than: { window: 20m, to: 35m } } }', 'no data', 5],
    ['{ operation: buy, slower: { than: none.json } }', 'no data', 5],
    ['{ operation: twin, slower: { than: { resource: service.version=1 } } }', 'fail', 1],
    ['{ operation: twin, slower: { than: { resource: service.version=2 } } }', 'pass', 0],
    [
      '{ operation: twin, resource: service.version=2, slower: { than: { resource: service.version=1 } } }',
      'fail',
      1,
    ],
    ['{ operation: twin, slower: { than: { resource: service.version=3 } } }', 'no data', 5],
    ['{ operation: buy, slower: { than: ab } }', 'no data', 5],
    ['{ operation: seldom, tail_growth: { than: { window: 20m, to: 35m } } }', 'no data', 5],
  ])('%s: %s', async (yaml, verdict, exit) => {
    const run = await check(one(yaml))
    expect(run.verdicts, run.stderr + run.stdout).toEqual([verdict])
    expect(run.exit).toBe(exit)
  })

  it('a failed check names the command that shows the culprits', async () => {
    const { rows } = await check(one('{ operation: rare, expect: p(95) < 300ms }'))
    const words = /^otrace (.*)$/.exec(String(rows[0]?.command))![1]!.split(' ')
    const shown = await runHere([...words, '--json', '--limit', '100'], { env })
    const found = JSON.parse(shown.stdout)
    expect(found).toHaveLength(30)
    expect(found.every(({ duration }: { duration: number }) => duration >= 3e8)).toBe(true)
  })

  it('says that a percentile over its limit is not proven', async () => {
    const yaml = one('{ operation: rare, expect: p(91) < 300ms }')
    const { rows, exit } = await check(yaml)
    expect([rows[0]?.verdict, exit]).toEqual(['pass (not certified)', 0])
    expect(rows[0]?.summary).toMatch(/^over the limit, not proven: p91 is 400 ms;/)
  })

  it('takes a test of the file as an argument', async () => {
    const args = ['no_n_plus_one: 10', 'operations: [buy, list]', 'count > 1', '--since', '10m']
    const run = await runHere(['check', ...args], { env })
    expect(run.stdout).toContain('✗ fail  all spans: no N+1')
    expect(run.stdout).toContain('3 checks: 1 fail, 2 pass')
    expect(run.exit).toBe(1)
    for (const name of ['no_n_plus_one', 'no_n_plus_on']) {
      const apart = await runHere(['check', name, '20'], { env })
      expect([apart.exit, apart.stderr]).toEqual([
        2,
        expect.stringContaining('  → write "no_n_plus_one: 20"'),
      ])
    }
  })

  it('prints n, the interval and the smallest effect', async () => {
    const { rows } = await check(one('{ operation: buy, expect: p(95) < 300ms }'))
    expect(rows[0]).toMatchObject({ n: 600, test: 'budget', line: 3 })
    expect(rows[0]?.smallest).toMatch(/^a true share of \d/)
    const slower = await check(
      one('{ operation: buy, slower: { than: { window: 20m, to: 35m } } }'),
    )
    expect(slower.rows[0]?.summary).toMatch(/^the typical call is (59|6\d)\.?\d*% slower/)
  })
})

describe('missing data', () => {
  it.each([
    [
      '{ operation: bui, expect: count > 1 }',
      'checks.yaml:3:18: no span in the window has the operation bui',
      'did you mean buy?',
    ],
    ['{ service: shopp, expect: count > 1 }', 'has the service shopp', 'did you mean shop?'],
    ['{ attr: usr.id=1, expect: count > 1 }', 'has the attribute usr.id', 'did you mean user.id?'],
    ["{ where: 'duratoin > 1', expect: count > 1 }", 'no such column: duratoin', 'duration'],
    [
      "{ query: slwo, expect: 'rows == 0' }",
      'checks.yaml:3:14: unknown query: slwo',
      'did you mean slow?',
    ],
    ["{ query: slow, expect: 'max(duratio) < 1s' }", 'no column duratio', 'did you mean duration?'],
    [
      "{ query: slow, params: { ovr: 1s }, expect: 'rows == 0' }",
      'checks.yaml:3:35: the query slow has no parameter ovr',
      'did you mean over?',
    ],
    [
      "{ query: slow, params: { over: 1x }, expect: 'rows == 0' }",
      "checks.yaml:3:36: over '1x' is not a duration",
      '100ms',
    ],
    [
      "{ query: slow, params: { over: 1ms }, expect: 'max(duration) < 10 bananas' }",
      'not a limit: 10 bananas',
      'write it like max(duration) < 1s',
    ],
    [
      "{ query: slow, params: { over: 1ms }, expect: 'max(duration) < 300' }",
      'not a limit: 300',
      'write it like max(duration) < 1s',
    ],
    [
      "{ query: journey, expect: 'rows == 0' }",
      'the query journey needs the parameter user_id',
      'add params: { user_id: … }',
    ],
    [
      "{ query: slow, params: { over: 1ms }, expect: 'max(service) < 10' }",
      'the column service has no numbers',
      'WHERE',
    ],
    ['{ attr: user.id~(, expect: count > 1 }', 'checks.yaml:3:5: invalid regular', 'escape'],
    ["{ where: 'name =', expect: count > 1 }", 'checks.yaml:3:14: where', 'http_status'],
    [
      '{ operation: buy, slower: { than: { window: 7x } } }',
      "checks.yaml:3:39: since '7x' is not a duration",
      '7d',
    ],
    [
      '{ operation: buy, slower: { than: { profile: prod, window: 7d } } }',
      "checks.yaml:3:39: no profile 'prod'",
      'profiles',
    ],
  ])('%s', async (yaml, sentence, hint) => {
    const run = await check(one(yaml))
    expect(run.stderr).toContain(sentence)
    expect(run.stderr).toContain(hint)
    expect([run.exit, run.stdout]).toEqual([2, ''])
  })

  it('the window of a check file has a place, and a directory is not a check file', async () => {
    const window = await check('window: { since: 1x }\nchecks: [{ expect: count > 1 }]')
    expect(window.stderr).toContain("checks.yaml:1:9: since '1x' is not a duration")
    expect(window.exit).toBe(2)
    // A flag replaces it.
    const replaced = await check('window: { since: 1x }\nchecks: [{ expect: count > 1 }]', [
      '--since',
      '1h',
    ])
    expect([replaced.exit, replaced.stderr]).toEqual([2, window.stderr])
    const directory = await runHere(['check', folder], { env })
    expect([directory.exit, directory.stderr]).toEqual([2, expect.stringContaining('cannot read')])
  })

  it('a name that no span has, but another is like it, leaves a note', async () => {
    const { rows } = await check(one('{ service: shop, no_exceptions: [TimeoutErr] }'))
    expect(rows[0]?.notes).toContainEqual(expect.stringContaining('some have TimeoutError'))
    const attribute = await check(one('{ operation: list, attributes: usr.id }'))
    expect(attribute.rows[0]?.notes).toEqual([
      'no span in the window has usr.id: did you mean user.id?',
    ])
  })

  it('a percentile over requests and their parts says so', async () => {
    const { rows } = await check(one('{ service: shop, expect: p(50) < 1s }'))
    expect(rows[0]?.notes).toContainEqual(expect.stringMatching(/^over spans of \d operations/))
    const chosen = await check(one('{ service: shop, root: true, expect: p(50) < 1s }'))
    expect(chosen.rows[0]?.notes).toEqual([])
  })

  it('a flag of the command line is checked, too', async () => {
    const run = await runHere(['check', 'count > 1', '--name', 'bui'], { env })
    expect(run.stderr).toContain('--name: no span in the window has the operation bui')
    expect(run.exit).toBe(2)
    const twice = await runHere(['check', 'count == 0', '--attr', 'user.id==1'], { env })
    expect(twice.stderr).toContain("--attr 'user.id==1': not a sign: ==")
    expect(twice.exit).toBe(2)
  })

  it('no telemetry, a stopped collector, a wrong URL, no check file', async () => {
    const old = await runHere(['check', 'count >= 0', '--from', '3h', '--to', '2h'], { env })
    expect(old.stdout).toContain('no data')
    expect(old.exit).toBe(5)
    const stopped = await runHere(['check', 'count >= 0'], {
      env: { OTRACE_DATA: join(folder, 'none') },
    })
    expect(stopped.stdout).toContain('! could not ask  all spans: count >= 0')
    expect(stopped.exit).toBe(3)
    const report = join(folder, 'wrong.xml')
    const url = ['--url', 'http://127.0.0.1:1', '--junit', report]
    const wrong = await runHere(['check', 'count >= 0', ...url], { env })
    expect(wrong.stdout).toContain('cannot reach ClickHouse at http://127.0.0.1:1')
    expect(wrong.exit).toBe(3)
    expect(readFileSync(report, 'utf8')).toContain('<error message="cannot reach ClickHouse')
    const file = await runHere(['check', 'none.yaml'], { env })
    expect(file.stderr).toContain('no check file: none.yaml')
    expect(file.exit).toBe(2)
  })

  it('a query that ClickHouse refuses leaves the other checks their verdict', async () => {
    writeFileSync(join(folder, 'bad.sql'), '-- Bad\n\nSELECT nosuch FROM spans\n')
    const run = await check(`checks:
  - { query: bad.sql, expect: 'rows == 0' }
  - { operation: buy, expect: count > 1 }`)
    expect(run.verdicts).toEqual(['could not ask', 'pass'])
    expect(run.exit).toBe(4)
  })
})

it('every verdict about shares has an interval and the smallest effect', async () => {
  const { rows } = await check(`checks:
  - no_n_plus_one: 10
  - no_exceptions: [TimeoutError]
  - { operation: buy, no_deprecated_attributes: true }
  - { operation: list, attributes: user.id }
  - complete_traces: true`)
  for (const row of rows) {
    expect(row.n, String(row.name)).toBeGreaterThan(0)
    expect(row.interval).toMatch(/% of all (spans|traces)$/)
    expect(row.smallest).toMatch(/^a true share of [\d.]+% would have failed$/)
  }
  expect(rows.map(({ value }) => value)).toEqual(['1', '1', '600', '10', '4'])
})

describe('baselines', () => {
  const yaml = one('{ name: buy, operation: buy, slower: { than: base.json } }')

  it('a file of five equal runs passes, and needs no tolerance of one run', async () => {
    const path = join(folder, 'base.json')
    for (let i = 0; i < 5; i++) expect((await check(yaml, ['--save-baseline', path])).exit).toBe(0)
    const { runs } = JSON.parse(readFileSync(path, 'utf8'))
    expect(runs).toHaveLength(5)
    expect(runs[0]).toMatchObject({
      machine: expect.stringMatching(/Node/),
      checks: { buy: { traces: 600 } },
    })
    const run = await check(yaml)
    expect(run.verdicts).toEqual(['pass'])
    expect(run.rows[0]).toMatchObject({ limit: '+10.0%' })
    expect(run.rows[0]?.notes).toContainEqual(expect.stringMatching(/^5 baseline runs/))
    expect(run.rows[0]?.notes).toContain('the baseline is base.json')
    expect(run.rows[0]?.notes).not.toContainEqual(expect.stringMatching(/SDK|not in the baseline/))
    const last = { ...runs[4], commit: 'abcdef0123', sdks: ['shop: opentelemetry cobol 1.0'] }
    const older = { ...last, operations: runs[4].operations.slice(1) }
    writeFileSync(path, JSON.stringify({ version: 1, runs: [...runs.slice(0, 4), older] }))
    const { notes } = (await check(yaml)).rows[0]!
    expect(notes).toContainEqual(
      expect.stringMatching(
        /^another SDK or runtime than in the baseline \(abcdef01\): .*; before: shop: opentelemetry cobol 1.0$/,
      ),
    )
    expect(notes).toContain(
      `1 operation is not in the baseline (abcdef01): ${runs[4].operations[0]}`,
    )
    writeFileSync(path, JSON.stringify({ version: 1, runs }))
    writeFileSync(path, readFileSync(path, 'utf8').replace(runs[0].machine, '96 × fast'))
    expect((await check(yaml)).rows[0]?.notes).toContain(
      'the baseline is base.json, with runs of another machine: 96 × fast',
    )
  })

  it('an empty run is not saved, and flags of regression checks need one', async () => {
    const path = join(folder, 'empty.json')
    const none = one('{ operation: buy, kind: producer, slower: { than: base.json } }')
    const run = await check(none, ['--save-baseline', path])
    expect([run.verdicts, run.exit, existsSync(path)]).toEqual([['no data'], 5, false])
    const lost = await check(yaml, ['--save-baseline', '/dev/null/base.json'])
    expect(lost.stderr).toContain('otrace: --save-baseline: cannot write ')
    expect(lost.exit).toBe(2)
    for (const flag of [['--calibrate'], ['--save-baseline', path]]) {
      const refused = await check(one('{ operation: buy, expect: count > 1 }'), flag)
      expect(refused.stderr).toContain(`${flag[0]} needs a check with slower or tail_growth`)
      expect(refused.exit).toBe(2)
    }
  })

  it('--calibrate prints how often A against A alarms, and what it sees', async () => {
    const run = await check(yaml, ['--calibrate'])
    expect(run.rows[0]?.notes).toContainEqual(
      expect.stringMatching(
        /^A against A alarms in 0% of 200 trials; a growth of [\d.]+% would have been seen$/,
      ),
    )
    expect(run.verdicts).toEqual(['pass'])
  })

  it('a check that alarms on its own noise is unstable', async () => {
    const moody = one(
      '{ operation: moody, slower: { than: { window: 10m, to: 2m }, tolerance: 5% } }',
    )
    const run = await check(moody, ['--calibrate'])
    expect(run.verdicts, JSON.stringify(run.rows)).toEqual(['unstable'])
    expect(run.rows[0]?.notes).toContain('its own noise exceeds its tolerance')
    expect(run.exit).toBe(5)
    expect((await check(`exit: { unstable: 0 }\n${moody}`, ['--calibrate'])).exit).toBe(0)
  })

  it('a window of another profile', async () => {
    mkdirSync(join(folder, 'otrace'))
    writeFileSync(
      join(folder, 'otrace/config.json'),
      JSON.stringify({
        profiles: {
          prod: { url: url() },
          gone: { url: 'http://127.0.0.1:1' },
          // The engine holds one store in a process.
          local: { data: join(folder, 'other') },
        },
      }),
    )
    mkdirSync(join(folder, 'other/clickhouse'), { recursive: true })
    const than = (text: string) => one(`{ operation: buy, slower: { than: ${text} } }`)
    const config = { XDG_CONFIG_HOME: folder }
    const window = '{ profile: prod, window: 7d, to: 35m }'
    const run = await check(than(window), [], config)
    expect(run.verdicts).toEqual(['fail'])
    expect(run.rows[0]?.notes).toContainEqual(expect.stringMatching(/^the baseline is prod from /))
    const gone = await check(than('{ profile: gone, window: 7d }'), [], config)
    expect([gone.verdicts, gone.exit]).toEqual([['could not ask'], 3])
    const local = await check(than('{ profile: local, window: 7d }'), [], config)
    expect([local.verdicts, local.exit]).toEqual([['could not ask'], 3])
    expect(local.rows[0]?.summary).toContain('cannot both be open in one process')
  })
})

describe('reports', () => {
  it('JUnit, GitLab, annotations and the job summary', async () => {
    const summary = join(folder, 'summary.md')
    const paths = { junit: join(folder, 'r.xml'), gitlab: join(folder, 'q.json') }
    const run = await check(
      one('{ operation: rare, expect: p(95) < 300ms }'),
      ['--junit', paths.junit, '--gitlab', paths.gitlab],
      { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
    )
    expect(readFileSync(paths.junit, 'utf8')).toContain('<failure message="p95 is 400 ms;')
    expect(JSON.parse(readFileSync(paths.gitlab, 'utf8'))).toHaveLength(1)
    expect(run.stderr.match(/^::error /gm)).toHaveLength(2)
    expect(readFileSync(summary, 'utf8')).toContain('### otrace check: 1 fail')
    expect(existsSync(summary)).toBe(true)
  })

  it('exit codes follow the check file', async () => {
    const yaml = `exit: { no_data: 0 }\n${one('{ operation: buy, slower: { than: none.json } }')}`
    expect((await check(yaml)).exit).toBe(0)
  })
})

describe('every query is a check of its own', () => {
  const none = ['--service', 'nobody']
  it.each<[string[], string[] | undefined]>([
    [['spans'], none],
    [['services'], none],
    [['attributes'], none],
    [['flame'], none],
    [['trace', '--error'], none],
    [['sql', 'SELECT 1'], undefined],
    [['storage'], undefined],
  ])('%j', async (words, without) => {
    const any = await runHere([...words, '--fail-if-any'], { env })
    expect([any.exit, any.stderr]).toEqual([
      1,
      expect.stringMatching(/--fail-if-any: there (is|are)/),
    ])
    const empty = await runHere([...words, '--fail-if-empty'], { env })
    expect(empty.exit, empty.stderr).toBe(0)
    if (!without) return
    const absent = [...words, ...without]
    expect((await runHere([...absent, '--fail-if-empty'], { env })).exit).toBe(5)
  })

  it('doctor fails for warnings only, and never for nothing', async () => {
    const { exit, stdout } = await runHere(['doctor', '--fail-if-any', '--json'], { env })
    const warned = JSON.parse(stdout).some(({ state }: { state: string }) => state === 'warning')
    expect(exit).toBe(warned ? 1 : 0)
    expect((await runHere(['doctor', '--fail-if-empty'], { env })).exit).toBe(2)
    expect((await runHere(['queries', '--fail-if-any'], { env })).exit).toBe(2)
  })
})
