/** A note on spans that the collector received again. */
import { ANY_TIME } from '../../query/compose/source.ts'
import type { Window } from '../../query/window.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'

const ONCE = 'a span that was received more than once counts once, in its last version'

/**
 * For below an answer that counts spans of the session's window, each once.
 * @param flag whether the command has --no-dedupe
 */
function repeatsNote(
  { facts, source: { schema, filters, window } }: Pick<Session, 'facts' | 'source'>,
  flag = true,
): string | undefined {
  if (!schema.repeats || filters.dedupe !== undefined || !mayRepeat(facts, window)) return undefined
  return flag ? `${ONCE} (--no-dedupe counts each copy)` : ONCE
}

/** Of another window than the session's, the collector knows the first and the last of all times. */
function mayRepeat(facts: Session['facts'], window: Window | undefined): boolean {
  if (!facts) return false
  const isOwn = facts.window?.from === window?.from && facts.window?.to === window?.to
  if (isOwn || !window) return facts.repeated
  const { first, last } = facts.repeats
  return last > 0 && secondOf(window.from) <= last && first <= secondOf(window.to)
}

const secondOf = (at: bigint) => Number(at / 1_000_000_000n)

/**
 * The same where a span that the filters choose came again, which takes another statement.
 * @param traces whether traces are read whole, without --no-dedupe
 * @param counters whether the answer is of spans with counters of runtimes alone
 */
export async function cameAgainNote(
  session: Session,
  { traces = false, counters = false } = {},
): Promise<string | undefined> {
  const note = repeatsNote(session, !traces)
  if (!note) return undefined
  const { store, source } = session
  const filters = { ...source.filters, dedupe: false }
  const asked = { ...source, filters, repeats: ANY_TIME, weighted: false }
  const query = builtInQuery('internal/store/came-again.sql', {}, asked, { traces, counters })
  return (await quietRows({ store, source }, query)).length > 0 ? note : undefined
}
