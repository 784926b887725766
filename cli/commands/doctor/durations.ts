/** The doctor's checks of odd durations, times, ids and kinds. */
import type { Row } from '../../result.ts'
import { type Check, number, share } from './checks.ts'

/**
 * @param mix the row of `internal/doctor/mix.sql`
 * @param forward count of spans with a valid duration (`internal/doctor/forward.sql`), if known
 */
export function oddities(mix: Row, forward: number | undefined): Check[] {
  const spans = number(mix.spans)
  const still = number(mix.without_duration)
  const backward = Math.min(still, Math.max(0, spans - (forward ?? spans)))
  const findings: Check[] = []
  const add = (
    count: number,
    about: string,
    state: Check['state'],
    what: string,
    advice: string,
  ) => {
    if (count > 0)
      findings.push({ about, state, found: `${share(count, spans)} of the spans ${what}`, advice })
  }
  add(
    backward,
    'durations',
    'warning',
    'end before they start, and count with a duration of 0',
    'a clock was set back while they ran: check NTP on their hosts, or exclude them with --min-duration 1ns',
  )
  add(
    still - backward,
    'durations',
    'note',
    'have a duration of 0',
    'events, or spans shorter than a tick of their clock; they lower percentiles: exclude them with --min-duration 1ns',
  )
  add(
    number(mix.invalid_times),
    'times',
    'warning',
    'were sent with a time that is missing, out of range or before the start',
    'their attribute otrace.time.invalid has what was sent: otrace spans --attr otrace.time.invalid',
  )
  add(
    number(mix.invalid_ids),
    'ids',
    'warning',
    'were sent without a trace id or a span id',
    'they belong to no trace: otrace spans --attr otrace.id.invalid',
  )
  add(
    number(mix.kindless),
    'kinds',
    'note',
    'have no kind',
    `request queries skip them; otrace sql "SELECT service, count() FROM spans WHERE kind = '' GROUP BY service" lists their services`,
  )
  return findings
}
