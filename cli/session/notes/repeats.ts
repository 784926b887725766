/** A note on spans that the collector received again. */
import type { Session } from '../session.ts'

const ONCE = 'a span that was received more than once counts once, in its last version'

/**
 * For below an answer that counts spans of the session's window, each once.
 * @param flag whether the command has --no-dedupe
 */
export function repeatsNote(
  { facts, source: { schema, filters } }: Pick<Session, 'facts' | 'source'>,
  flag = true,
): string | undefined {
  if (!facts?.repeated || !schema.repeats || filters.dedupe !== undefined) return undefined
  return flag ? `${ONCE} (--no-dedupe counts each copy)` : ONCE
}
