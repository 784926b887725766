/** Days dropped by age and by size. */
import { expect, test } from 'vitest'
import { filledEngine } from '../../test/filled-engine.ts'
import type { Engine } from './engine.ts'
import { dropOldDays, settledClock } from './retention.ts'
import { createTables } from './tables.ts'

const DAY_MS = 86_400_000
const NO_LIMIT = Number.POSITIVE_INFINITY
let engine: Engine
filledEngine(fill)

async function fill(opened: Engine): Promise<void> {
  engine = opened
  await createTables(engine)
  for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) {
    await engine.run(
      `INSERT INTO otel.otel_traces (Timestamp, TraceId) SELECT '${day} 12:00:00', toString(number) FROM numbers(1000)`,
    )
  }
  await engine.run(
    `INSERT INTO otel.otel_logs (Timestamp, Body) VALUES ('2026-01-02 00:00:00', 'x')`,
  )
}

test('late rows are kept as long as timely ones', async () => {
  expect(await dropOldDays(engine, { days: 7, maxBytes: NO_LIMIT }, new Date())).toEqual([])
  expect(await days()).toEqual(['2026-01-01', '2026-01-02', '2026-01-03'])
})

test('beyond the size limit the oldest days of every table are dropped, never the newest', async () => {
  const [{ bytes } = { bytes: 0 }] = await engine.rows<{ bytes: number }>(
    "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = 'otel' AND active AND partition > '2026-01-01'",
  )
  const dropped = await dropOldDays(engine, { days: 7, maxBytes: Number(bytes) }, new Date())
  // What belongs to spans goes after them.
  expect(dropped).toEqual([
    'otel_traces 2026-01-01',
    'otel_traces_facts 2026-01-01',
    'otel_traces_trace_id_ts 2026-01-01',
  ])
  await dropOldDays(engine, { days: 7, maxBytes: 1 }, new Date())
  expect(await days()).toEqual(['2026-01-03'])
})

test('merged parts still on the disk count', async () => {
  for (const day of ['2026-01-03', '2026-01-04'])
    for (let i = 0; i < 3; i++)
      await engine.run(
        `INSERT INTO otel.otel_traces (Timestamp, TraceId) SELECT '${day} 12:00:00', toString(number) FROM numbers(1000)`,
      )
  await engine.run('OPTIMIZE TABLE otel.otel_traces FINAL')
  const [{ bytes } = { bytes: 0 }] = await engine.rows<{ bytes: number }>(
    "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = 'otel' AND active",
  )
  await dropOldDays(engine, { days: 7, maxBytes: Number(bytes) }, new Date())
  expect(await days()).toEqual(['2026-01-04'])
})

test('a day is dropped after its end and its last row are old enough', async () => {
  expect(
    await dropOldDays(engine, { days: 7, maxBytes: NO_LIMIT }, new Date(Date.now() + 6.9 * DAY_MS)),
  ).toEqual([])
  await dropOldDays(engine, { days: 7, maxBytes: NO_LIMIT }, new Date(Date.now() + 7.1 * DAY_MS))
  expect(await days()).toEqual([])
})

test('failed spans go with their day, whenever both were merged', async () => {
  const failed = 'otel_traces_failures 2026-01-05'
  await engine.run(
    `INSERT INTO otel.otel_traces (Timestamp, TraceId, StatusCode) SELECT '2026-01-05 12:00:00', 'a', 'Error'`,
  )
  const limits = { days: 7, maxBytes: NO_LIMIT }
  const later = new Date(Date.now() + 7_200_000)
  expect(await dropOldDays(engine, limits, later)).toEqual([])
  await engine.run("ALTER TABLE otel.otel_traces DROP PARTITION '2026-01-05'")
  expect(await dropOldDays(engine, limits, new Date())).toEqual([])
  expect(await dropOldDays(engine, limits, later)).toEqual([failed])
})

test('a clock that jumps forward counts after an hour, and one that goes back at once', () => {
  const HOUR = 3_600_000
  let [wall, steady] = [1_790_000_000_000, 5]
  const clock = settledClock(
    () => wall,
    () => steady,
  )
  const behind = (ms: number, jump = 0) => {
    wall += ms + jump
    steady += ms
    return wall - clock().getTime()
  }
  expect(behind(0)).toBe(0)
  expect(behind(60_000, 30 * DAY_MS)).toBe(30 * DAY_MS)
  expect(behind(HOUR / 2)).toBe(30 * DAY_MS)
  expect(behind(HOUR / 2)).toBe(0)
  expect(behind(60_000, -DAY_MS)).toBe(0)
})

async function days(): Promise<string[]> {
  const rows = await engine.rows<{ day: string }>(
    'SELECT DISTINCT toDate(Timestamp) AS day FROM otel.otel_traces ORDER BY day',
  )
  return rows.map(({ day }) => day)
}
