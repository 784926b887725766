/** Looks for signs of tail sampling in the window of an answer. */
import { OtraceError } from '../../errors.ts'
import { compose } from '../../query/compose.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import type { Window } from '../../query/window.ts'
import { parseInstant, unixNanos } from '../../trace/model/instant.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'
import { type Kept, keptByTail, keptText, ORDINARY } from './kept.ts'

/** Traces that are looked at to find an ordinary one. */
const LOOKED_AT = 32
/** Spans beyond which one trace in several is read. */
const MOST_SPANS = 200_000
const SECOND = 1_000_000_000n
const DAY = 86_400n * SECOND

/**
 * What a tail sampler seems to have kept in the session's window; undefined if there is an ordinary trace within a day of
 * it. For ordinary stores that costs two statements that stop at once.
 */
export async function findKept(session: Asked): Promise<Kept | undefined> {
  const { window } = session.source
  if (!window || window.inverted) return undefined
  if (await hasOrdinary(session, window)) return undefined
  const around = { ...window, from: window.from - DAY, to: window.to + DAY }
  if (around.from < 0n || (await hasOrdinary(session, around))) return undefined
  const source = { ...session.source, filters: NO_FILTERS }
  const [size] = await quietRows(
    session,
    compose('SELECT count() AS spans FROM spans', {}, { ...source, weighted: false }),
  )
  const given = { one_in: Math.max(1, Math.ceil(Number(size?.spans ?? 0) / MOST_SPANS)) }
  const [row] = await quietRows(session, builtInQuery('internal/store/roots.sql', given, source))
  return row && keptByTail(row)
}

/** For below an answer that counts: undefined if nothing looks sampled. */
export async function tailNote(session: Asked): Promise<string | undefined> {
  const kept = await findKept(session).catch((error) => {
    // The answer stands without a note.
    if (error instanceof OtraceError) return undefined
    throw error
  })
  return (
    kept &&
    `counts may be of a sample: ${keptText(kept)}, as a tail sampler keeps them (see otrace doctor)`
  )
}

type Asked = Pick<Session, 'store' | 'source'>

/** Whether one of some quick roots is of a trace in which nothing failed. */
async function hasOrdinary({ store, source }: Asked, window: Window): Promise<boolean> {
  const bare = { ...source, filters: NO_FILTERS, weighted: false, bareNames: false }
  const rows = async (
    path: string,
    given: Record<string, string | number | string[]>,
    when: Window,
  ) => {
    const asked = { store, source: { ...bare, window: when } }
    return quietRows(asked, builtInQuery(`internal/store/${path}.sql`, given, asked.source))
  }
  const given = { quick: ORDINARY, limit: LOOKED_AT }
  const roots = await rows('ordinary', given, window)
  if (roots.length === 0) return false
  const times = roots
    .map(({ time }) => BigInt(unixNanos(parseInstant(String(time)))))
    .sort((a, b) => (a < b ? -1 : 1))
  // Hosts disagree about the time, and work may go on after the root.
  const near = { ...window, from: times[0]! - 60n * SECOND, to: times.at(-1)! + 60n * SECOND }
  const ids = [...new Set(roots.map(({ trace_id }) => String(trace_id)))]
  const failed = await rows('failed-of', { trace_ids: ids }, near)
  return failed.length < ids.length
}
