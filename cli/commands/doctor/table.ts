/** The doctor's checks of the spans table: size, schema and retention. */
import type { Row } from '../../result.ts'
import { RETENTION_ADVICE, retentionText } from '../../session/retention.ts'
import { adviseLocalTable, ofShards, quoted, type TableStats } from '../../session/table-stats.ts'
import { formatUnit, plural } from '../../units/units.ts'
import type { Check, Facts } from './checks.ts'

/** @param range the row of `internal/doctor/range.sql` */
export function table(seen: Facts, stored: TableStats, range: Row | undefined): Check[] {
  const { schema } = seen
  const needed = schema.needs.size
  return [
    size(seen, stored, range),
    {
      about: 'schema',
      state: 'ok',
      found: `${schema.name} (${schema.title}): all ${needed} required columns and indexes exist`,
    },
    retention(seen, stored),
  ]
}

function size({ database, table: name }: Facts, stored: TableStats, range: Row | undefined): Check {
  const { row, localTable: below, shards, unavailable: silent } = stored
  const over = below ? ` over ${below.database}.${below.table} on the cluster ${below.cluster}` : ''
  // The range query counts through views and Distributed tables, which have no rows.
  const count = row.rows ?? range?.spans
  const rows =
    count === undefined
      ? 'unknown number of rows'
      : plural(Number(count), 'row', 'rows', formatUnit(Number(count), 'short'))
  const found = `${database}.${name} (${row.engine}${over}): ${rows}`
  const { disk, uncompressed } = shards ?? row
  if (disk !== null && disk !== undefined) {
    const ratio = Number(uncompressed) / Number(disk)
    const compressed = ratio > 0 ? `, compressed ${Math.round(ratio * 10) / 10} times` : ''
    const on = shards ? ` on ${ofShards(shards)}` : ''
    const size = `${formatUnit(Number(disk), 'bytes')}${on}${compressed}`
    return { about: 'table', state: 'ok', found: `${found}, ${size}` }
  }
  const why = silent ?? `a ${shards?.engine ?? row.engine} has no parts`
  return {
    about: 'table',
    state: 'note',
    found: `${found}; size on disk unknown: ${why}`,
    advice: below ? adviseLocalTable('doctor', below) : NAME_BELOW,
  }
}

/** The fix for a view, whose source table otrace cannot find. */
export const NAME_BELOW = 'name the table below it: otrace doctor --database … --table …'

/** The table's name for ALTER TABLE; undefined for tables without one, such as a view. */
export function alterable(
  { database, table: name }: Facts,
  { row, localTable: below, shards }: TableStats,
) {
  const engine = below ? (shards?.engine ?? 'MergeTree') : row.engine
  if (!/MergeTree$/.test(String(engine))) return undefined
  if (!below) return `${quoted(database)}.${quoted(name)}`
  return `${quoted(below.database)}.${quoted(below.table)} ON CLUSTER ${quoted(below.cluster)}`
}

function retention(seen: Facts, stored: TableStats): Check {
  const about = 'retention'
  if (seen.local) {
    return { about, state: 'ok', found: retentionText(seen.retention), advice: RETENTION_ADVICE }
  }
  const { row, localTable: below, shards } = stored
  const ttl = below ? shards?.ttl : row.ttl
  if (ttl) return { about, state: 'ok', found: String(ttl) }
  if (below && !shards) {
    const found = 'unknown: set on the local tables'
    return { about, state: 'note', found, advice: adviseLocalTable('doctor', below) }
  }
  const target = alterable(seen, stored)
  if (target === undefined) {
    const found = `a ${shards?.engine ?? row.engine} drops nothing by itself: the tables below do, or do not`
    return { about, state: 'note', found, advice: NAME_BELOW }
  }
  const time = ['Timestamp', 'timestamp', 'start_time'].find((name) => seen.columns.has(name))
  return {
    about,
    state: 'note',
    found: 'unlimited: no TTL drops old spans',
    advice: `ALTER TABLE ${target} MODIFY TTL toDateTime(${time}) + INTERVAL 30 DAY`,
  }
}
