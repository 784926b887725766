/** Parts of a local table that came since the start, each to be read once. */
import type { Row } from '../../result.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'

interface Part {
  name: string
  partition: string
  /** Numbers of its first and last block. */
  oldest: number
  newest: number
  rows: number
}

/** Names of parts to read. */
interface Unread {
  /** To read whole. */
  fresh: string[]
  /** Merged with rows from before, of which the newest are to be read. */
  mixed: string[]
  /** To call when they have been read. */
  done(): void
}

/** Looks after which a part is not listed again. Inserts may end in another order than their blocks. */
const LOOKS_AGAIN = 3
/** Rows of a merged part that is read whole again, for spans that came late; of a larger one, the last minute is. */
const MOST_AGAIN = 10_000
/** Parts in memory; of a forgotten one, merged with a new one, the last minute is read again. */
const MOST_KNOWN = 1000

/**
 * @returns a look for parts that were not read before; `remembered` if the reader knows every row that came
 *   since the start, `isBack` when the collector answers again
 */
export async function newParts(
  session: Session,
  table: string,
): Promise<(remembered: boolean, isBack?: boolean) => Promise<Unread>> {
  let id = await idOf(session, table)
  const begun = await partsAfter(session, table, -1)
  const known = new Map(begun.map((part) => [part.name, part]))
  const first = newestOf(begun, -1)
  /** The newest block of each of the last looks, the oldest first. */
  const cursors = Array<number>(LOOKS_AGAIN).fill(first)
  /** What the last look found: a merge before it was read would have hidden its rows. */
  let read: Part[] = []

  return async (remembered, isBack = false) => {
    const before = id
    if (isBack) id = await idOf(session, table)
    // The blocks of a new table begin again, and its parts may have the names of those before.
    if (id !== before) {
      known.clear()
      cursors.fill(-1)
    }
    const active = await partsAfter(session, table, cursors[0]!)
    const names = new Set(active.map(({ name }) => name))
    // What is active now was so then: parts do not come back.
    for (const part of read) if (names.has(part.name)) know(part)
    read = []
    const unread = active.filter((part) => {
      if (known.has(part.name)) return false
      const isMerged = within(part).reduce((sum, { rows }) => sum + rows, 0) === part.rows
      if (isMerged) know(part)
      return !isMerged
    })
    const recent = cursors[0]!
    const isFresh = ({ oldest, rows }: Part) =>
      oldest > recent || (remembered && oldest > first && rows <= MOST_AGAIN)
    const named = (parts: Part[]) => parts.map(({ name }) => name)
    return {
      fresh: named(unread.filter(isFresh)),
      mixed: named(unread.filter((part) => !isFresh(part))),
      done() {
        read = unread
        cursors.push(newestOf(active, cursors.at(-1)!))
        cursors.shift()
      },
    }
  }

  /** Known parts of which a part was merged. */
  function within({ partition, oldest, newest }: Part): Part[] {
    return [...known.values()].filter(
      (part) => part.partition === partition && part.oldest >= oldest && part.newest <= newest,
    )
  }

  function know(part: Part): void {
    for (const { name } of within(part)) known.delete(name)
    known.set(part.name, part)
    for (const name of known.keys()) {
      if (known.size <= MOST_KNOWN) break
      known.delete(name)
    }
  }
}

const newestOf = (parts: Part[], least: number) =>
  parts.reduce((most, { newest }) => Math.max(most, newest), least)

/** Of a table; undefined while there is none. */
async function idOf(session: Session, table: string): Promise<string | undefined> {
  const [row] = await rowsOf(session, 'table', { followed: table })
  return row && String(row.id)
}

async function partsAfter(session: Session, table: string, block: number): Promise<Part[]> {
  const rows = await rowsOf(session, 'parts', { followed: table, block: String(block) })
  return rows.map(({ name, partition, oldest, newest, rows }) => ({
    name: String(name),
    partition: String(partition),
    oldest: Number(oldest),
    newest: Number(newest),
    rows: Number(rows),
  }))
}

/** @param name of a file in queries/internal/live */
function rowsOf(session: Session, name: string, given: Record<string, string>): Promise<Row[]> {
  const { source } = session
  const query = builtInQuery(`internal/live/${name}.sql`, given, source)
  const params = { ...query.params, database: source.database }
  return quietRows(session, { ...query, params })
}
