/** What `otrace storage` tells beside its statement's answer: what the shards of a Distributed table take, whom the figures are from, how long is kept. */
import type { Asking } from './asking.ts'
import type { Row } from './render/renderer.ts'
import { RETENTION_ADVICE, retentionText } from './retention.ts'
import type { Result } from './store/store.ts'
import { askBelow, attempt, ofShards, readStored, type Stored } from './stored.ts'

interface Told {
  /** Fills the cells that `storage.sql` has to leave empty. */
  reshape(result: Result): Result
  /** To be said below the answer. */
  notes: string[]
}

/** Asks the shards where there are some; what nobody tells is said, never counted as 0. */
export async function tellStorage(asking: Asking): Promise<Told> {
  const stored = await attempt(readStored(asking))
  if (typeof stored === 'string') return { reshape: (result) => result, notes: [stored] }
  const fill = filler(stored)
  // Whoever asks how much is kept wants to know for how long.
  const kept = `${retentionText(asking.store.retention)}\n  → ${RETENTION_ADVICE}`
  const notes = [noteOn(stored), asking.store.local ? kept : undefined]
  return {
    reshape: (result) => ({ ...result, rows: mapped(result.rows, fill) }),
    notes: notes.filter((note) => note !== undefined),
  }
}

function filler({ shards }: Stored): (row: Row) => Row {
  if (!shards || shards.disk === null) return (row) => row
  const { disk = null, uncompressed = null, parts = null } = shards
  const per = (whole: Row[string], part: unknown) =>
    Math.round((Number(whole) / Math.max(Number(part), 1)) * 10) / 10
  return (row) => {
    const compression = per(uncompressed, disk)
    const all = { disk, uncompressed, compression, bytes_per_span: per(disk, row.rows), parts }
    const empty = Object.entries(all).filter(([name]) => row[name] === null)
    return { ...row, ...Object.fromEntries(empty) }
  }
}

function noteOn({ row, below, shards, silent }: Stored): string | undefined {
  const unknown = 'what the spans take on disk is not known here'
  if (below && shards && shards.disk !== null) {
    const { database, table, cluster } = below
    return `what ${database}.${table} takes on the cluster ${cluster}, on ${ofShards(shards)}`
  }
  if (below) {
    const why = silent ?? `${below.database}.${below.table} is a ${shards?.engine}`
    return `${unknown}: ${why}\n  → ${askBelow('storage', below)}`
  }
  if (row.rows !== null) return undefined
  const hint = 'name the table below it: otrace storage --database … --table …'
  return `${unknown}: a ${row.engine} has none of its own\n  → ${hint}`
}

async function* mapped(rows: AsyncIterable<Row>, fill: (row: Row) => Row): AsyncGenerator<Row> {
  for await (const row of rows) yield fill(row)
}
