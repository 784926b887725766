/** What is derived from spans is written again after a restart of the machine. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { filledEngine } from '../../test/filled-engine.ts'
import type { Engine } from './engine.ts'
import { createTables, hasTables, schemaFile } from './tables.ts'

let engine: Engine
const folder = filledEngine(fill)
const MARK = `${folder}/facts-complete`

async function fill(opened: Engine): Promise<void> {
  engine = opened
  rmSync(MARK, { force: true })
  await createTables(engine)
  await engine.run(
    `INSERT INTO otel.otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, TraceState, StatusCode)
     SELECT toDateTime64('2026-11-17 12:02:00', 9, 'UTC') + INTERVAL number HOUR, hex(number), hex(number), 'shop',
       'work', 'Server', if(number = 1, 'ot=th:8', ''), if(number % 10 = 0, 'Error', 'Unset')
     FROM numbers(40)`,
  )
}

const kept = () =>
  engine.rows<{ sampled: number; failed: number; traces: string[] }>(
    `SELECT
       (SELECT toUInt32(count()) FROM otel.otel_traces_facts FINAL WHERE Sampled) AS sampled,
       (SELECT toUInt32(count()) FROM otel.otel_traces_failures) AS failed,
       (SELECT arraySort(groupArray(concat(TraceId, ' ', toString(Start), ' ', toString(End))))
        FROM otel.otel_traces_trace_id_ts FINAL) AS traces`,
  )

/** As if the mark were of another start of the machine, with the same definitions. */
function restartMachine(): void {
  const [, ...definitions] = readFileSync(MARK, 'utf8').split(' ')
  writeFileSync(MARK, [Date.parse('2026-01-01'), ...definitions].join(' '))
}

test('facts, times of traces and failed spans are written again after a restart of the machine', async () => {
  const before = await kept()
  expect(before[0]!.sampled).toBeGreaterThan(0)
  expect(before[0]).toMatchObject({ failed: 4, traces: { length: 40 } })
  await engine.run('TRUNCATE TABLE otel.otel_traces_facts')
  await engine.run('TRUNCATE TABLE otel.otel_traces_trace_id_ts')
  await engine.run('TRUNCATE TABLE otel.otel_traces_failures')
  await createTables(engine)
  expect(await kept()).toEqual([{ sampled: 0, failed: 0, traces: [] }])
  restartMachine()
  await createTables(engine)
  expect(await kept()).toEqual(before)
})

test('the table of failed spans of a new store is as one made of an old store', async () => {
  const definition = () =>
    engine.rows(
      `SELECT create_table_query AS query FROM system.tables
       WHERE database = 'otel' AND name = 'otel_traces_failures'`,
    )
  const made = await definition()
  expect(made).toHaveLength(1)
  rmSync(MARK)
  await engine.run('DROP TABLE otel.otel_traces_failures SYNC')
  await createTables(engine)
  expect(await definition()).toEqual(made)
})

test.each(['lacks a column', 'means something else'])(
  'facts are made again, and those of later spans, if an earlier version %s',
  async (difference) => {
    const before = await kept()
    await engine.run('DROP VIEW otel.otel_traces_facts_mv')
    if (difference === 'lacks a column') {
      await engine.run('ALTER TABLE otel.otel_traces_facts DROP COLUMN Ordinary')
    } else {
      const other = schemaFile('facts_of_traces.sql').replace('Duration < 50000000', 'Duration > 0')
      await engine.run(
        `CREATE MATERIALIZED VIEW otel.otel_traces_facts_mv TO otel.otel_traces_facts AS ${other}`,
      )
    }
    // It wrote the time alone.
    writeFileSync(MARK, readFileSync(MARK, 'utf8').split(' ')[0]!)
    await createTables(engine)
    expect(await kept()).toEqual(before)
    await engine.run(
      `INSERT INTO otel.otel_traces (Timestamp, ServiceName, SpanName, Duration, StatusCode)
       SELECT '2026-11-17 12:02:00', 'late', 'work', 60000000, 'Unset'`,
    )
    const ordinary = `SELECT ServiceName AS service, max(Ordinary) AS ordinary FROM otel.otel_traces_facts
       GROUP BY service ORDER BY service`
    expect(await engine.rows(ordinary)).toEqual([
      { service: 'late', ordinary: 0 },
      { service: 'shop', ordinary: 1 },
    ])
  },
)

test('a command leaves the tables as they are, unless one is gone or the machine restarted', async () => {
  expect(await hasTables(engine)).toBe(true)
  await engine.run('DROP TABLE otel.otel_traces_facts SYNC')
  expect(await hasTables(engine)).toBe(false)
  await createTables(engine)
  expect(await hasTables(engine)).toBe(true)
  restartMachine()
  expect(await hasTables(engine)).toBe(false)
  await createTables(engine)
  rmSync(`${folder}/tables-made`)
  expect(await hasTables(engine)).toBe(false)
})
