/** Where a key is that no span has: on events, on links, or as the scope. */
import { shellLine } from '../../output/shell-line.ts'
import type { Condition } from '../../query/filters.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'

const PLACES = { events: 'event_attributes', links: 'link_attributes' } as const

/** What exporters and other tools call columns of `spans`. */
const SCOPE: Record<string, string> = {
  'otel.scope.name': 'scope',
  'otel.library.name': 'scope',
  'otel.scope.version': 'scope_version',
  'otel.library.version': 'scope_version',
}

const text = (value: string) => `'${value.replace(/[\\']/g, '\\$&')}'`

const COMPARED: Record<string, (value: string, given: string) => string> = {
  equals: (value, given) => `${value} = ${text(given)}`,
  matches: (value, given) => `match(${value}, ${text(given)})`,
  above: (value, given) => `toFloat64OrNull(${value}) > ${Number(given)}`,
  below: (value, given) => `toFloat64OrNull(${value}) < ${Number(given)}`,
  'at-least': (value, given) => `toFloat64OrNull(${value}) >= ${Number(given)}`,
  'at-most': (value, given) => `toFloat64OrNull(${value}) <= ${Number(given)}`,
}

/** `but events do: <command>`, or how to ask for a scope; undefined where nothing has the key. */
export async function otherPlace(session: Session, key: string): Promise<string | undefined> {
  const { conditions, traceConditions } = session.source.filters
  const typed = [...conditions, ...traceConditions].find((one) => one.key === key)
  const column = SCOPE[key]
  if (column !== undefined) return `it is a column: ${lister(scopeCondition(column, typed))}`
  for (const [place, attributes] of Object.entries(PLACES)) {
    const some = (condition: string) => `arrayExists(one -> ${condition}, ${attributes})`
    const having = some(`mapContains(one, ${text(key)})`)
    if (!(await anyWhere(session, having))) continue
    const compared = COMPARED[signOf(typed)]?.(`one[${text(key)}]`, String(typed?.value))
    return `but ${place} do: ${typed ? lister(compared ? some(compared) : having) : shellLine(['otrace', 'attributes', key])}`
  }
  return undefined
}

const signOf = (condition: Condition | undefined) =>
  condition?.filter.replace(/^(?:attr|resource)-/, '') ?? ''

const scopeCondition = (column: string, typed: Condition | undefined) =>
  COMPARED[signOf(typed)]?.(column, String(typed?.value)) ?? `${column} != ''`

/** In double quotes where a shell leaves all in them alone, also !=: texts have single ones. */
const lister = (where: string) =>
  /["$`\\]|!(?!=)/.test(where)
    ? shellLine(['otrace', 'spans', '--where', where])
    : `otrace spans --where "${where}"`

async function anyWhere({ store, source }: Session, where: string): Promise<boolean> {
  const filters = { conditions: [], traceConditions: [], where }
  const asked = { ...source, filters, weighted: false }
  const query = builtInQuery('internal/store/any-span.sql', {}, asked)
  return (await quietRows({ store, source }, query)).length > 0
}
