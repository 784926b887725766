/**
 * Hand-written commands over several schemas: samples, doctor and schema.
 *
 * One file: the schemas are filled once for all tools.
 */
import { readFileSync } from 'node:fs'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Check,
  conventions,
  type Facts,
  server,
  spellings,
  times,
  traces,
} from '../../cli/commands/doctor/checks.ts'
import { oddities } from '../../cli/commands/doctor/durations.ts'
import { indexes } from '../../cli/commands/doctor/indexes.ts'
import { table } from '../../cli/commands/doctor/table.ts'
import type { ParamValue } from '../../cli/query/compose/bound-query.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import type { SpansSource } from '../../cli/query/compose/source.ts'
import { readQuery, readSchemas } from '../../cli/query/files.ts'
import { stripHeader } from '../../cli/query/header.ts'
import { unite } from '../../cli/session/diff/union.ts'
import { resolveSampling } from '../../cli/session/sampling.ts'
import { findSpansTable } from '../../cli/store/spans-table.ts'
import { packageRoot } from '../../package.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { ask, asStore, startEngine, store } from './engine.ts'
import { exceptions, meaning, withEntries } from './meaning.ts'
import { sourceOf, text } from './source.ts'
import { FROM, makeSpans, TO } from './spans.ts'

type Around = Parameters<typeof unite>[2]

const SCHEMAS = ['otel-map', 'clickstack', 'signoz', 'jaeger', 'otel-json']
const spans = makeSpans()
const folder = temporaryFolder()
let session: Session

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of SCHEMAS) store(session, schema, spans)
  session.query('CREATE DATABASE other')
  session.query('CREATE TABLE other.jobs (trace_id String, name String) ENGINE = Memory')
})

afterAll(() => {
  session.close()
  folder.remove()
})

