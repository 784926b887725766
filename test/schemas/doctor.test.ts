/**
 * `otrace doctor` and `otrace storage` on incomplete tables, views and odd spans.
 *
 * One file: each case adds a table to one store.
 */
import { readFileSync } from 'node:fs'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatUnit } from '../../cli/units/units.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { distribute, GONE, startEngine, store } from './engine.ts'
import { type Front, serve } from './front.ts'
import { makeSpans } from './spans.ts'

const spans = makeSpans()
const WINDOW = ['--from', '2025-10-09T08:00:00Z', '--to', '2025-10-09T11:00:00Z']
const folder = temporaryFolder()
let session: Session
let front: Front

interface Finding {
  about: string
  state: string
  found: string
  advice: string
}

beforeAll(async () => {
  session = await startEngine(folder.path)
  front = await serve(folder.path)
  const bare = (ddl: string) => ddl.replace(/,\n *INDEX .* GRANULARITY \d+/g, '')
  store(session, 'otel-map', spans, bare)
  session.query('ALTER TABLE otel_map.otel_traces ADD INDEX by_name lower(SpanName) TYPE minmax')
  distribute(session, 'otel-map')
  session.query('CREATE VIEW otel_map.seen AS SELECT * FROM otel_map.otel_traces')
  session.query('CREATE TABLE otel_map.future AS otel_map.otel_traces')
  session.query(
    `INSERT INTO otel_map.future SELECT * REPLACE (now64(9) + toIntervalDay(3) AS Timestamp) FROM otel_map.otel_traces LIMIT 5`,
  )
})

afterAll(() => {
  front.stop()
  session.close()
  folder.remove()
})

const run = (args: string[], table: string) =>
  runHere([...args, '--url', front.url, '--database', 'otel_map', '--table', table])

async function doctor(table: string, window = WINDOW): Promise<Finding[]> {
  const { stdout, stderr, exit } = await run(['doctor', '--json', ...window], table)
  expect(exit, stderr).toBe(0)
  const findings = JSON.parse(stdout) as Finding[]
  // Every finding that is not ok has advice.
  expect(findings.filter(({ state, advice }) => state !== 'ok' && advice === '')).toEqual([])
  return findings
}

const of = (findings: Finding[], about: string) => findings.filter((each) => each.about === about)
const text = (findings: Finding[]) =>
  findings.map(({ found, advice }) => `${found} → ${advice}`).join('\n')

it('says when the views of another version lack what panels call, and how to make them again', async () => {
  expect(of(await doctor('otel_traces'), 'views')).toEqual([])
  const make = async (...args: string[]) => {
    const { stdout } = await runHere(args)
    for (const statement of stdout.split(';\n')) if (statement.trim()) session.query(statement)
  }
  await make('schema', '--views', '--database', 'otel_map')
  const [made] = of(await doctor('otel_traces'), 'views')
  expect(made).toMatchObject({ state: 'ok', found: expect.stringMatching(/are of this version/) })
  for (const older of ["OR REPLACE FUNCTION otrace_version AS () -> 'otel-map 0'", undefined]) {
    session.query(older ? `CREATE ${older}` : 'DROP FUNCTION otrace_version')
    const [old] = of(await doctor('distributed_otel_traces'), 'views')
    expect(old).toMatchObject({ state: 'warning', found: expect.stringMatching(/another version/) })
    const [elsewhere] = of(await doctor('future'), 'views')
    expect(elsewhere!.advice).toMatch(
      /: otrace doctor --database otel_map --table otel_traces says/,
    )
    const [, command = ''] =
      /: otrace (.* --table otel_traces) --cluster alone \| clickhouse-client/.exec(old!.advice)!
    if (!older) await make(...command.split(' '))
  }
  expect(of(await doctor('otel_traces'), 'views')).toEqual([made])
  session.query("CREATE OR REPLACE FUNCTION otrace_version AS () -> throwIf(1, 'slow')")
  const [unknown] = of(await doctor('otel_traces'), 'views')
  expect(unknown).toMatchObject({
    state: 'note',
    found: expect.stringMatching(/not known: .*slow/),
  })
  session.query('DROP DATABASE otrace')
})

it('says what an index would save, until the table has it', async () => {
  session.query(
    'CREATE TABLE otel_map.small AS otel_map.otel_traces ENGINE = MergeTree ORDER BY (ServiceName, SpanName, Timestamp) SETTINGS index_granularity = 32',
  )
  session.query('INSERT INTO otel_map.small SELECT * FROM otel_map.otel_traces')
  const missing = of(await doctor('small'), 'index to add')
  expect(missing.map(({ found }) => found)).toEqual([
    expect.stringMatching(
      /^for requests \(slow, services, journey\), 100% of the granules of the window are read, and [\d.]+% hold one: an index saves up to \d+ of [\d.]+ K rows$/,
    ),
    expect.stringMatching(/^for failed spans/),
  ])
  const words = '--additions --schema otel-map --database otel_map --table small'
  expect(missing[0]!.advice).toBe(`otrace schema ${words} prints it`)
  session.query('SET mutations_sync = 2')
  for (const statement of (await runHere(['schema', ...words.split(' ')])).stdout.split(';\n')) {
    if (statement.trim() !== '') session.query(statement)
  }
  expect(of(await doctor('small'), 'index to add')).toEqual([])
})

