/** What the doctor makes of the ways to find few spans among many: lookup table and skip indexes; pure, for `otrace doctor`. */
import { askBelow, quoted, type Stored } from '../stored.ts'
import type { Finding, Seen } from './findings.ts'
import { alterable, NAME_BELOW } from './layout.ts'

/** What a skip index is on → its type. */
export type Indexes = ReadonlyMap<string, string>

/** Those that the columns name, `index:<what it is on>`. */
export function indexesOf(columns: Seen['columns']): Indexes {
  return new Map(
    [...columns]
      .filter(([column]) => column.startsWith('index:'))
      .map(([column, type]) => [column.slice('index:'.length), type]),
  )
}

/**
 * The indexes that help, and those that would.
 * @param found or why nobody tells
 * @param unread the table that the user may not read for it
 */
export function indexes(
  seen: Seen,
  stored: Stored,
  found: Indexes | string,
  unread?: string,
): Finding[] {
  const about = 'indexes'
  const lookup = lookupTable(seen, stored, found)
  if (typeof found === 'string') {
    const advice = unread
      ? `GRANT SELECT ON ${unread} TO the user of otrace, which then finds few spans more quickly`
      : stored.below
        ? askBelow('doctor', stored.below)
        : NAME_BELOW
    return [...lookup, { about, state: 'note', found: `not known here: ${found}`, advice }]
  }
  const missing = [
    ...lookup,
    ...onTraceIds(seen, stored, found),
    ...onAttributes(seen, stored, found),
  ]
  const all = [...found].map(([on, type]) => `${on} ${type}`).join(', ')
  if (all !== '') return [{ about, state: 'ok', found: all }, ...missing]
  if (missing.some((each) => each.about === about)) return missing
  return [{ about, state: 'ok', found: 'none, and none is missed' }, ...missing]
}

const idColumn = ({ columns }: Seen) => (columns.has('TraceId') ? 'TraceId' : 'trace_id')
const named = (column: string) => new RegExp(`\\b${column}\\b`)
const isSorted = (seen: Seen, { row, below, shards }: Stored) =>
  new RegExp(`^\\W*${idColumn(seen)}\\b`).test(String((below ? shards : row)?.sorting_key ?? ''))

/** The table that tells when a trace was, of the layouts that have one. */
function lookupTable(seen: Seen, stored: Stored, found: Indexes | string): Finding[] {
  const { columns, local, table } = seen
  if (!columns.has('TraceId') || Number(stored.row.lookups) > 0) return []
  const indexed =
    typeof found !== 'string' && [...found.keys()].some((on) => named('TraceId').test(on))
  const by = isSorted(seen, stored)
    ? 'by the order of the table'
    : indexed
      ? 'by the skip index alone'
      : typeof found === 'string'
        ? 'by what the tables below have for it'
        : 'by reading every span'
  return [
    {
      about: 'trace ids',
      state: 'note',
      found: `there is no lookup table ${table}_trace_id_ts: a trace is found ${by}`,
      advice: local ? 'otrace up makes it when it starts' : lookupAdvice(seen, stored),
    },
  ]
}

function onTraceIds(seen: Seen, stored: Stored, found: Indexes): Finding[] {
  const column = idColumn(seen)
  if ([...found.keys()].some((on) => named(column).test(on)) || isSorted(seen, stored)) return []
  const otherwise =
    Number(stored.row.lookups) > 0
      ? 'what the lookup table does not know of a trace is looked for in every span'
      : 'a trace is looked for in every span'
  return [
    {
      about: 'indexes',
      state: 'note',
      found: `none on trace ids: ${otherwise}`,
      advice: seen.local
        ? 'otrace up with a new --data makes a table that has it'
        : addIndex(seen, stored, 'idx_trace_id', column, 'bloom_filter(0.001)'),
    },
  ]
}

function lookupAdvice({ database, table }: Seen, { row, below }: Stored): string {
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

/** Indexes of which an equality on any attribute makes use, by what they are on. */
const ON_ATTRIBUTES = /^(?:map(?:Keys|Values)\(`?SpanAttributes`?\)|SpanAttribute(?:s|Items))$/

function onAttributes(seen: Seen, stored: Stored, found: Indexes): Finding[] {
  // Of the others' layouts none has an index that a question would use.
  if (!seen.columns.get('SpanAttributes')?.startsWith('Map(')) return []
  if ([...found.keys()].some((on) => ON_ATTRIBUTES.test(on))) return []
  return [
    {
      about: 'indexes',
      state: 'note',
      found: 'none on attributes: --attr key=value reads every span of the window',
      advice: seen.local
        ? 'the local table goes without them to take spans in quickly; --service, --name and a shorter window read less'
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

function addIndex(seen: Seen, stored: Stored, name: string, on: string, type: string): string {
  const target = alterable(seen, stored)
  if (target === undefined) return NAME_BELOW
  return `ALTER TABLE ${target} ADD INDEX ${name} ${on} TYPE ${type} GRANULARITY 1; the same with MATERIALIZE INDEX ${name} for what is stored already`
}
