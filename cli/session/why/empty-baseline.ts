/** Advises where a baseline has no requests. */
import { NO_FILTERS } from '../../query/filters.ts'
import type { Window } from '../../query/window.ts'
import { formatRound } from '../../units/units.ts'
import { extent } from '../empty-result.ts'
import type { Session } from '../session.ts'

const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
const DAY = 1440n * MINUTE

/** A sentence with the flags that compare something, by the age of the store's spans. */
export async function baselineAdvice(session: Session, window: Window): Promise<string> {
  const { window: _, ...always } = session.source
  const { oldest, newest } = await extent(session, { ...always, filters: NO_FILTERS })
  return adviceFor(window, { now: session.context.now(), oldest, newest })
}

/** The advice for spans between two times. */
export function adviceFor(
  { from, to }: Window,
  { now, oldest, newest }: { now: bigint; oldest: bigint; newest: bigint },
): string {
  if (oldest < to - DAY && newest > from - DAY && to - from <= DAY)
    return 'Name another: --baseline 1d'
  const age = now - oldest
  const unit = age >= 2n * MINUTE ? MINUTE : SECOND
  const half = age / 2n - ((age / 2n) % unit)
  const slow = '--slow compares slow requests with the rest'
  // The newer half has no spans.
  if (half <= 0n || newest < now - half) return `Within the window, ${slow}.`
  const flag = unit === MINUTE ? `${half / MINUTE}m` : `${half / SECOND}s`
  return `The oldest span is ${formatRound(Number(age - (age % unit)), 'ns')} old: use --since ${flag}, or --slow.`
}