describe('indexes', () => {
  it('on a name do not count as indexes on attributes or trace ids', async () => {
    const findings = await doctor('otel_traces')
    const [have, ...missing] = of(findings, 'indexes')
    expect(have!.found).toBe('lower(SpanName) minmax')
    expect(missing.map(({ found }) => found)).toEqual([
      'none on trace ids: finding a trace scans every span',
      'none on attributes: --attr key=value reads every span of the window',
    ])
    expect(of(findings, 'trace ids')[0]!.found).toMatch(/a trace is found by reading every span$/)
    for (const { advice } of missing) {
      const [add, materialize] = advice.split('; then ')
      session.query(add!.replace('otel_traces', 'future'))
      session.query(`ALTER TABLE otel_map.future ${materialize!.replace(/ for existing .*/, '')}`)
    }
    const mended = await doctor('future')
    expect(of(mended, 'indexes').map(({ state }) => state)).toEqual(['ok'])
    expect(of(mended, 'trace ids')[0]!.found).toMatch(/found by the skip index alone$/)
  })

  it('are suggested for the local table of a Distributed table', async () => {
    const findings = await doctor('distributed_otel_traces')
    const local = 'ALTER TABLE otel_map.otel_traces ON CLUSTER alone'
    const advice = of(findings, 'indexes').map((each) => each.advice)
    expect(advice.filter((each) => each.startsWith(`${local} ADD INDEX `))).toHaveLength(2)
    expect(of(findings, 'retention')[0]!.advice).toBe(
      `${local} MODIFY TTL toDateTime(Timestamp) + INTERVAL 30 DAY`,
    )
    expect(text(findings)).not.toContain('ALTER TABLE otel_map.distributed')
    expect(of(findings, 'trace ids')[0]!.advice).toContain(
      'CREATE TABLE otel_map.distributed_otel_traces_trace_id_ts ON CLUSTER alone AS otel_map.otel_traces_trace_id_ts',
    )
  })

  it('of a view are unknown, and no ALTER is suggested', async () => {
    const findings = await doctor('seen')
    expect(text(findings)).not.toContain('ALTER')
    expect(of(findings, 'indexes')[0]!.found).toBe('unknown: a View has none of its own')
    expect(of(findings, 'table')[0]!.found).toMatch(
      /^otel_map\.seen \(View\): [\d.]+ K rows; size on disk unknown/,
    )
  })
})

describe('spans', () => {
  it('with a negative or zero duration or without a kind are reported with their shares', async () => {
    const share = (count: number) =>
      `${formatUnit(count / spans.length, 'percentunit')} of the spans`
    const backward = spans.filter(({ duration }) => duration < 0n).length
    const kindless = spans.filter(({ kind }) => kind === 0).length
    expect(Math.min(backward, kindless)).toBeGreaterThan(0)
    const findings = text(await doctor('otel_traces'))
    expect(findings).toContain(
      `${share(backward)} end before they start, and count with a duration of 0`,
    )
    expect(findings).toContain(`${share(kindless)} have no kind`)
    session.query('CREATE TABLE otel_map.still AS otel_map.otel_traces')
    session.query(
      `INSERT INTO otel_map.still SELECT * REPLACE (0 AS Duration) FROM otel_map.otel_traces LIMIT 10`,
    )
    expect(text(await doctor('still'))).toMatch(/100% of the spans have a duration of 0/)
    expect(text(await doctor('still'))).not.toContain('end before they start')
  })

  it('in the future are reported as clock skew', async () => {
    const findings = of(await doctor('future', []), 'ingestion')
    expect(findings).toMatchObject([{ state: 'warning' }])
    expect(findings[0]!.found).toMatch(
      /^the newest span starts [23]d \S+ from now: a clock is wrong/,
    )
    const [, ...hint] = /^otrace (spans --from now --to \S+) /.exec(findings[0]!.advice) ?? []
    const listed = await run([...hint[0]!.split(' '), '--json'], 'future')
    expect(JSON.parse(listed.stdout)).toHaveLength(5)
    const nothing = await run(['slow'], 'future')
    expect(nothing.stderr).toMatch(
      /no span in the window: the newest starts [23]d \S+ from now, so a clock is wrong; try --from now --to \d{4}-/,
    )
    expect(nothing.stderr).not.toContain('--since -')
  })
})

describe('a cluster that does not answer', () => {
  it('leaves the findings that need no shard', async () => {
    session.query(
      `CREATE TABLE otel_map.away AS otel_map.otel_traces ENGINE = Distributed('${GONE}', 'elsewhere', 'otel_traces')`,
    )
    const findings = await doctor('away')
    expect(of(findings, 'server')).toHaveLength(1)
    expect(of(findings, 'table')[0]!.found).toMatch(
      /^otel_map\.away \(Distributed over elsewhere\.otel_traces on the cluster gone\): unknown number of rows; .*/,
    )
    expect(of(findings, 'refused')).toMatchObject([
      {
        found: expect.stringMatching(
          /^the spans of the window, .*, traces, roots: Connection refused/,
        ),
        advice: expect.stringContaining('that the shards run'),
      },
    ])
    const storage = await run(['storage'], 'away')
    expect([storage.stdout, storage.exit]).toEqual(['', 4])
  })
})

