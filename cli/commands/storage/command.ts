/** `otrace storage`: the size of the spans table on disk. */

import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { FILTER_FLAGS } from '../../options/filters.ts'
import { addQueryFlags, readOptions } from '../../options/options.ts'
import { describeQuery } from '../../options/query-params.ts'
import { withoutFlags } from '../../options/unused.ts'
import { WINDOW_FLAGS } from '../../options/window.ts'
import { compose } from '../../query/compose/compose.ts'
import type { Query } from '../../query/query-file.ts'
import type { Row } from '../../result.ts'
import { withSession } from '../../session/open.ts'
import { printResult } from '../../session/print.ts'
import { RETENTION_ADVICE, retentionText } from '../../session/retention.ts'
import type { Session } from '../../session/session.ts'
import {
  adviseLocalTable,
  ofShards,
  orRefusal,
  readTableStats,
  type TableStats,
} from '../../session/table-stats.ts'
import { mapRows, type Result } from '../../store/client.ts'

/** @param query the built-in `queries/storage.sql` */
export function storageCommand(query: Query, context: Context): Command {
  const command = new Command(query.name).summary(query.title).description(describeQuery(query))
  addQueryFlags(command)
  addExamples(command, query.examples, query.next)
  const why = 'has nothing to apply to: the result is about the whole table'
  withoutFlags(command, [...FILTER_FLAGS, ...WINDOW_FLAGS, 'fullIds'], why, 'leave it out')
  return command.action(async () => {
    const options = readOptions(command.opts(), context, { allTime: true })
    await withSession(options, context, async (session) => {
      const { title, panel, units } = query
      const look = { title, panel, units }
      const composed = compose(query.sql, {}, session.source)
      if (options.output.sql) return printResult(session, composed, look)
      const described = describe(session)
      // Its error counts where it is awaited, which an error of the query may prevent.
      described.catch(() => {})
      // A user of another server may not run two statements at once.
      if (!session.store.local || options.output.verbose) await described
      const reshape = async (result: Result) => (await described).reshape?.(result) ?? result
      await printResult(session, composed, { ...look, reshape })
      for (const note of (await described).notes) context.say(note)
    })
  })
}

interface Description {
  /** Fills the cells that `storage.sql` leaves empty. */
  reshape?: (result: Result) => Result
  notes: string[]
}

/** Includes the shards of a Distributed table; unknown sizes become notes, never 0. */
async function describe(session: Session): Promise<Description> {
  const stats = await orRefusal(readTableStats(session))
  if (typeof stats === 'string') return { notes: [stats] }
  const fill = filler(stats)
  const kept = `${retentionText(session.store.retention)}\n  → ${RETENTION_ADVICE}`
  const notes = [noteOn(stats), session.store.local ? kept : undefined]
  return {
    reshape: fill && ((result) => mapRows(result, fill)),
    notes: notes.filter((note) => note !== undefined),
  }
}

function filler({ shards }: TableStats): ((row: Row) => Row) | undefined {
  if (!shards || shards.disk === null) return undefined
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

function noteOn({ row, localTable, shards, unavailable }: TableStats): string | undefined {
  const unknown = 'the size on disk is not known here'
  if (localTable && shards && shards.disk !== null) {
    const { database, table, cluster } = localTable
    return `the size of ${database}.${table} on the cluster ${cluster}, ${ofShards(shards)}`
  }
  if (localTable) {
    const name = `${localTable.database}.${localTable.table}`
    const why = unavailable ?? `${name} has the engine ${shards?.engine}`
    return `${unknown}: ${why}\n  → ${adviseLocalTable('storage', localTable)}`
  }
  if (row.rows !== null) return undefined
  const hint = 'name its local table: otrace storage --database … --table …'
  return `${unknown}: the engine ${row.engine} stores nothing itself\n  → ${hint}`
}
