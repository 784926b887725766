/** Adds to findings the attributes that their spans have in common. */
import type { Window } from '../../query/window.ts'
import { isUsual, narrowed, onlySome, valueToNarrow } from '../../why/causes/shared-attribute.ts'
import type { WhyFinding } from '../../why/finding.ts'
import { shownFindings } from '../../why/report.ts'
import { durationsBefore } from '../../why/sides.ts'
import type { Operation, TraceRow } from '../../why/tree.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'
import { readValues } from './read-values.ts'
import { ofWaits } from './read-waits.ts'

/** Findings to look at: each takes two statements. */
const MOST = 3
/** A span is slow from this many times the usual 95th percentile on. */
const ABOVE_USUAL = 1.5
/** Spans that tell what is usual. */
const FEWEST = 10
/** The slowest spans take at least this part of what one in a hundred exceeds. */
const SLOWEST = 0.5

/** Any value of any attribute. */
const NOTHING = { key: '', value: '' }
/** Spans of an operation of which own times are read. */
const MOST_SPANS = 20_000

/** What was compared. Without a baseline, the other requests of the window say what is usual. */
interface About {
  window: Window
  baseline?: Window | undefined
  rows: Iterable<TraceRow>
  operations: readonly Operation[]
}

/** The same findings with those about attributes, each behind its own. */
export async function withOnlySome(
  session: Session,
  { window, baseline, rows, operations }: About,
  findings: WhyFinding[],
): Promise<WhyFinding[]> {
  const looked = new Set<string>()
  // Where all is slower, a span of a finding is so many times slower than usual.
  const common = findings.find(({ isCommon }) => isCommon)
  const above = ABOVE_USUAL * Math.max(1, common ? common.after / common.before : 1)
  const added = new Map<WhyFinding, WhyFinding>()
  const told = new Map<WhyFinding, WhyFinding>()
  const shown = shownFindings(findings).slice(0, MOST)
  for (const finding of shown) {
    if (finding.waits) {
      const found = await ofWaits(session, window, finding)
      if (!found) continue
      if (found.told) told.set(finding, found.told)
      added.set(finding, found.some)
      continue
    }
    const place = operationOf(finding)
    if (!place || looked.has(place.join(' '))) continue
    looked.add(place.join(' '))
    const [of_service, of_name] = place
    const given = { of_service, of_name }
    const about = { ...finding, ...finding.caller }
    const at = (chosen: Window) => ({
      ...session.source,
      window: chosen,
      weighted: false,
    })
    const durations = async (of: Window) => {
      const usual = builtInQuery('internal/why/usual-duration.sql', given, at(of))
      return (await queryRows(session, usual))[0]
    }
    const read = (least: number, error: string, within = NOTHING) => {
      const asked = { ...given, least, error, within_key: within.key, within_value: within.value }
      return readValues(session, 'internal/why/affected-spans.sql', asked, at(window))
    }
    const find = async (least: number, error = ''): Promise<WhyFinding | undefined> => {
      const values = await read(least, error)
      if (values.length === 0 && error !== '') return find(least)
      const one = onlySome(about, values)
      const within = one && valueToNarrow(one, values)
      return within ? narrowed(one, await read(least, error, within)) : one
    }
    let one: WhyFinding | undefined
    if (finding.unit === 'ns') {
      const usual = baseline
        ? await durations(baseline)
        : usualOf(durationsBefore(rows, operations, { service: of_service, name: of_name }))
      if (!usual || Number(usual.spans) < FEWEST) continue
      one = await find(above * Number(usual.p95))
      // On a busy machine others are slow by chance, though less than the slowest; slow requests may be some of many.
      if (!one && (common || !baseline)) {
        const now = await durations(window)
        one = await find(SLOWEST * Number(now?.p99 ?? 0))
      }
      // Own work is a part of a duration, which may then be hardly longer than those that are long anyway.
      if (!one && !common && baseline && finding.long && finding === shown[0]) {
        const one_in = Math.ceil(Math.max(...finding.spans) / MOST_SPANS)
        const longer = { ...given, least: finding.long, one_in }
        const [then, now] = await Promise.all(
          [baseline, window].map((of) =>
            readValues(session, 'internal/why/affected-own.sql', longer, at(of)),
          ),
        )
        const mostly = onlySome(about, now!)
        if (mostly && !isUsual(mostly, then!)) one = mostly
      }
    } else {
      // An operation may fail for several reasons, of which the finding is one.
      const error = finding.detail ?? ''
      one = await find(-1, error)
    }
    if (one) added.set(finding, one)
  }
  return findings.flatMap((finding) => [
    told.get(finding) ?? finding,
    ...(added.has(finding) ? [added.get(finding)!] : []),
  ])
}

/** As usual-duration.sql does, of sorted durations. */
const usualOf = (durations: readonly number[]) => ({
  spans: durations.length,
  p95: durations[Math.floor(0.95 * durations.length)] ?? 0,
})

/** The operation whose spans a finding is about. */
function operationOf({
  kind,
  service,
  peer,
  name,
  detail,
  caller,
}: WhyFinding): [string, string] | undefined {
  // All operations of the service.
  if (kind === 'slower throughout') return [service, '']
  if (kind === 'slower' || kind === 'errors begin here' || kind === 'new error')
    return [service, name]
  // The spans of the caller are those that take longer.
  if (kind === 'waiting between') return caller && [caller.service, caller.name]
  return kind === 'more calls' && peer !== undefined && detail !== undefined
    ? [service, detail]
    : undefined
}
