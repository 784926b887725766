/** What the doctor and `otrace storage` say of tables that lack something, stand in front of others, or hold odd spans; by the built binary. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatUnit } from '../../cli/render/units.ts'
import { otrace, temporaryFolder } from '../otrace.ts'
import { distribute, GONE, startEngine, store } from './engine.ts'
import { type Front, serve } from './front.ts'
import { makeSpans } from './spans.ts'

const spans = makeSpans()
const WINDOW = ['--from', '2025-10-09T08:00:00Z', '--to', '2025-10-09T11:00:00Z']
const folder = temporaryFolder()
let session: Session
let front: Front

interface Told {
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
}, 60_000)

afterAll(() => {
  front.stop()
  session.close()
  folder.remove()
})

const run = (args: string[], table: string) =>
  otrace([...args, '--url', front.url, '--database', 'otel_map', '--table', table])

async function doctor(table: string, window = WINDOW): Promise<Told[]> {
  const { stdout, stderr, exit } = await run(['doctor', '--json', ...window], table)
  expect(exit, stderr).toBe(0)
  const told = JSON.parse(stdout) as Told[]
  // What is worth a word is worth a way out.
  expect(told.filter(({ state, advice }) => state !== 'ok' && advice === '')).toEqual([])
  return told
}

const of = (told: Told[], about: string) => told.filter((each) => each.about === about)
const text = (told: Told[]) => told.map(({ found, advice }) => `${found} → ${advice}`).join('\n')

describe('indexes', () => {
  it('on a name are none on attributes, nor on trace ids', async () => {
    const told = await doctor('otel_traces')
    const [have, ...missing] = of(told, 'indexes')
    expect(have!.found).toBe('lower(SpanName) minmax')
    expect(missing.map(({ found }) => found)).toEqual([
      'none on trace ids: a trace is looked for in every span',
      'none on attributes: --attr key=value reads every span of the window',
    ])
    expect(of(told, 'trace ids')[0]!.found).toMatch(/a trace is found by reading every span$/)
    for (const { advice } of missing) {
      const [add, materialize] = advice.split('; the same with ')
      session.query(add!.replace('otel_traces', 'future'))
      session.query(`ALTER TABLE otel_map.future ${materialize!.replace(/ for what is .*/, '')}`)
    }
    const mended = await doctor('future')
    expect(of(mended, 'indexes').map(({ state }) => state)).toEqual(['ok'])
    expect(of(mended, 'trace ids')[0]!.found).toMatch(/found by the skip index alone$/)
  })

  it('are advised for the local table of a Distributed one', async () => {
    const told = await doctor('distributed_otel_traces')
    const local = 'ALTER TABLE otel_map.otel_traces ON CLUSTER alone'
    const advice = of(told, 'indexes').map((each) => each.advice)
    expect(advice.filter((each) => each.startsWith(`${local} ADD INDEX `))).toHaveLength(2)
    expect(of(told, 'retention')[0]!.advice).toBe(
      `${local} MODIFY TTL toDateTime(Timestamp) + INTERVAL 30 DAY`,
    )
    expect(text(told)).not.toContain('ALTER TABLE otel_map.distributed')
    expect(of(told, 'trace ids')[0]!.advice).toContain(
      'CREATE TABLE otel_map.distributed_otel_traces_trace_id_ts ON CLUSTER alone AS otel_map.otel_traces_trace_id_ts',
    )
  })

  it('of a view are not known, and nothing of it is altered', async () => {
    const told = await doctor('seen')
    expect(text(told)).not.toContain('ALTER')
    expect(of(told, 'indexes')[0]!.found).toBe('not known here: a View has none of its own')
    expect(of(told, 'table')[0]!.found).toMatch(
      /^otel_map\.seen \(View\): [\d.]+ K rows; what they take on disk is not known here/,
    )
  })
})

describe('spans', () => {
  it('that end before they start, are 0 long or have no kind are told with their shares', async () => {
    const share = (count: number) =>
      `${formatUnit(count / spans.length, 'percentunit')} of the spans`
    const backward = spans.filter(({ duration }) => duration < 0n).length
    const kindless = spans.filter(({ kind }) => kind === 0).length
    expect(Math.min(backward, kindless)).toBeGreaterThan(0)
    const told = text(await doctor('otel_traces'))
    expect(told).toContain(`${share(backward)} end before they start: they are read as 0 long`)
    expect(told).toContain(`${share(kindless)} have no kind`)
    session.query('CREATE TABLE otel_map.still AS otel_map.otel_traces')
    session.query(
      `INSERT INTO otel_map.still SELECT * REPLACE (0 AS Duration) FROM otel_map.otel_traces LIMIT 10`,
    )
    expect(text(await doctor('still'))).toMatch(/100% of the spans are 0 long/)
    expect(text(await doctor('still'))).not.toContain('end before they start')
  })

  it('that are yet to come are told of a wrong clock', async () => {
    const told = of(await doctor('future', []), 'ingestion')
    expect(told).toMatchObject([{ state: 'warning' }])
    expect(told[0]!.found).toMatch(/^the newest span starts [23]d \S+ from now: a clock is wrong/)
    const [, ...hint] = /^otrace (spans --from now --to \S+) /.exec(told[0]!.advice) ?? []
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
  it('leaves what is known without it', async () => {
    session.query(
      `CREATE TABLE otel_map.away AS otel_map.otel_traces ENGINE = Distributed('${GONE}', 'elsewhere', 'otel_traces')`,
    )
    const told = await doctor('away')
    expect(of(told, 'server')).toHaveLength(1)
    expect(of(told, 'table')[0]!.found).toMatch(
      /^otel_map\.away \(Distributed over elsewhere\.otel_traces on the cluster gone\): nobody can tell how many rows; .*/,
    )
    expect(of(told, 'refused')).toMatchObject([
      {
        found: expect.stringMatching(/^the spans of the window, .*, traces: Connection refused/),
        advice: expect.stringContaining('whether the shards run'),
      },
    ])
    const storage = await run(['storage'], 'away')
    expect([storage.stdout, storage.exit]).toEqual(['', 4])
  })
})

describe('otrace storage', () => {
  it('says of a view what it knows, and never a wrong number', async () => {
    const { stdout, stderr } = await run(['storage', '--json'], 'seen')
    expect(JSON.parse(stdout)).toMatchObject([
      { rows: spans.length, disk: null, uncompressed: null, bytes_per_span: null, parts: null },
    ])
    expect(stderr).toContain('what the spans take on disk is not known here: a View has none')
    expect(stderr).toContain('→ name the table below it: otrace storage --database')
  })
})
