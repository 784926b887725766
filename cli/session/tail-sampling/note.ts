/** Looks for signs of tail sampling in the window of an answer. */
import { OtraceError } from '../../errors.ts'
import { compose } from '../../query/compose/compose.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import type { Window } from '../../query/window.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'
import { type Kept, keptByTail, keptText, LEAST_ROOTS, ORDINARY } from './kept.ts'

/** Spans that are read to find an ordinary root. */
const LOOKED_AT = 100_000
/** Spans beyond which one trace in several is read. */
const MOST_SPANS = 200_000
const DAY = 86_400_000_000_000n

type Asked = Pick<Session, 'store' | 'source' | 'facts'>

/**
 * What a tail sampler seems to have kept in the session's window; undefined if there is an ordinary root within a day
 * of it. The collector knows that of its spans; other servers read the first ones that they come by.
 */
export async function findKept(session: Asked): Promise<Kept | undefined> {
  const { window } = session.source
  if (!window || window.inverted || session.facts?.extremes === false) return undefined
  if (!(await mayBeKept(session, window))) return undefined
  const around = { ...window, from: window.from - DAY, to: window.to + DAY }
  if (around.from < 0n || !(await mayBeKept(session, around))) return undefined
  const source = { ...session.source, filters: NO_FILTERS }
  const count = compose('SELECT count() AS spans FROM spans', {}, { ...source, weighted: false })
  const [size] = await quietRows(session, count)
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

/** Whether some spans have enough roots, and no ordinary one. */
async function mayBeKept({ store, source }: Asked, window: Window): Promise<boolean> {
  const bare = { ...source, window, filters: NO_FILTERS, weighted: false, bareNames: false }
  const given = { quick: ORDINARY, limit: LOOKED_AT }
  const asked = builtInQuery('internal/store/ordinary.sql', given, bare)
  const [row] = await quietRows({ store, source: bare }, asked)
  return Number(row?.roots ?? 0) >= LEAST_ROOTS && Number(row?.ordinary) === 0
}
