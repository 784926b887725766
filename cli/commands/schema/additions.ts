/** `otrace schema --additions`: indexes and a lookup table for an existing spans table. */
import { usage } from '../../errors.ts'
import { readSql } from '../../query/files.ts'
import { paste } from '../../query/marks.ts'
import { name } from './names.ts'

export interface AddedTo {
  database: string
  /** The table with the rows: of a cluster, the local one. */
  table: string
  /** The name of a file in `queries/spans/`. */
  schema: string
  cluster?: string | undefined
  /** Of the lookup table. */
  engine: string
  /** A TTL clause of the lookup table, or nothing. */
  ttl: string
}

/** Schemas of the OpenTelemetry exporter's table, and whether `key=value` lacks an index there. */
const SCHEMAS: Record<string, { items: boolean }> = {
  'otel-map': { items: true },
  'otel-map-2023': { items: true },
  'otel-map-text': { items: false },
  'otel-json': { items: false },
  clickstack: { items: false },
  'clickstack-compat': { items: true },
}

/** @throws OtraceError (exit 2) for a schema whose tables these statements don't fit */
export function additions({ database, table, schema, cluster, engine, ttl }: AddedTo): string {
  const known = SCHEMAS[schema]
  if (!known) {
    throw usage(
      `--additions do not fit the schema ${schema}`,
      `they are for tables of the OpenTelemetry exporter: --schema ${Object.keys(SCHEMAS).join(', ')}`,
    )
  }
  const files = [
    'additions',
    ...(known.items ? ['additions-map'] : []),
    'additions-lookup',
    'additions-stored',
    ...(known.items ? ['additions-map-stored'] : []),
  ]
  return paste(files.map((file) => readSql(`internal/schema/${file}.sql`)).join('\n\n'), {
    database: name(database),
    table: name(table),
    lookup: name(`${table}_trace_id_ts`),
    view: name(`${table}_trace_id_ts_mv`),
    on_cluster: cluster === undefined ? '' : ` ON CLUSTER ${name(cluster)}`,
    lookup_engine: engine,
    lookup_ttl: ttl,
  })
}
