/** The doctor's checks of the lookup table and the skip indexes. */
import { adviseLocalTable, quoted, type TableStats } from '../../session/table-stats.ts'
import type { Check, Facts } from './checks.ts'
import { alterable, NAME_BELOW } from './table.ts'

/** Expression of a skip index → its type. */
export type Indexes = ReadonlyMap<string, string>

/**
 * Existing indexes and missing ones.
 * @param found the indexes, or the reason they are unknown
 * @param unread the system table that the user may not read
 */
export function indexes(
  seen: Facts,
  stored: TableStats,
  found: Indexes | string,
  unread?: string,
): Check[] {
  const about = 'indexes'
  const lookup = lookupTable(seen, stored, found)
  if (typeof found === 'string') {
    const advice = unread
      ? `GRANT SELECT ON ${unread} TO the user of otrace, which speeds up selective filters`
      : stored.localTable
        ? adviseLocalTable('doctor', stored.localTable)
        : NAME_BELOW
    return [...lookup, { about, state: 'note', found: `unknown: ${found}`, advice }]
  }
  const missing = [
    ...lookup,
    ...onTraceIds(seen, stored, found),
    ...onAttributes(seen, stored, found),
  ]
  const all = [...found].map(([on, type]) => `${on} ${type}`).join(', ')
  if (all !== '') return [{ about, state: 'ok', found: all }, ...missing]
  if (missing.some((each) => each.about === about)) return missing
  return [{ about, state: 'ok', found: 'none needed' }, ...missing]
}

const idColumn = ({ columns }: Facts) => (columns.has('TraceId') ? 'TraceId' : 'trace_id')
const named = (column: string) => new RegExp(`\\b${column}\\b`)
const isSorted = (seen: Facts, { row, localTable: below, shards }: TableStats) =>
  new RegExp(`^\\W*${idColumn(seen)}\\b`).test(String((below ? shards : row)?.sorting_key ?? ''))

/** The lookup table of a trace's time range, in schemas that have one. */
function lookupTable(seen: Facts, stored: TableStats, found: Indexes | string): Check[] {
  const { columns, local, table } = seen
  if (!columns.has('TraceId') || Number(stored.row.lookups) > 0) return []
  const indexed =
    typeof found !== 'string' && [...found.keys()].some((on) => named('TraceId').test(on))
  const by = isSorted(seen, stored)
    ? 'by the order of the table'
    : indexed
      ? 'by the skip index alone'
      : typeof found === 'string'
        ? 'by the indexes of the local tables'
        : 'by reading every span'
  return [
    {
      about: 'trace ids',
      state: 'note',
      found: `there is no lookup table ${table}_trace_id_ts: a trace is found ${by}`,
      advice: local ? 'restart otrace up to create it' : lookupAdvice(seen, stored),
    },
  ]
}

function onTraceIds(seen: Facts, stored: TableStats, found: Indexes): Check[] {
  const column = idColumn(seen)
  if ([...found.keys()].some((on) => named(column).test(on)) || isSorted(seen, stored)) return []
  const otherwise =
    Number(stored.row.lookups) > 0
      ? 'spans outside the lookup table need a full scan'
      : 'finding a trace scans every span'
  return [
    {
      about: 'indexes',
      state: 'note',
      found: `none on trace ids: ${otherwise}`,
      advice: seen.local
        ? 'otrace up with a new --data creates a table with it'
        : addIndex(seen, stored, 'idx_trace_id', column, 'bloom_filter(0.001)'),
    },
  ]
}

function lookupAdvice({ database, table }: Facts, { row, localTable: below }: TableStats): string {
  if (below) {
    const [cluster, under] = [quoted(below.cluster), `${below.table}_trace_id_ts`]
    const local = `${quoted(below.database)}.${quoted(under)}`
    return `CREATE TABLE ${quoted(database)}.${quoted(`${table}_trace_id_ts`)} ON CLUSTER ${cluster} AS ${local} ENGINE = Distributed(${cluster}, ${quoted(below.database)}, ${quoted(under)}, cityHash64(TraceId)); where there is no ${local}, otrace schema --cluster ${cluster} prints it and the view that fills it`
  }
  if (/MergeTree$/.test(String(row.engine))) {
    return 'otrace schema prints the lookup table and the view that fills it'
  }
  return 'a view of that name will do: put one over the lookup table of the table below'
}

/** Expressions of indexes that speed up an equality on any attribute. */
const ON_ATTRIBUTES = /^(?:map(?:Keys|Values)\(`?SpanAttributes`?\)|SpanAttribute(?:s|Items))$/

function onAttributes(seen: Facts, stored: TableStats, found: Indexes): Check[] {
  // Other schemas have no index on attributes that a query could use.
  if (!seen.columns.get('SpanAttributes')?.startsWith('Map(')) return []
  if ([...found.keys()].some((on) => ON_ATTRIBUTES.test(on))) return []
  return [
    {
      about: 'indexes',
      state: 'note',
      found: 'none on attributes: --attr key=value reads every span of the window',
      advice: seen.local
        ? 'the local table omits them for faster inserts; --service, --name or a shorter window read less'
        : addIndex(
            seen,
            stored,
            'idx_span_attr_key',
            'mapKeys(SpanAttributes)',
            'bloom_filter(0.01)',
          ),
    },
  ]
}

function addIndex(seen: Facts, stored: TableStats, name: string, on: string, type: string): string {
  const target = alterable(seen, stored)
  if (target === undefined) return NAME_BELOW
  return `ALTER TABLE ${target} ADD INDEX ${name} ${on} TYPE ${type} GRANULARITY 1; then MATERIALIZE INDEX ${name} for existing spans`
}
