/** Notes on the window of a result: rates before the first span, changes, and days in UTC. */
import type { BoundQuery } from '../../query/compose/bound-query.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { uncommented } from '../../query/sql-text.ts'
import { DAY_NS, isoText, type Window } from '../../query/window.ts'
import { formatTime, offsetMinutes } from '../../render/time.ts'
import { formatNumber } from '../../units/units.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'
import { orElse } from '../trace/locate-trace.ts'

const DAY = 86_400
/** The part of a window without spans from which a rate over all of it misleads. */
const PART = 10n

/** Sentences for stderr, for people: `services` has the first span in its JSON. */
export async function windowNotes(session: Session, query: BoundQuery): Promise<string[]> {
  const { window } = session.source
  const { output } = session.options
  if (!window || output.format !== 'terminal') return []
  const { timeZone } = session.context.screen(output.utc)
  const shown = (at: bigint) => shownTime(session, at)
  const { bucket, before_from: before } = query.params
  const notes: string[] = []
  // London is in UTC for half of the year.
  const zoned = [window.from, window.to].some(
    (at) => offsetMinutes(Number(at / 1_000_000n), timeZone) !== 0,
  )
  if (zoned && Number(bucket ?? 0) >= DAY && Number(bucket) % DAY === 0) {
    notes.push('buckets of days begin at midnight UTC')
  }
  if (isOverWindow(query)) {
    notes.push(...(await lateStartNotes(session, window)))
  }
  if (before !== undefined) {
    const past = { ...window, from: window.from - (window.to - window.from), to: window.from }
    const first = await firstSpan(session, past)
    if (first === 0n) notes.push(`no change: the window before, from ${shown(past.from)}, is empty`)
    else if (isLate(first, past)) {
      notes.push(`change is against a window before whose first span is of ${shown(first)}`)
    }
  }
  return notes
}

/**
 * A sentence where spans of more than a day that the query asks for reach into its window, since those that begin more
 * than a day before it are not read.
 * @param seconds limit of each look; one that takes longer adds no note
 */
export async function leftOutNote(
  { store, source }: Session,
  { sql, params }: BoundQuery,
  seconds = LOOKS,
): Promise<string | undefined> {
  const { window, filters } = source
  if (!window || window.inverted || params.ongoing_from === undefined) return undefined
  const to = window.from - DAY_NS
  const { traceConditions, conditions, where } = filters
  // A span that names its trace need not meet the other conditions.
  const chosen =
    traceConditions.length > 0
      ? traceConditions.map((one) => ({ conditions: [one] }))
      : [{ conditions, ...(where === undefined ? {} : { where }) }]
  // Only what `journey` and `events` ask of a span: others may name these columns and show spans without them.
  const known = traceConditions.length > 0 ? '' : uncommented(sql)
  const marks = {
    of_user: params.user_id !== undefined && /\bof_user\b/.test(known),
    with_events: /\bevent_at >= \{from:/.test(known),
  }
  const given = {
    reached: `${window.from}`,
    ...(marks.of_user ? { user_id: params.user_id! } : {}),
    ...(marks.with_events ? { events_from: params.from!, events_to: params.to! } : {}),
  }
  const settings = { ...source.settings, max_execution_time: seconds }
  let spans = 0
  for (const one of chosen) {
    const asked: SpansSource = {
      ...{ ...source, settings, weighted: false, repeats: undefined },
      window: { from: to > 7n * DAY_NS ? to - 7n * DAY_NS : 0n, to, bucket: 60 },
      filters: {
        ...one,
        conditions: [...one.conditions, { filter: 'min-duration', value: String(DAY_NS) }],
        traceConditions: [],
      },
    }
    const query = builtInQuery('internal/store/began-before.sql', given, asked, marks)
    const [row] = await orElse(quietRows({ store, source: asked }, query), [])
    spans = Math.max(spans, Number(row?.spans ?? 0))
  }
  if (spans === 0) return undefined
  const [they, are] =
    spans === 1 ? ['a span', 'it is'] : [`${formatNumber(spans)} spans`, 'they are']
  return `${they} of more than a day began over a day before the window and reached it: ${are} left out`
}

/** Seconds that a look at an earlier day may take. */
const LOOKS = 2

/** Whether a query has rates over all of the window. */
export function isOverWindow({ sql, params }: BoundQuery): boolean {
  return params.bucket === undefined && sql.includes('AS window_seconds')
}

/** A sentence where rates over all of the window mislead, since its first span is late. */
export async function lateStartNotes(session: Session, window: Window): Promise<string[]> {
  const first = await firstSpan(session, window)
  if (!isLate(first, window)) return []
  return [`rates are over the whole window, whose first span is of ${shownTime(session, first)}`]
}

function shownTime({ context, options }: Session, at: bigint): string {
  return formatTime(isoText(at), context.screen(options.output.utc).timeZone, 0)
}

function isLate(first: bigint, { from, to }: Window): boolean {
  return first !== 0n && (first - from) * PART > to - from
}

async function firstSpan({ store, source }: Session, window: Window): Promise<bigint> {
  const asked: SpansSource = { ...source, window, weighted: false }
  const [row] = await quietRows(
    { store, source: asked },
    builtInQuery('internal/store/first.sql', {}, asked),
  )
  return BigInt(String(row?.first ?? 0))
}
