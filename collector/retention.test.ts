import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropOldDays } from './retention.ts'
import { openStore, type Store } from './store.ts'
import { createTables } from './tables.ts'

const directory = mkdtempSync(join(tmpdir(), 'otrace-retention-'))
const DAY_MS = 86_400_000
const NO_LIMIT = Number.POSITIVE_INFINITY
let store: Store

beforeAll(async () => {
  store = await openStore(directory)
  await createTables(store)
  for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) {
    await store.run(
      `INSERT INTO otel.otel_traces (Timestamp, TraceId) SELECT '${day} 12:00:00', toString(number) FROM numbers(1000)`,
    )
  }
  await store.run(
    `INSERT INTO otel.otel_logs (Timestamp, Body) VALUES ('2026-01-02 00:00:00', 'x')`,
  )
})
afterAll(() => {
  store.close()
  rmSync(directory, { recursive: true })
})

test('a day that came in late is kept as long as one that came in time', async () => {
  expect(await dropOldDays(store, { days: 7, maxBytes: NO_LIMIT }, new Date())).toEqual([])
  expect(await days()).toEqual(['2026-01-01', '2026-01-02', '2026-01-03'])
})

test('beyond the bytes the oldest days go, in every table, and the newest stays', async () => {
  const [{ bytes } = { bytes: 0 }] = await store.rows<{ bytes: number }>(
    "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = 'otel' AND active AND partition > '2026-01-01'",
  )
  const dropped = await dropOldDays(store, { days: 7, maxBytes: Number(bytes) }, new Date())
  expect(dropped.sort()).toEqual(['otel_traces 2026-01-01', 'otel_traces_trace_id_ts 2026-01-01'])
  await dropOldDays(store, { days: 7, maxBytes: 1 }, new Date())
  expect(await days()).toEqual(['2026-01-03'])
})

test('a day goes when it is over and nothing has come in for it for so long', async () => {
  expect(
    await dropOldDays(store, { days: 7, maxBytes: NO_LIMIT }, new Date(Date.now() + 6.9 * DAY_MS)),
  ).toEqual([])
  await dropOldDays(store, { days: 7, maxBytes: NO_LIMIT }, new Date(Date.now() + 7.1 * DAY_MS))
  expect(await days()).toEqual([])
})

async function days(): Promise<string[]> {
  const rows = await store.rows<{ day: string }>(
    'SELECT DISTINCT toDate(Timestamp) AS day FROM otel.otel_traces ORDER BY day',
  )
  return rows.map(({ day }) => day)
}
