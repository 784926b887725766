/** Advises where a side of the comparison has no requests. */
import { type Filters, NO_FILTERS } from '../../query/filters.ts'
import type { Window } from '../../query/window.ts'
import { formatRound, plural } from '../../units/units.ts'
import type { Both } from '../../why/finding.ts'
import type { Selection } from '../../why/sides.ts'
import { extent } from '../empty-result.ts'
import type { Session } from '../session.ts'

const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
const DAY = 1440n * MINUTE

/** A sentence with the flags that compare something, by the age of the store's spans. */
export async function baselineAdvice(
  session: Session,
  window: Window,
  baseline: Window,
): Promise<string> {
  const { window: _, filters, ...always } = session.source
  const now = session.context.now()
  if (baseline.from >= now) return 'It is in the future.'
  const all = { ...always, filters: NO_FILTERS }
  const { spans } = await extent(session, { ...all, window: baseline })
  if (spans > 0) return filtered(spans, filters)
  const { oldest, newest } = await extent(session, all)
  return adviceFor(window, { now, oldest, newest })
}

function filtered(spans: number, { conditions }: Filters): string {
  const all = `The filters choose none of its ${plural(spans, 'span')}`
  return conditions.some(({ filter }) => filter === 'min-duration')
    ? `${all}: leave out --min-duration; --slow compares slow requests with the rest.`
    : `${all}: leave one out.`
}

/** What a selection says where it chooses no request of its window, or all; else undefined. */
export function sideAdvice(
  selection: Selection,
  [others, chosen]: Both<number>,
): string | undefined {
  if (others > 0 && chosen > 0) return undefined
  const all = plural(others + chosen, 'request')
  if ('matching' in selection)
    return chosen > 0
      ? `The filters choose all of ${all}, and leave nothing to compare with.`
      : `The filters choose none of ${all}.`
  if (chosen > 0) return `All of ${all} ${'slow' in selection ? 'are slow' : 'fail'}.`
  if ('errors' in selection) return `None of ${all} fails.`
  const { slow } = selection
  return 'least' in slow
    ? `None of ${all} takes ${formatRound(slow.least, 'ns')}.`
    : `None of ${all} is slow: a type of request needs ten for that.`
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
