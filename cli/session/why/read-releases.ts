/** Reads the versions and instances of services in two windows. */
import type { Window } from '../../query/window.ts'
import { type Release, withOneHost, withReleases } from '../../why/causes/releases.ts'
import type { Both, WhyFinding } from '../../why/finding.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'

/** The same findings with those about one host, and about new versions and restarts of their services. */
export async function withNewReleases(
  session: Session,
  { window, baseline }: { window: Window; baseline?: Window | undefined },
  found: WhyFinding[],
): Promise<WhyFinding[]> {
  const findings = withOneHost(found)
  if (!baseline || !findings.some(({ certain }) => certain)) return findings
  const read = async (chosen: Window): Promise<Release[]> => {
    const source = { ...session.source, window: chosen, weighted: false }
    const rows = await queryRows(session, builtInQuery('internal/why/releases.sql', {}, source))
    return rows.map((row) => ({
      service: String(row.of_service),
      type: row.type === 'version' ? 'version' : 'instance',
      value: String(row.value),
      spans: Number(row.spans),
      firstSeen: String(row.first_seen),
      lastSeen: String(row.last_seen),
    }))
  }
  const windows: Both<Release[]> = [await read(baseline), await read(window)]
  return withReleases(findings, windows)
}
