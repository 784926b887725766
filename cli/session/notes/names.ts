/** Notes on services, operations, events and values that no span of the window has. */
import { shellLine } from '../../output/shell-line.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { keyWord } from '../../query/filters/list.ts'
import { type Condition, NO_FILTERS } from '../../query/filters.ts'
import type { Filter } from '../../query/schema.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'
import { anySpan } from './attributes.ts'

interface Named {
  noun: string
  flag: string
  /** The query of the names that exist, and the command that lists them. */
  known: string
  list: string
}

const NAME: Named = { noun: 'name', flag: '--name', known: 'names', list: 'otrace operations' }
const NAMED: Partial<Record<Filter, Named>> = {
  service: { noun: 'service', flag: '--service', known: 'services', list: 'otrace services' },
  name: NAME,
  operation: NAME,
  event: { noun: 'event', flag: '--event', known: 'events', list: 'otrace events' },
}

/**
 * A note on the first name or value of the filters that no span of the window has, with the nearest
 * that exists; other filters don't count.
 */
export async function unknownNameNote(session: Session): Promise<string | undefined> {
  const { conditions, traceConditions } = session.source.filters
  for (const condition of [...conditions, ...traceConditions]) {
    const { filter, key, value } = condition
    const named = NAMED[filter]
    const isValue = filter === 'attr-equals' || filter === 'resource-equals'
    if (!(named || isValue) || (await anySpan(session, [condition], [], true))) continue
    if (named) return nameNote(session, named, condition)
    const list = shellLine(['otrace', 'attributes', key!])
    return `no span has ${keyWord(key!)}=${value}: ${list} lists its values`
  }
  return undefined
}

async function nameNote(session: Session, named: Named, condition: Condition): Promise<string> {
  const { noun, flag, known, list } = named
  const typed = [condition.value!].flat().map(String)[0]!
  const none = `no span has the ${noun} ${typed}`
  const parts = typed.split(',').map((part) => part.trim())
  const isList = parts.length > 1 && parts.every((part) => part !== '')
  const anyPart = { ...condition, value: parts }
  if (isList && noun !== 'event' && (await anySpan(session, [anyPart], [], true))) {
    return `${none}: repeat the flag, ${shellLine(parts.flatMap((part) => [flag, part]))}`
  }
  const all = { ...session.source, filters: NO_FILTERS, weighted: false }
  const query = builtInQuery(`internal/complete/${known}.sql`, { prefix: '' }, all)
  const rows = await quietRows(session, query)
  const near = didYouMean(
    typed,
    rows.map(({ value }) => String(value)),
  )
  return near ? `${none}: did you mean ${shellLine([flag, near])}?` : `${none}: ${list} lists them`
}
