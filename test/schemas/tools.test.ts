/** What the hand-written commands ask of spans, over several schemas: samples, the doctor; and the tables that are printed. */
import { readFileSync } from 'node:fs'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readProfiles, readQuery } from '../../cli/catalogue.ts'
import {
  conventions,
  type Finding,
  type Seen,
  server,
  spellings,
  times,
  traces,
} from '../../cli/doctor/findings.ts'
import { indexes, indexesOf } from '../../cli/doctor/indexes.ts'
import { table } from '../../cli/doctor/layout.ts'
import { oddities } from '../../cli/doctor/oddities.ts'
import { compose, type Source } from '../../cli/query/compose.ts'
import { stripHeader } from '../../cli/query/header.ts'
import { findSpans } from '../../cli/store/find-spans.ts'
import { settleWeights } from '../../cli/weights.ts'
import { packageRoot } from '../../package.ts'
import { otrace, temporaryFolder } from '../otrace.ts'
import { ask, asStore, startEngine, store } from './engine.ts'
import { exceptions, meaning } from './meaning.ts'
import { sourceOf, text } from './source.ts'
import { FROM, makeSpans, TO } from './spans.ts'

const SCHEMAS = ['otel-map', 'clickstack', 'signoz', 'jaeger', 'otel-json']
const spans = makeSpans()
const folder = temporaryFolder()
let session: Session

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of SCHEMAS) store(session, schema, spans)
  session.query('CREATE DATABASE other')
  session.query('CREATE TABLE other.jobs (trace_id String, name String) ENGINE = Memory')
}, 60_000)

afterAll(() => {
  session.close()
  folder.remove()
})

function source(schema: string, flags = {}, from = FROM, to = TO): Source {
  return { ...sourceOf(schema, flags), window: { from, to, bucket: 60 } }
}

const row = async (schema: string, path: string, given = {}) =>
  (await ask(session, compose(text(path), given, source(schema))))[0]!

