/** Notes on services, operations, events and values that no span of the window has. */
import type { Context } from '../../context.ts'
import { shellLine } from '../../output/shell-line.ts'
import { didYouMean, otherSpellings } from '../../query/did-you-mean.ts'
import { equalTo, keyWord } from '../../query/filters/attribute-condition.ts'
import { serviceSpellings } from '../../query/filters/list.ts'
import { type Condition, isUnfiltered } from '../../query/filters.ts'
import type { Filter } from '../../query/schema.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'
import { anySpan, knownWords, neededKeys, no, SIGNS, unknownKeyNote } from './attributes.ts'

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

/** A note on the first key, name or value of the filters that no span of the window has. */
export async function unknownNote(
  session: Session,
  keys: readonly string[] = [],
): Promise<string | undefined> {
  const needed = [...neededKeys(session.source.filters), ...keys]
  return (await unknownKeyNote(session, needed)) ?? (await unknownNameNote(session))
}

/** A note for who waits for spans: what none has so far. Undefined as long as the window has none at all. */
export async function waitedForNote(
  session: Session,
  keys: readonly string[] = [],
): Promise<string | undefined> {
  if (isUnfiltered(session.source.filters) && keys.length === 0) return undefined
  if (!(await anySpan(session, [], { alone: true }))) return undefined
  const unknown = await unknownNote(session, keys)
  return unknown && `so far ${unknown}`
}

/** A note on the first of some services that no log record of the window has. */
export async function unloggedNote(
  session: Session,
  logs: string,
  services: readonly string[],
): Promise<string | undefined> {
  if (services.length === 0) return undefined
  const query = builtInQuery('internal/live/log-services.sql', { logs }, session.source)
  const known = (await quietRows(session, query)).map(({ value }) => String(value))
  const unknown = services.find(
    (service) => !serviceSpellings(service).some((one) => known.includes(one)),
  )
  if (unknown === undefined || known.length === 0) return undefined
  const near = didYouMean(unknown, known)
  const few = known.slice(0, 5).join(', ')
  const instead = near
    ? `did you mean ${shellLine(['--service', near])}?`
    : `services with records are ${few}${known.length > 5 ? ', …' : ''}`
  return `${no('log record', session)} has the service ${unknown}: ${instead}`
}

/**
 * A note on the first name or value of the filters that no span of the window has, with the nearest
 * that exists; other filters don't count.
 */
export async function unknownNameNote(session: Session): Promise<string | undefined> {
  const { conditions, traceConditions } = session.source.filters
  for (const condition of [...conditions, ...traceConditions]) {
    const { filter } = condition
    const named = NAMED[filter]
    const isValue = /^(?:attr|resource)-(?!differs)/.test(filter)
    if (!(named || isValue) || (await anySpan(session, [condition], { alone: true }))) continue
    if (named) return nameNote(session, named, condition)
    const note = await valueNote(session, condition)
    if (note) return note
  }
  return undefined
}

async function valueNote(session: Session, condition: Condition): Promise<string | undefined> {
  const { filter, key = '' } = condition
  const value = String(condition.value ?? '')
  const [on, sign] = [filter.split('-', 1)[0]!, filter.replace(/^[a-z]+/, 'attr')]
  const onResource = on === 'resource'
  const has = (one: Condition) => anySpan(session, [one], { alone: true })
  const moved = filter.replace(on, onResource ? 'attr' : 'resource') as Filter
  const pair = (text: string) =>
    shellLine([
      sign === 'attr-equals' ? equalTo(key, text) : `${keyWord(key)}${SIGNS[sign]}${text}`,
    ])
  const none = `${no('span', session)} has ${keyWord(key)}${SIGNS[sign]}${value}`
  if (await has({ ...condition, filter: moved })) {
    return onResource
      ? `${no('resource', session)} has ${pair(value)}, but spans do: use --attr ${pair(value)}`
      : `${none}, but resources do: use --resource ${pair(value)}`
  }
  if (sign !== 'attr-equals') return undefined
  const near = await nearestValue(session, onResource ? 'resource-values' : 'values', key, value)
  // It has arrived meanwhile.
  if (near === value) return undefined
  if (near !== undefined) return `${none}: did you mean ${pair(near)}?`
  return `${none}: ${shellLine(['otrace', 'attributes', key])} lists its values`
}

/** The value of an attribute that is spelt nearly so. */
export async function nearestValue(
  session: Session,
  list: 'values' | 'resource-values',
  key: string,
  typed: string,
): Promise<string | undefined> {
  const filter = list === 'values' ? 'attr-equals' : 'resource-equals'
  for (const value of otherSpellings(typed)) {
    if (await anySpan(session, [{ filter, key, value }], { alone: true })) return value
  }
  // A short number is near to every other.
  if (/^[\d.,-]{1,8}$/.test(typed)) return undefined
  return didYouMean(typed, await knownWords(session, [list], { key }))
}

async function nameNote(
  session: Session,
  named: Named,
  condition: Condition,
): Promise<string | undefined> {
  const { noun, flag, known, list } = named
  const typed = [condition.value!].flat().map(String)[0]!
  const none = `${no('span', session)} has the ${noun} ${typed}`
  const parts = typed.split(',').map((part) => part.trim())
  const isList = parts.length > 1 && parts.every((part) => part !== '')
  const anyPart = { ...condition, value: parts }
  if (isList && noun !== 'event' && (await anySpan(session, [anyPart], { alone: true }))) {
    return `${none}: repeat the flag, ${shellLine(parts.flatMap((part) => [flag, part]))}`
  }
  const near = didYouMean(typed, await knownWords(session, [known]))
  if (near === typed) return undefined
  return near ? `${none}: did you mean ${shellLine([flag, near])}?` : `${none}: ${list} lists them`
}

/** Says a note when it is known; without an answer of the store there is none. */
export async function sayLater(
  { say }: Context,
  asked: Promise<string | undefined>,
): Promise<void> {
  await asked.then(
    (text) => text && say(text),
    () => {},
  )
}
