/** The collector's own spans table as this version makes it, in most stores. */
import type { Schema } from '../query/schema.ts'
import type { SpansTable } from '../store/spans-table.ts'

/**
 * The table, with facts as of most stores: every span is stored, and kinds tell the requests. A guess that needs no
 * answer; undefined without its schema.
 */
export function usualTable(schemas: Schema[]): SpansTable | undefined {
  const schema = schemas.find(({ name }) => name === 'otrace')
  if (!schema?.failures) return undefined
  return {
    database: 'otel',
    table: 'otel_traces',
    schema,
    columns: schema.needs,
    indexes: new Map(),
    siblingTables: new Set(['otel_traces_trace_id_ts', schema.failures, 'otel_logs']),
    settings: { use_statistics: 0 },
    distributed: false,
    facts: {
      sampled: false,
      crossing: false,
      bareNames: false,
      extremes: false,
      firstSlot: 0,
      lastSlot: 0,
      partial: false,
      failures: true,
      repeated: false,
      repeats: { first: 0, last: 0 },
    },
  }
}
