/** Which days become one part, and when. */
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../test/folder.ts'
import { type Engine, openEngine } from './engine.ts'
import { createTables } from './tables.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const PARTS = `SELECT toUInt32(count()) AS parts FROM system.parts
  WHERE database = 'otel' AND table = 'otel_traces' AND active AND partition = '2026-01-01'`

async function within(isBrief: boolean, work: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = await openEngine(folder.path, undefined, isBrief)
  await work(engine).finally(() => engine.close())
}

test('a command merges nothing, a collector makes one part of a day to which nothing came', async () => {
  await within(false, async (engine) => {
    await createTables(engine)
    await engine.run("ALTER TABLE otel.otel_traces DROP PARTITION '2026-01-01'")
    for (const id of ['a', 'b', 'c'])
      await engine.run(
        `INSERT INTO otel.otel_traces (Timestamp, TraceId) SELECT '2026-01-01 12:00:00', '${id}'`,
      )
  })
  await within(true, async (engine) => {
    const merge = 'OPTIMIZE TABLE otel.otel_traces FINAL'
    await expect(engine.run(merge)).rejects.toThrow(/ABORTED/)
    expect(await engine.rows(PARTS)).toEqual([{ parts: 3 }])
  })
  await within(false, async (engine) => {
    const others = await engine.rows<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = 'otel' AND engine LIKE '%MergeTree'
         AND NOT (engine_full LIKE '%min_age_to_force_merge_seconds = 21600%'
           AND engine_full LIKE '%min_age_to_force_merge_on_partition_only = 1%')`,
    )
    expect(others).toEqual([])
    // As after six hours.
    const soon = 'MODIFY SETTING min_age_to_force_merge_seconds = 1'
    await engine.run(`ALTER TABLE otel.otel_traces ${soon}`)
    await expect.poll(() => engine.rows(PARTS), { timeout: 60_000 }).toEqual([{ parts: 1 }])
    await createTables(engine)
  })
})
