/** The description of a query in its help: title, body, and columns with units. */
import { resultColumns } from '../query/prune.ts'
import type { Query } from '../query/query-file.ts'
import type { Unit } from '../units/units.ts'

export function describeQuery(query: Query): string {
  const columns = resultColumns(query.sql).map((name) => {
    const unit = query.units[name]
    return unit && UNIT_TEXTS[unit] ? `${name} (${UNIT_TEXTS[unit]})` : name
  })
  const list = columns.length > 0 && `Columns: ${columns.join(', ')}.`
  return [query.title, query.description, list].filter(Boolean).join('\n\n')
}

/** Units of the raw numbers; Grafana's names of counts say nothing. */
const UNIT_TEXTS: Partial<Record<Unit, string>> = {
  ns: 'ns',
  ms: 'ms',
  s: 's',
  bytes: 'bytes',
  reqps: '1/s',
  percentunit: '0 to 1',
}
