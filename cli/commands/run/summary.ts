/** The summary of a run: services, operations, errors and N+1 queries. */
import { serviceName } from '../../render/cell.ts'
import { builtInQuery, queryRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'

/** Repetitions of a statement within one call before the summary lists it. */
const N_PLUS_ONE = 10

/** Services, operations, errors, the slowest span, and N+1. */
export async function summaryText(session: Session): Promise<string> {
  const ask = (name: string, given = {}) =>
    queryRows(session, builtInQuery(`internal/gate/${name}.sql`, given, session.source))
  const [row] = await ask('summary')
  const [loop] = await ask('n-plus-one', { most: N_PLUS_ONE })
  if (!row) return 'no span arrived'
  const count = (key: string, one: string) => plural(Number(row[key]), one)
  const list = (key: string) => (row[key] as string[]).join(', ')
  const services = (row.services as string[]).map(serviceName).join(', ')
  return [
    `${count('spans', 'span')} in ${count('traces', 'trace')}, ${count('operations', 'operation')} of ${services}`,
    ...(Number(row.errors) > 0 ? [`errors: ${count('errors', 'span')}: ${list('failing')}`] : []),
    `slowest: ${row.slowest} ${formatUnit(Number(row.longest), 'ns')}, trace ${row.slowest_trace}`,
    ...(loop
      ? [`N+1: ${loop.name} ×${formatNumber(Number(loop.most))}, trace ${loop.worst_trace}`]
      : []),
  ].join('\n')
}
