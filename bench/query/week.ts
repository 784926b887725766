/** A store with a week of spans, and a collector over it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readAddressFile } from '../../collector/address-file.ts'
import { openEngine } from '../../collector/engine/engine.ts'
import { createTables } from '../../collector/engine/tables.ts'
import { packageRoot } from '../../package.ts'

/** The built command. */
export const BINARY = fileURLToPath(new URL('dist/cli/main.js', packageRoot))
/** Nanoseconds. */
export const WEEK = 604_800_000_000_000n
/** The end of the spans, so that a kept directory is asked for the same windows. */
export const NOW = '2026-11-01T00:00:00Z'
const START = BigInt(Date.parse(NOW)) * 1_000_000n - WEEK
export const SPANS_PER_TRACE = 22
/** Makes `traces` traces, the first of which is `first`, at times of the whole week. */
export const INSERT = readFileSync(new URL('spans.sql', import.meta.url), 'utf8')

/**
 * Stores spans in batches of traces, each day in one part. A later run goes on where another stopped.
 * @param spans how many there are at the end, at least
 */
export async function fillWeek(
  folder: string,
  { spans, traces, insert = INSERT }: { spans: number; traces: number; insert?: string },
): Promise<void> {
  const engine = await openEngine(join(folder, 'clickhouse'))
  await createTables(engine)
  const session = engine.session()
  session.query('USE otel')
  const [row] = await engine.rows<{ spans: number }>(
    'SELECT count() AS spans FROM otel.otel_traces',
  )
  for (let first = row!.spans / SPANS_PER_TRACE; first * SPANS_PER_TRACE < spans; first += traces) {
    session.queryBind(insert, { first, traces, start: String(START) })
  }
  // As a collector has them six hours after a day's last span.
  const tables = await engine.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'otel' AND engine LIKE '%MergeTree'",
  )
  for (const { name } of tables)
    session.query(`OPTIMIZE TABLE otel.${name} FINAL SETTINGS optimize_skip_merged_partitions = 1`)
  session.close()
  await engine.close()
}

/** Starts the built collector on free ports, and waits until it is ready. */
export async function startCollector(folder: string): Promise<ChildProcess> {
  const ports = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
  const args = [BINARY, 'up', '--data', folder, '--retention', '36500d', ...ports]
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  while (readAddressFile(folder)?.pid !== child.pid) await sleep(50)
  return child
}
