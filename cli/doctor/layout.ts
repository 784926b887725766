/** What the doctor makes of how the spans are stored: the table and its retention; pure, for `otrace doctor`. */
import type { Row } from '../render/renderer.ts'
import { formatUnit } from '../render/units.ts'
import { RETENTION_ADVICE, retentionText } from '../retention.ts'
import { askBelow, ofShards, quoted, type Stored } from '../stored.ts'
import type { Finding, Seen } from './findings.ts'

/** The table, and how it is read. `range` is `doctor/range.sql`. */
export function table(seen: Seen, stored: Stored, range: Row | undefined): Finding[] {
  const { profile, columns } = seen
  const needed = [...profile.needs.keys()].filter((column) => columns.has(column)).length
  return [
    size(seen, stored, range),
    {
      about: 'schema',
      state: 'ok',
      found: `${profile.name} (${profile.title}): it has all ${needed} columns and indexes that this schema needs`,
    },
    retention(seen, stored),
  ]
}

function size({ database, table: name }: Seen, stored: Stored, range: Row | undefined): Finding {
  const { row, below, shards, silent } = stored
  const over = below ? ` over ${below.database}.${below.table} on the cluster ${below.cluster}` : ''
  // A table without rows of its own is counted, which is right through whatever stands between.
  const count = row.rows ?? range?.spans
  const rows =
    count === undefined
      ? 'nobody can tell how many rows'
      : `${formatUnit(Number(count), 'short')} rows`
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
    found: `${found}; what they take on disk is not known here: ${why}`,
    advice: below ? askBelow('doctor', below) : NAME_BELOW,
  }
}

/** What to do about a view, whose rows otrace cannot follow. */
export const NAME_BELOW = 'name the table below it: otrace doctor --database … --table …'

/** The table to alter, as ALTER TABLE and CREATE TABLE name it; undefined for what cannot be altered so, such as a view. */
export function alterable({ database, table: name }: Seen, { row, below, shards }: Stored) {
  const engine = below ? (shards?.engine ?? 'MergeTree') : row.engine
  if (!/MergeTree$/.test(String(engine))) return undefined
  if (!below) return `${quoted(database)}.${quoted(name)}`
  return `${quoted(below.database)}.${quoted(below.table)} ON CLUSTER ${quoted(below.cluster)}`
}

function retention(seen: Seen, stored: Stored): Finding {
  const about = 'retention'
  if (seen.local) {
    return { about, state: 'ok', found: retentionText(seen.retention), advice: RETENTION_ADVICE }
  }
  const { row, below, shards } = stored
  const ttl = below ? shards?.ttl : row.ttl
  if (ttl) return { about, state: 'ok', found: String(ttl) }
  if (below && !shards) {
    const found = 'not known here: the tables below have it'
    return { about, state: 'note', found, advice: askBelow('doctor', below) }
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
    found: 'nothing is ever dropped',
    advice: `ALTER TABLE ${target} MODIFY TTL toDateTime(${time}) + INTERVAL 30 DAY`,
  }
}
