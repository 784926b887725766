/** The tables of collector/schema, made where they are missing; for main.ts and load.ts. */
import { readFileSync } from 'node:fs'
import { packageRoot } from '../package.ts'
import type { Signal } from './otlp/proto.ts'
import type { Store } from './store.ts'

/** What each signal's spool files are loaded into. */
export const TABLES = {
  traces: ['otel_traces'],
  logs: ['otel_logs'],
  metrics: [
    'otel_metrics_gauge',
    'otel_metrics_sum',
    'otel_metrics_histogram',
    'otel_metrics_exponential_histogram',
    'otel_metrics_summary',
  ],
} as const satisfies Record<Signal, readonly string[]>

const DEFINITIONS = [
  'otel_traces',
  'otel_traces_trace_id_ts',
  'otel_traces_trace_id_ts_mv',
  ...TABLES.logs,
  ...TABLES.metrics,
]

/** Makes what a store needs; quick when it is all there. */
export async function createTables(store: Store): Promise<void> {
  await store.run('CREATE DATABASE IF NOT EXISTS otel')
  for (const statement of schemaFile('functions.sql').split(/;\n/)) {
    if (statement.trim()) await store.run(statement)
  }
  for (const name of DEFINITIONS) await store.run(schemaFile(`${name}.sql`))
}

/** The text of a file in collector/schema. */
export function schemaFile(name: string): string {
  return readFileSync(new URL(`collector/schema/${name}`, packageRoot), 'utf8')
}
