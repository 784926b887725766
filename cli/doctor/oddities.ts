/** What the doctor makes of spans with odd durations or without a kind; pure, for `otrace doctor`. */
import type { Row } from '../render/renderer.ts'
import { type Finding, number, share } from './findings.ts'

/**
 * Of `doctor/mix.sql`.
 * @param forward how many spans end no earlier than they start (`doctor/forward.sql`); undefined where nobody told
 */
export function oddities(mix: Row, forward: number | undefined): Finding[] {
  const spans = number(mix.spans)
  const still = number(mix.without_duration)
  const backward = Math.min(still, Math.max(0, spans - (forward ?? spans)))
  const findings: Finding[] = []
  const add = (
    count: number,
    about: string,
    state: Finding['state'],
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
    'end before they start: they are read as 0 long',
    'their hosts set the clock back while they ran: look at NTP there; --min-duration 1ns leaves them out',
  )
  add(
    still - backward,
    'durations',
    'note',
    'are 0 long',
    'they stand for a moment, or their clock ticks too slowly for them: they pull percentiles down; --min-duration 1ns leaves them out',
  )
  add(
    number(mix.kindless),
    'kinds',
    'note',
    'have no kind',
    `no question about requests counts them; otrace sql "SELECT service, count() FROM spans WHERE kind = '' GROUP BY service" tells who sends them`,
  )
  return findings
}
