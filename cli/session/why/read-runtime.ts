/** Reads the time of garbage collection in the services of findings. */
import type { Window } from '../../query/window.ts'
import { type CounterPart, isSlow, withCollections } from '../../why/causes/runtime.ts'
import type { Both, WhyFinding } from '../../why/finding.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'

/** Services to look at. */
const MOST = 5

/** The same findings with those about garbage collection in their services. */
export async function withGarbageCollection(
  session: Session,
  { window, baseline }: { window: Window; baseline?: Window | undefined },
  findings: WhyFinding[],
  means: Both<number>,
): Promise<WhyFinding[]> {
  const services = [...new Set(findings.filter(isSlow).map(({ service }) => service))].slice(
    0,
    MOST,
  )
  if (!baseline || services.length === 0) return findings
  const read = async (chosen: Window): Promise<CounterPart[]> => {
    const source = { ...session.source, window: chosen, weighted: false }
    const query = builtInQuery('internal/why/runtime.sql', { services }, source)
    const rows = await queryRows(session, query)
    return rows.map((row) => ({
      service: String(row.of_service),
      process: String(row.process),
      key: String(row.key),
      unit: Number(row.unit),
      order: row.order_of === 'end' ? 'end' : 'start',
      at: Number(row.at),
      highest: Number(row.highest),
    }))
  }
  const windows = (await Promise.all([read(baseline), read(window)])) as Both<CounterPart[]>
  return withCollections(findings, windows, means)
}