function source(schema: string, flags = {}, from = FROM, to = TO): SpansSource {
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
    return resolveSampling(
      { store: asStore(session), source: window },
      compose('SELECT calls FROM red', {}, window),
    )
  }

  it('sends the spans of why as numbers of fixed sizes', async () => {
    const columns = ['trace', 'span', 'parent', 'number', 'start', 'spent', 'flags']
    const types = columns.map((name) => `toTypeName(${name})`).join(', ')
    const sql = `SELECT [${types}] AS types FROM (\n${text('internal/why/traces.sql')}\n) LIMIT 1`
    const [found] = await ask(session, compose(sql, { one_in: 1 }, source(schema)))
    const [id, time] = ['UInt32', 'Float64']
    expect(found!.types).toEqual([time, id, id, id, time, time, 'UInt8'])
  })

  it('takes what spans call from their times', async () => {
    const every = withEntries(all)
    const isOf = (of: Partial<(typeof every)[number]>) => (span: (typeof every)[number]) =>
      span.service === of.service && span.operation === of.operation
    const parents = new Set(every.map(({ parent_id }) => parent_id))
    const { service, operation } = every.find(({ span_id }) => parents.has(span_id))!
    const own = every.filter(isOf({ service, operation }))
    const given = { of_service: service, of_name: String(operation), one_in: 1, least: 1e6 }
    const asked = compose(text('internal/why/affected-own.sql'), given, source(schema))
    const rows = await ask(session, asked)
    const isLonger = ({ trace_id, span_id, duration }: (typeof every)[number]) => {
      const called = every.filter(
        (one) => one.trace_id === trace_id && one.parent_id === span_id && one.kind !== 'consumer',
      )
      return called.reduce((left, one) => left - one.duration, duration) > 1e6
    }
    expect(rows).toHaveLength(own.length)
    expect(rows.filter((row) => row.affected)).toHaveLength(own.filter(isLonger).length)
  })

  it('counts the attributes of two groups for diff', async () => {
    const parts = [{ error: true }, {}].map((flags) => ({
      source: { ...source(schema, flags), weighted: false },
      given: { one_in: 1 },
    }))
    const asked = (file: string, given: Record<string, ParamValue>, around?: Around) =>
      ask(
        session,
        unite(
          `internal/diff/${file}.sql`,
          parts.map((part) => ({ ...part, given: { ...part.given, ...given } })),
          around,
        ),
      )
    const failed = all.filter(({ is_error }) => is_error).length
    const sizes = await asked('sizes', {})
    expect(sizes.map(({ part, stored }) => [part, stored]).sort()).toEqual([
      [0, failed],
      [1, all.length],
    ])
    const keys = await asked('keys', {})
    expect(keys.filter(({ key, place }) => key === 'name' && place === 0)).toHaveLength(2)
    const given = { inside: 1, least: 1, least_others: 1 }
    const around = { file: 'internal/diff/values-of-all.sql', given }
    const values = await asked('values', { left_out: [] }, around)
    const error = values.find(({ key, value }) => key === 'status' && value === 'error')!
    expect([error.selected, error.others]).toEqual([failed, 0])
    // The hashes of one statement are those of the others.
    const whole = values.find(({ key, whole }) => key === 'status' && whole)!
    expect(keys.map(({ hash }) => hash)).toContain(whole.hash)
    const chosen = { hashes: [String(error.hash)], absent: ['0'] }
    const together = await asked('together', chosen)
    const both = together.find(({ part, combination }) => part === 0 && combination === 1)
    expect(both?.spans).toBe(failed)
    const numbers = await asked('numbers', { keys: [], resource_keys: [], durations: 1 })
    expect(new Set(numbers.map(({ key }) => key))).toEqual(new Set(['duration']))
  })

  it('skips weighting without sampling', async () => {
    const { query, note } = await settled(0, 1)
    expect(query.sql).not.toContain('ot=')
    expect(note).toBeUndefined()
  })

  it('notes that counts are extrapolated, and when only some are', async () => {
    const sampled = await settled(3, 6)
    expect(sampled.query.sql).toContain('ot=')
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
    expect(await row(schema, 'internal/doctor/mix.sql')).toMatchObject({
      spans: all.length,
      http_old: http(false).length,
      http_new: http(true).length,
      sampled: all.filter((span) => span.weight > 1).length,
      nameless: 0,
      kindless: all.filter(({ kind }) => kind === '').length,
      in_future: 0,
    })
  })

  it('counts negative and zero durations separately', async () => {
    const asked = source(schema, { minDuration: '0ns' })
    const [forward] = await ask(session, compose(text('internal/doctor/forward.sql'), {}, asked))
    const backward = spans.filter(({ duration }) => duration < 0n)
    expect(backward.length).toBeGreaterThan(0)
    expect(forward).toEqual({ spans: spans.length - backward.length })
    const still = spans.filter(({ duration }) => duration <= 0n)
    expect((await row(schema, 'internal/doctor/mix.sql')).without_duration).toBe(still.length)
  })

  it('counts duplicates, orphans and clock skew for the doctor', async () => {
    const ids = new Set(all.map((span) => span.trace_id + span.span_id))
    expect(await row(schema, 'internal/doctor/traces.sql', { one_in: 1 })).toEqual({
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
  const seen = (columns: Record<string, string>): Facts => ({
    place: 'here',
    local: false,
    database: 'otel',
    table: 'otel_traces',
    schema: readSchemas().find(({ name }) => name === 'otel-map')!,
    columns: new Map(Object.entries(columns)),
  })
  const now = 1_760_000_000_000_000_000n
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
  const withIndexes = (of: Facts, found = {}) => indexes(of, kept, new Map(Object.entries(found)))
  const lacking = (of: Facts, found = {}) =>
    withIndexes(of, found).map(({ about, state }) => `${about} ${state}`)

  it('reports clock skew, an old table and a store without new spans', () => {
    const later = (seconds: number) => now + BigInt(seconds) * 1_000_000_000n
    const found = (asked: bigint, answered: bigint) =>
      server(seen({}), { version: '26.7', zone: 'UTC', clock }, asked, answered)
        .slice(2)
        .map(({ about, state, found }) => `${about} ${state}: ${found}`)
    const warning = "clock warning: the server's clock is 10.0 s"
    expect(found(later(-11), later(-10))).toEqual([`${warning} ahead of this machine's`])
    expect(found(later(10), later(11))).toEqual([`${warning} behind this machine's`])
    // An answer of half a minute.
    expect(found(later(-20), later(10))).toEqual([])
    expect(
      table(seen({ TraceId: 'String' }), kept, {}).map(({ about, state }) => `${about} ${state}`),
    ).toEqual(['table ok', 'schema ok', 'retention note'])
    expect(lacking(seen({ TraceId: 'String' }))).toEqual(['trace ids note', 'indexes note'])
    const day = { oldest: clock, newest: '2025-10-08T08:53:20.000000000Z' }
    expect(times(now, day, { spans: 0, in_future: 0 }).map(({ state }) => state)).toEqual([
      'ok',
      'warning',
      'note',
    ])
    expect(times(now, { oldest: null, newest: null }, {})[0]!.found).toBe('the table is empty')
  })

  it('reports a newest span in the future', () => {
    const range = { oldest: '2026-11-22T12:00:00Z', newest: '2100-01-01T00:00:00Z' }
    expect(times(now, range, { spans: 1 })[1]).toMatchObject({
      state: 'warning',
      found: expect.stringMatching(/^the newest span starts \d+d \S+ from now: a clock is wrong/),
      advice: expect.stringContaining('otrace spans --from now --to 2100-01-01T00:00:01Z'),
    })
  })

  it('suggests only statements that the local store accepts', () => {
    const local = { ...seen({ TraceId: 'String', SpanAttributes: 'Map(' }), local: true }
    const advice = (findings: Check[]) => findings.map((each) => each.advice ?? '').join('\n')
    expect(advice(table(local, kept, {}))).toContain('otrace up --retention 30d --max-disk 50GB')
    const all = [...table(local, kept, {}), ...withIndexes(local)]
    expect(advice(all)).not.toMatch(/ALTER|otrace schema/)
    const remote = { ...local, local: false }
    expect(advice(table(remote, kept, {}))).toMatch(/ALTER.* MODIFY TTL/)
    expect(advice(withIndexes(remote))).toContain('ADD INDEX')
  })

  it('prints shares and fixes', () => {
    expect(spellings({ spans: 4, old: 1 })[0]!.found).toContain('25.0%')
    expect(spellings({ spans: 4, old: 0 })).toEqual([])
    const mix = {
      spans: 10,
      http_old: 5,
      http_new: 5,
      db_old: 0,
      db_new: 0,
      sampled: 2,
      adjusted: 20,
      nameless: 1,
    }
    expect(conventions(mix).map(({ about }) => about)).toEqual([
      'HTTP names',
      'sampling',
      'service names',
    ])
    expect(
      traces({ spans: 10, traces: 2, copies: 1, orphans: 0, early: 0 }, 1, false)[0]!.advice,
    ).toContain('--dedupe')
    expect(
      traces({ spans: 10, traces: 2, copies: 0, orphans: 0, early: 0 }, 1, false)[0]!.state,
    ).toBe('ok')
    const odd = oddities({ spans: 10, kindless: 1, without_duration: 4 }, 7)
    expect(odd.map(({ about, found }) => `${about} ${found.slice(0, 5)}`)).toEqual([
      'durations 30.0%',
      'durations 10.0%',
      'kinds 10.0%',
    ])
    expect(oddities({ spans: 10, kindless: 0, without_duration: 0 }, undefined)).toEqual([])
    const bare = { TraceId: 'String', SpanAttributes: 'Map(LowCardinality(String), String)' }
    expect(lacking(seen(bare))).toEqual(['trace ids note', 'indexes note', 'indexes note'])
    const json = { TraceId: 'String', SpanAttributes: 'JSON' }
    expect(lacking(seen(json), { TraceId: 'bloom_filter' })).toEqual([
      'indexes ok',
      'trace ids note',
    ])
  })
})

describe('a table with other columns', () => {
  it('is reported with its missing columns', async () => {
    const columns = stripHeader(readQuery('internal/store/columns.sql'))
    const find = (database: string, version?: string) => {
      const sql = version ? columns.replace('version()', `'${version}'`) : columns
      return findSpansTable(
        asStore(session),
        { database, table: 'jobs' } as never,
        readSchemas,
        sql,
      )
    }
    await expect(find('other')).rejects.toThrow(/^not a spans table: other\.jobs .* lacks /)
    await expect(find('nowhere')).rejects.toThrow('no spans table: nowhere.jobs in the engine')
    await expect(find('other', '23.8.1.1')).rejects.toThrow(
      'runs ClickHouse 23.8.1.1; otrace needs 24.3 or later',
    )
  })
})

describe('otrace schema', () => {
  const described = (name: string, table = 'otel_traces') =>
    session.query(
      `SELECT name, type FROM system.columns WHERE database = '${name}' AND table = '${table}' ORDER BY position`,
      'TSV',
    )

  it("prints DDL that the engine accepts, with the collector's columns", async () => {
    const { stdout } = await runHere(['schema', '--database', 'printed', '--ttl', '480000h'])
    for (const statement of stdout.split(';\n')) if (statement.trim()) session.query(statement)
    session.query('CREATE DATABASE otel')
    for (const table of ['otel_traces', 'otel_logs']) {
      session.query(readFileSync(new URL(`collector/schema/${table}.sql`, packageRoot), 'utf8'))
      expect(described('printed', table)).toBe(described('otel', table))
    }
    expect(described('printed')).toContain('SpanAttributes')
    expect(stdout).toContain('TTL toDateTime(Timestamp) + toIntervalDay(20000)')
    store(session, 'otel-map-text', spans.slice(0, 50))
    session.query('INSERT INTO printed.otel_traces SELECT * FROM otel_map_text.otel_traces')
    expect(session.query('SELECT uniq(TraceId) FROM printed.otel_traces_trace_id_ts', 'TSV')).toBe(
      session.query('SELECT uniq(TraceId) FROM printed.otel_traces', 'TSV'),
    )
  })

  it('shards by trace on a cluster, and refuses an invalid engine', async () => {
    const { stdout } = await runHere(['schema', '--cluster', "it's"])
    expect(stdout).toContain("CREATE TABLE IF NOT EXISTS otel.otel_traces_local ON CLUSTER `it's`")
    expect(stdout).toContain(
      "ENGINE = Distributed('it\\'s', 'otel', 'otel_traces_local', cityHash64(TraceId))",
    )
    expect(stdout).toContain('ENGINE = ReplicatedAggregatingMergeTree\n')
    for (const engine of ['Memory', 'MergeTree() ORDER BY tuple()', 'MergeTree(x)']) {
      const refused = await runHere(['schema', '--engine', engine])
      expect(refused).toMatchObject({ exit: 2, stdout: '' })
      expect(refused.stderr).toContain(`--engine '${engine}' is not a MergeTree engine`)
    }
    expect((await runHere(['schema', '--ttl', 'soon'])).stderr).toContain(
      "--ttl 'soon' is not a duration",
    )
  })

  it('keeps every row until its retention ends', async () => {
    // Sums of a DateTime wrap around from 2106 to 1970.
    expect((await runHere(['schema', '--ttl', '36500d'])).stderr).toContain(
      "--ttl '36500d' is too long",
    )
    const { stdout } = await runHere(['schema', '--ttl', '21900d'])
    const [, kept] = /TTL toDateTime\(Timestamp\) \+ (.+)/.exec(stdout)!
    expect(session.query(`SELECT toDateTime('2026-11-22') + ${kept} > now()`, 'TSV')).toBe('1\n')
  })

  it.each([
    ["'/ch/{shard}/t','{replica}'", "'/ch/{shard}/t_trace_id_ts','{replica}'"],
    ["'/ch/{shard}/t/', '{replica}'", "'/ch/{shard}/t_trace_id_ts', '{replica}'"],
    ["'/ch/{shard}/{table}', '{replica}'", "'/ch/{shard}/{table}', '{replica}'"],
    ["'/ch/{shard}/{uuid}', '{replica}'", "'/ch/{shard}/{uuid}', '{replica}'"],
  ])('gives each table its own path: %s', async (given, lookup) => {
    const args = ['schema', '--cluster', 'c', '--engine', `ReplicatedMergeTree(${given})`]
    const engines = (await runHere(args)).stdout.match(/ENGINE = Replicated.*/g)
    expect(engines).toEqual([
      `ENGINE = ReplicatedMergeTree(${given})`,
      `ENGINE = ReplicatedAggregatingMergeTree(${lookup})`,
      `ENGINE = ReplicatedMergeTree(${lookup.replace('_trace_id_ts', '_logs')})`,
    ])
  })
})