describe.each(SCHEMAS)('%s', (schema) => {
  const all = spans.map((span) => meaning(exceptions[schema]?.(span) ?? span))

  /** The window of one trace, by its number. */
  async function settled(from: number, to: number, flags = {}) {
    const ids = [...new Set(spans.map((span) => span.traceId))]
    const at = (n: number) => spans.find((span) => span.traceId === ids[n])!.time - 1000n
    const window = source(schema, flags, at(from), at(to))
    return settleWeights(asStore(session), window, compose('SELECT calls FROM red', {}, window))
  }

  it('weighs nothing where nothing was sampled', async () => {
    const { statement, note } = await settled(0, 1)
    expect(statement.sql).not.toContain('ot=')
    expect(note).toBeUndefined()
  })

  it('says that counts are extrapolated, and when they are not all', async () => {
    const sampled = await settled(3, 6)
    expect(sampled.statement.sql).toContain('ot=')
    expect(sampled.note).toMatch(/^counts extrapolated from sampled spans \(/)
    expect((await settled(0, 6)).note).toMatch(/of unknown probability/)
    expect((await settled(0, 6, { attr: ['nobody.has.this'] })).note).toBeUndefined()
  })

  it('counts conventions and samples for the doctor', async () => {
    const http = (generation: boolean) =>
      all.filter(
        (span) =>
          span.http_method !== '' && 'http.request.method' in span.attributes === generation,
      )
    expect(await row(schema, 'doctor/mix.sql')).toMatchObject({
      spans: all.length,
      http_old: http(false).length,
      http_new: http(true).length,
      sampled: all.filter((span) => span.weight > 1).length,
      nameless: 0,
      kindless: all.filter(({ kind }) => kind === '').length,
      in_future: 0,
    })
  })

  it('tells spans that end before they start from those that are 0 long', async () => {
    const asked = source(schema, { minDuration: '0ns' })
    const [forward] = await ask(session, compose(text('doctor/forward.sql'), {}, asked))
    const backward = spans.filter(({ duration }) => duration < 0n)
    expect(backward.length).toBeGreaterThan(0)
    expect(forward).toEqual({ spans: spans.length - backward.length })
    const still = spans.filter(({ duration }) => duration <= 0n)
    expect((await row(schema, 'doctor/mix.sql')).without_duration).toBe(still.length)
  })

  it('finds copies, orphans and early spans for the doctor', async () => {
    const ids = new Set(all.map((span) => span.trace_id + span.span_id))
    expect(await row(schema, 'doctor/traces.sql', { one_in: 1 })).toEqual({
      spans: all.length,
      traces: new Set(all.map((span) => span.trace_id)).size,
      copies: all.length - ids.size,
      orphans: all.filter(
        ({ parent_id, trace_id }) => parent_id !== '' && !ids.has(`${trace_id}${parent_id}`),
      ).length,
      early: 0,
    })
  })
})

describe('the doctor', () => {
  const seen = (columns: Record<string, string>): Seen => ({
    place: 'here',
    local: false,
    database: 'otel',
    table: 'otel_traces',
    profile: readProfiles().find(({ name }) => name === 'otel-map')!,
    columns: new Map(Object.entries(columns)),
    now: 1_760_000_000_000_000_000n,
  })
  const clock = '2025-10-09T08:53:20.000000000Z'
  const kept = {
    row: {
      engine: 'MergeTree',
      rows: 1,
      disk: 1,
      uncompressed: 2,
      ttl: '',
      cluster: '',
      lookups: 0,
    },
  }
  const withIndexes = (of: Seen) => indexes(of, kept, indexesOf(of.columns))
  const lacking = (of: Seen) => withIndexes(of).map(({ about, state }) => `${about} ${state}`)

  it('notices a clock, an old table, a store that no spans reach', () => {
    const late = server(seen({}), {
      version: '26.7',
      zone: 'UTC',
      clock: '2025-10-09T08:53:30.000000000Z',
    })
    expect(late.at(-1)).toMatchObject({ about: 'clock', state: 'warning' })
    expect(server(seen({}), { version: '26.7', zone: 'UTC', clock })).toHaveLength(2)
    expect(
      table(seen({ TraceId: 'String' }), kept, {}).map(({ about, state }) => `${about} ${state}`),
    ).toEqual(['table ok', 'schema ok', 'retention note'])
    expect(lacking(seen({ TraceId: 'String' }))).toEqual(['trace ids note', 'indexes note'])
    const day = { oldest: clock, newest: '2025-10-08T08:53:20.000000000Z' }
    expect(times(seen({}), day, { spans: 0, in_future: 0 }).map(({ state }) => state)).toEqual([
      'ok',
      'warning',
      'note',
    ])
    expect(times(seen({}), { oldest: null, newest: null }, {})[0]!.found).toBe('the table is empty')
  })

  it('says so when the newest span is still to come', () => {
    const range = { oldest: '2026-11-22T12:00:00Z', newest: '2100-01-01T00:00:00Z' }
    expect(times(seen({}), range, { spans: 1 })[1]).toMatchObject({
      state: 'warning',
      found: expect.stringMatching(/^the newest span starts \d+d \S+ from now: a clock is wrong/),
      advice: expect.stringContaining('otrace spans --from now --to 2100-01-01T00:00:01Z'),
    })
  })

  it('advises nothing that the local store refuses', () => {
    const local = { ...seen({ TraceId: 'String', SpanAttributes: 'Map(' }), local: true }
    const advice = (findings: Finding[]) => findings.map((each) => each.advice ?? '').join('\n')
    expect(advice(table(local, kept, {}))).toContain('otrace up --retention 30d --max-disk 50GB')
    const all = [...table(local, kept, {}), ...withIndexes(local)]
    expect(advice(all)).not.toMatch(/ALTER|otrace schema/)
    const remote = { ...local, local: false }
    expect(advice(table(remote, kept, {}))).toMatch(/ALTER.* MODIFY TTL/)
    expect(advice(withIndexes(remote))).toContain('ADD INDEX')
  })

  it('gives shares of what it saw, and what to do', () => {
    expect(spellings({ spans: 4, old: 1 })[0]!.found).toContain('25.0%')
    expect(spellings({ spans: 4, old: 0 })).toEqual([])
    const mix = {
      spans: 10,
      http_old: 5,
      http_new: 5,
      db_old: 0,
      db_new: 0,
      sampled: 2,
      stand_for: 20,
      nameless: 1,
    }
    expect(conventions(mix).map(({ about }) => about)).toEqual([
      'HTTP names',
      'sampling',
      'service names',
    ])
    expect(
      traces({ spans: 10, traces: 2, copies: 1, orphans: 0, early: 0 }, 1)[0]!.advice,
    ).toContain('--distinct')
    expect(traces({ spans: 10, traces: 2, copies: 0, orphans: 0, early: 0 }, 1)[0]!.state).toBe(
      'ok',
    )
    const odd = oddities({ spans: 10, kindless: 1, without_duration: 4 }, 7)
    expect(odd.map(({ about, found }) => `${about} ${found.slice(0, 5)}`)).toEqual([
      'durations 30.0%',
      'durations 10.0%',
      'kinds 10.0%',
    ])
    expect(oddities({ spans: 10, kindless: 0, without_duration: 0 }, undefined)).toEqual([])
    const bare = { TraceId: 'String', SpanAttributes: 'Map(LowCardinality(String), String)' }
    expect(lacking(seen(bare))).toEqual(['trace ids note', 'indexes note', 'indexes note'])
    const json = { TraceId: 'String', SpanAttributes: 'JSON', 'index:TraceId': 'bloom_filter' }
    expect(lacking(seen(json))).toEqual(['indexes ok', 'trace ids note'])
  })
})

describe('a table that is no table of spans', () => {
  it('is told what it lacks', async () => {
    const columns = stripHeader(readQuery('store/columns.sql'))
    const find = (database: string, version?: string) => {
      const sql = version ? columns.replace('version()', `'${version}'`) : columns
      return findSpans(asStore(session), { database, table: 'jobs' } as never, readProfiles(), sql)
    }
    await expect(find('other')).rejects.toThrow(/other\.jobs is no table of spans .* lacks /)
    await expect(find('nowhere')).rejects.toThrow(
      'there is no table of spans in the engine nowhere jobs',
    )
    await expect(find('other', '23.8.1.1')).rejects.toThrow(
      'runs ClickHouse 23.8.1.1; otrace needs 24.3 or later',
    )
  })
})

describe('otrace schema', () => {
  const described = (name: string) =>
    session.query(
      `SELECT name, type FROM system.columns WHERE database = '${name}' AND table = 'otel_traces' ORDER BY position`,
      'TSV',
    )

  it('prints tables that the engine makes, with the columns that the collector makes', async () => {
    const { stdout } = await otrace(['schema', '--database', 'printed', '--ttl', '480000h'])
    for (const statement of stdout.split(';\n')) if (statement.trim()) session.query(statement)
    session.query('CREATE DATABASE otel')
    session.query(readFileSync(new URL('collector/schema/otel_traces.sql', packageRoot), 'utf8'))
    expect(described('printed')).toBe(described('otel'))
    expect(described('printed')).toContain('SpanAttributes')
    expect(stdout).toContain('TTL toDateTime(Timestamp) + toIntervalDay(20000)')
    store(session, 'otel-map-text', spans.slice(0, 50))
    session.query('INSERT INTO printed.otel_traces SELECT * FROM otel_map_text.otel_traces')
    expect(session.query('SELECT uniq(TraceId) FROM printed.otel_traces_trace_id_ts', 'TSV')).toBe(
      session.query('SELECT uniq(TraceId) FROM printed.otel_traces', 'TSV'),
    )
  })

  it('shards by trace on a cluster, and refuses what is no engine', async () => {
    const { stdout } = await otrace(['schema', '--cluster', "it's"])
    expect(stdout).toContain("CREATE TABLE IF NOT EXISTS otel.otel_traces_local ON CLUSTER `it's`")
    expect(stdout).toContain(
      "ENGINE = Distributed('it\\'s', 'otel', 'otel_traces_local', cityHash64(TraceId))",
    )
    expect(stdout).toContain('ENGINE = ReplicatedAggregatingMergeTree\n')
    for (const engine of ['Memory', 'MergeTree() ORDER BY tuple()', 'MergeTree(x)']) {
      const refused = await otrace(['schema', '--engine', engine])
      expect(refused).toMatchObject({ exit: 2, stdout: '' })
      expect(refused.stderr).toContain(`--engine '${engine}' is no MergeTree engine`)
    }
    expect((await otrace(['schema', '--ttl', 'soon'])).stderr).toContain(
      "--ttl 'soon' is not a length of time",
    )
  })

  it('drops nothing that is younger than it says', async () => {
    // The end of a DateTime, 2106, is where a sum of one starts again in 1970.
    expect((await otrace(['schema', '--ttl', '36500d'])).stderr).toContain(
      "--ttl '36500d' is too long",
    )
    const { stdout } = await otrace(['schema', '--ttl', '21900d'])
    const [, kept] = /TTL toDateTime\(Timestamp\) \+ (.+)/.exec(stdout)!
    expect(session.query(`SELECT toDateTime('2026-11-22') + ${kept} > now()`, 'TSV')).toBe('1\n')
  })

  it.each([
    ["'/ch/{shard}/t','{replica}'", "'/ch/{shard}/t_trace_id_ts','{replica}'"],
    ["'/ch/{shard}/t/', '{replica}'", "'/ch/{shard}/t_trace_id_ts', '{replica}'"],
    ["'/ch/{shard}/{table}', '{replica}'", "'/ch/{shard}/{table}', '{replica}'"],
    ["'/ch/{shard}/{uuid}', '{replica}'", "'/ch/{shard}/{uuid}', '{replica}'"],
  ])('gives each table a path of its own: %s', async (given, lookup) => {
    const args = ['schema', '--cluster', 'c', '--engine', `ReplicatedMergeTree(${given})`]
    const engines = (await otrace(args)).stdout.match(/ENGINE = Replicated.*/g)
    expect(engines).toEqual([
      `ENGINE = ReplicatedMergeTree(${given})`,
      `ENGINE = ReplicatedAggregatingMergeTree(${lookup})`,
    ])
  })
})
