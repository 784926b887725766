/** The traces that the filters choose, to compare them with the others. */
import type { Window } from '../../query/window.ts'
import { builtInQuery, queryNumbers } from '../run.ts'
import type { Session } from '../session.ts'

/** Numbers of the traces of a window of which a span matches the filters, among those read: one in so many. */
export async function readMatching(
  session: Session,
  window: Window,
  one_in: number,
): Promise<Set<string>> {
  const source = { ...session.source, window, weighted: false }
  const query = builtInQuery('internal/why/matching.sql', { one_in }, source)
  const matching = new Set<string>()
  await queryNumbers({ ...session, source }, query, 8, (rows, at) => {
    matching.add(String(rows.getFloat64(at, true)))
  })
  return matching
}
