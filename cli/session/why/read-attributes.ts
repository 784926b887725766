/** Adds to findings the attributes that their spans have in common. */
import type { Window } from '../../query/window.ts'
import type { Row } from '../../result.ts'
import { onlySome, type Valued } from '../../why/causes/shared-attribute.ts'
import type { WhyFinding } from '../../why/finding.ts'
import { shownFindings } from '../../why/report.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'

/** Findings to look at: each takes two statements. */
const MOST = 3
/** A span is slow from this many times the usual 95th percentile on. */
const ABOVE_USUAL = 1.5

/** The same findings with those about attributes, each behind its own. */
export async function withOnlySome(
  session: Session,
  { window, baseline }: { window: Window; baseline?: Window | undefined },
  findings: WhyFinding[],
): Promise<WhyFinding[]> {
  const looked = new Set<string>()
  const added = new Map<WhyFinding, WhyFinding>()
  for (const finding of shownFindings(findings).slice(0, MOST)) {
    const place = operationOf(finding)
    if (!place || looked.has(place.join(' '))) continue
    looked.add(place.join(' '))
    const [of_service, of_name] = place
    const given = { of_service, of_name }
    const at = (chosen: Window) => ({
      ...session.source,
      window: chosen,
      weighted: false,
    })
    let least = -1
    if (finding.unit === 'ns') {
      const usual = builtInQuery('internal/why/usual-duration.sql', given, at(baseline ?? window))
      const [row] = await queryRows(session, usual)
      if (!row || Number(row.spans) < 10) continue
      least = ABOVE_USUAL * Number(row.p95)
    }
    const read = async (error: string) => {
      const about = { ...given, least, error }
      const query = builtInQuery('internal/why/attributes.sql', about, at(window))
      return (await queryRows(session, query)).map(readValued)
    }
    // An operation may fail for several reasons, of which the finding is one.
    const error = finding.unit === 'percentunit' ? (finding.detail ?? '') : ''
    const own = await read(error)
    const one = onlySome(finding, own.length === 0 && error !== '' ? await read('') : own)
    if (one) added.set(finding, one)
  }
  return findings.flatMap((finding) => [
    finding,
    ...(added.has(finding) ? [added.get(finding)!] : []),
  ])
}

/** The operation whose spans a finding is about. */
function operationOf({
  kind,
  service,
  peer,
  name,
  detail,
}: WhyFinding): [string, string] | undefined {
  // All operations of the service.
  if (kind === 'slower throughout') return [service, '']
  if (kind === 'slower' || kind === 'errors begin here' || kind === 'new error')
    return [service, name]
  if (kind === 'waiting between' && detail === 'called') return [service, name]
  return kind === 'more calls' && peer !== undefined && detail !== undefined
    ? [service, detail]
    : undefined
}

const readValued = (row: Row): Valued => ({
  key: String(row.key),
  value: row.absent ? undefined : String(row.value),
  onAffected: Number(row.on_affected),
  onOthers: Number(row.on_others),
  ofAffected: Number(row.of_affected),
  ofOthers: Number(row.of_others),
})
