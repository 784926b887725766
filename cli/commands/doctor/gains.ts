/** Savings of possible indexes: granules that queries read, and granules with matches. */
import { type BoundQuery, withoutSimpler } from '../../query/compose/bound-query.ts'
import { compose } from '../../query/compose/compose.ts'
import type { Filters } from '../../query/filters.ts'
import { builtInQuery, quietRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'
import { orRefusal, type TableStats } from '../../session/table-stats.ts'
import { formatUnit } from '../../units/units.ts'
import { type Check, number, share } from './checks.ts'

/** An index is worth a note if it leaves out this share of the granules that are read. */
const WORTH = 0.3
/** Fewer granules are read in no time. */
const LEAST_GRANULES = 16

/** What queries look for, by the columns of `internal/doctor/granules.sql`. */
const RARE = {
  requests: { what: 'requests (slow, services, journey)', where: 'is_entry' },
  errors: { what: 'failed spans (errors, --error)', where: 'is_error' },
  sampled: { what: 'sampled spans, which every count looks for', filter: 'sampled-by-state' },
} as const

/** A count alone would read no granule. */
const READ = 'SELECT max(span_id) FROM spans'

/** Settings with which EXPLAIN counts what skip indexes leave out. */
const COUNTED = { use_skip_indexes_on_data_read: 0, use_query_condition_cache: 0 }

/**
 * Notes about indexes that the table lacks, measured on the window. None for other tables than those of the
 * OpenTelemetry exporter, and for Distributed ones, whose shards read.
 */
export async function gains(session: Session, { row, localTable }: TableStats): Promise<Check[]> {
  const { source, columns, store } = session
  const own = ['TraceId', 'SpanKind', 'StatusCode', 'TraceState'].every((name) => columns.has(name))
  if (store.local || localTable || !own || !/MergeTree$/.test(String(row.engine))) return []
  const reads = await estimate(session, READ)
  if (reads.marks < LEAST_GRANULES) return []
  const given = { granule: Math.max(1, Math.round(reads.rows / reads.marks)) }
  const query = builtInQuery('internal/doctor/granules.sql', given, source)
  const rows = await orRefusal(quietRows(session, withoutSimpler(query)))
  if (typeof rows === 'string') return []
  const checks: Check[] = []
  for (const [name, rare] of Object.entries(RARE)) {
    const { marks } = await estimate(session, ...statementFor(rare))
    const holding = number(rows[0]?.[name])
    if (marks < LEAST_GRANULES || holding > marks * (1 - WORTH)) continue
    checks.push({
      about: 'index to add',
      state: 'note',
      found: `for ${rare.what}, ${share(marks, reads.marks)} of the granules of the window are read, and ${share(holding, reads.marks)} hold one: an index saves up to ${formatUnit((marks - holding) * given.granule, 'short')} of ${formatUnit(marks * given.granule, 'short')} rows`,
      advice: `otrace schema --additions --schema ${source.schema.name} --database ${source.database} --table ${source.table} prints it`,
    })
  }
  return checks
}

type Rare = { where: string } | { filter: 'sampled-by-state' }

function statementFor(rare: Rare): [sql: string, filters?: Filters] {
  if ('where' in rare) return [`${READ} WHERE ${rare.where}`]
  const conditions = [{ filter: rare.filter }]
  return [READ, { conditions, traceConditions: [] }]
}

/** What a statement over the window would read: rows and granules. */
async function estimate(
  session: Session,
  sql: string,
  filters: Filters = { conditions: [], traceConditions: [] },
): Promise<{ rows: number; marks: number }> {
  const source = { ...session.source, filters, weighted: false, crossing: false }
  const query: BoundQuery = compose(sql, {}, source)
  const rows = await orRefusal(
    quietRows(session, {
      sql: `EXPLAIN ESTIMATE ${query.sql}`,
      params: query.params,
      settings: { ...query.settings, ...COUNTED },
    }),
  )
  const found = typeof rows === 'string' ? [] : rows
  const sum = (column: string) => found.reduce((all, one) => all + number(one[column]), 0)
  return { rows: sum('rows'), marks: sum('marks') }
}