describe('otrace storage', () => {
  it('reports the known facts of a view, without wrong numbers', async () => {
    const { stdout, stderr } = await run(['storage', '--json'], 'seen')
    expect(JSON.parse(stdout)).toMatchObject([
      { rows: spans.length, disk: null, uncompressed: null, bytes_per_span: null, parts: null },
    ])
    expect(stderr).toContain(
      'the size on disk is not known here: the engine View stores nothing itself',
    )
    expect(stderr).toContain('→ name its local table: otrace storage --database')
  })
})

describe('traces that a tail sampler kept', () => {
  /** Roots of two operations, `failing` of `all` with an error, one every `seconds`. */
  const fill = (table: string, all: number, failing: number, seconds: number, took: string) => {
    session.query(`CREATE TABLE otel_map.${table} AS otel_map.otel_traces`)
    session.query(`INSERT INTO otel_map.${table}
      (Timestamp, TraceId, SpanId, SpanName, ServiceName, SpanKind, Duration, StatusCode)
      SELECT toDateTime64('2025-10-09 08:30:00', 9, 'UTC') + toIntervalSecond(${seconds} * number),
        leftPad(hex(number + 1), 32, '0'), leftPad(hex(number + 1), 16, '0'),
        ['GET /a', 'POST /b'][number % 2 + 1], 'shop', 'Server',
        number % ${all} < ${failing} ? 3000000 + number : toUInt64(${took}),
        number % ${all} < ${failing} ? 'Error' : 'Unset'
      FROM numbers(300)`)
  }
  const TAIL = 'pow(number * 7919 % 301 / 301, 3) * 2e9 + 5e8'
  const COUNTING = ['services', 'rps', 'operations', 'latency', 'errors', 'top http.route', 'why']
  const note = /counts may be of a sample: every trace failed/i

  beforeAll(() => {
    fill('tail', 5, 1, 20, TAIL)
    fill('failed', 1, 1, 20, TAIL)
    fill('slow', 5, 0, 20, TAIL)
    // Not sampled: an outage of a minute, what waits for a clock, and a sampler's look on a store of ordinary traces.
    fill('outage', 1, 1, 0.2, TAIL)
    fill('waiting', 5, 1, 20, '5e8 + number')
    fill('ordinary', 5, 1, 20, TAIL)
    session.query(
      `INSERT INTO otel_map.ordinary (Timestamp, TraceId, SpanId, SpanName, ServiceName, SpanKind, Duration, StatusCode)
       VALUES (toDateTime64('2025-10-08 20:00:00', 9, 'UTC'), 'f', 'f', 'GET /a', 'shop', 'Server', 4000000, 'Unset')`,
    )
  })

  it.each([...COUNTING, 'check count>1'])('are noted by %s', async (command) => {
    const { stderr, stdout } = await run([...command.split(' '), ...WINDOW], 'tail')
    expect(stdout + stderr).toMatch(note)
    expect(stdout + stderr).toMatch(/failed or took 500 ms or longer/)
  })

  it('are noted in the words of the page about sampling', async () => {
    const page = readFileSync(new URL('../../docs/sampling.md', import.meta.url), 'utf8')
    const { stderr } = await run(['services', ...WINDOW], 'tail')
    expect(page).toContain(stderr.split('\n').find((line) => note.test(line)))
    const [first] = /(?<=```text\n).*/.exec(page)!
    const source = new URL('../../cli/session/sampling.ts', import.meta.url)
    expect(readFileSync(source, 'utf8')).toContain(`'${first}'`)
  })

  it('are noted where all failed or all were slow, and by the doctor', async () => {
    expect((await run(['services', ...WINDOW], 'failed')).stderr).toMatch(note)
    const { stderr } = await run(['services', ...WINDOW], 'slow')
    expect(stderr).toMatch(/counts may be of a sample: every trace took 500 ms or longer, as/i)
    expect(of(await doctor('slow'), 'tail sampling')[0]!.found).toMatch(
      /^every trace took 500 ms or longer: a tail sampler/,
    )
    expect(of(await doctor('failed'), 'tail sampling')[0]!.found).toMatch(/^every trace failed: /)
    expect(of(await doctor('tail'), 'tail sampling')[0]!.found).toMatch(
      /^every trace failed or took 500 ms or longer \(20.0% failed\): /,
    )
  })

  it.each(['outage', 'waiting', 'ordinary', 'otel_traces'])('are not seen in %s', async (table) => {
    const { stderr } = await run(['services', ...WINDOW], table)
    expect(stderr).not.toMatch(note)
    expect(of(await doctor(table), 'tail sampling')).toEqual([])
  })
})
