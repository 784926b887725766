/** The filters that choose spans: their words, and the conditions of their values. */
import { usage } from '../../errors.ts'
import { unescaped } from '../../render/text.ts'
import { readDuration } from '../../units/parse.ts'
import type { Condition, Filters } from '../filters.ts'
import type { Filter } from '../schema.ts'
import { readMatch } from './attribute-condition.ts'
import { mayBeTitle, withoutIds } from './bare-names.ts'

export interface ListedFilter {
  /** As a flag; without a placeholder it has no value. */
  flags: string
  help: string
  /**
   * The conditions of all values; none for a filter without a value.
   * @param label the flag or key, for messages
   */
  conditions(values: string[], label: string): Condition[]
  /** It may be given several times. */
  repeatable?: true
  /** The conditions hold for some span of the trace. */
  onTrace?: true
  /** The only values, in any case. */
  choices?: readonly string[]
}

export const SPAN_KINDS = ['server', 'client', 'internal', 'producer', 'consumer']

/** A name, and what it means if its escapes are those of the terminal, and its quotes those of `--by`. */
const spellings = (name: string) => [
  ...new Set([name, unescaped(name), name.replace(/^"("*\((?:absent|other)\)"*)"$/, '$1')]),
]

/** A service; what otrace prints where spans have none is that of such spans, too. */
export const serviceSpellings = (name: string): string[] =>
  /^\((?:absent|no service)\)$/.test(name) ? [name, ''] : spellings(name)

/** A name, and that of its operation: `otrace trace` shows a path with its ids where it has no route. */
const withTitle = (name: string) =>
  mayBeTitle(name) ? [...new Set([name, withoutIds(name)])] : [name]

export const FILTER_LIST: readonly ListedFilter[] = [
  {
    flags: '--service <name>',
    help: 'spans of this service (repeatable: any of them)',
    repeatable: true,
    conditions: (values) => [{ filter: 'service', value: values.flatMap(serviceSpellings) }],
  },
  {
    flags: '--name <span-name>',
    help: 'spans with this name (repeatable: any of them)',
    repeatable: true,
    conditions: (values) => [
      {
        filter: values.some(mayBeTitle) ? 'operation' : 'name',
        value: values.flatMap(spellings).flatMap(withTitle),
      },
    ],
  },
  {
    flags: '--kind <kind>',
    help: `${SPAN_KINDS.slice(0, -1).join(', ')} or ${SPAN_KINDS.at(-1)} (repeatable)`,
    repeatable: true,
    choices: SPAN_KINDS,
    conditions: (values, label) => [
      { filter: 'kind', value: values.map((text) => readKind(text, label)) },
    ],
  },
  {
    flags: '--attr <key=value>',
    help: 'attribute match; also != (or no such key), ~regex, >n, >=n, <n, <=n, or a key alone; a key with such a sign is quoted: \'"a=b"=c\' (repeatable)',
    repeatable: true,
    conditions: (values, label) => values.map((text) => readMatch(label, 'attr', text)),
  },
  {
    flags: '--resource <key=value>',
    help: 'resource attribute match, as for --attr (repeatable)',
    repeatable: true,
    conditions: (values, label) => values.map((text) => readMatch(label, 'resource', text)),
  },
  {
    flags: '--trace-attr <key=value>',
    help: 'spans whose trace has a span with this attribute, from an hour before the window to an hour after, or a day before if it takes an hour (repeatable)',
    repeatable: true,
    onTrace: true,
    conditions: (values, label) => values.map((text) => readMatch(label, 'attr', text)),
  },
  {
    flags: '--event <name>',
    help: 'spans with an event of this name (repeatable)',
    repeatable: true,
    conditions: (values) => values.map((name) => ({ filter: 'event', value: unescaped(name) })),
  },
  {
    flags: '--error',
    help: 'spans with the status error, as error rates count them; otrace errors adds other 5xx',
    conditions: () => [{ filter: 'error' }],
  },
  {
    flags: '--min-duration <duration>',
    help: 'spans of at least this duration, such as 100ms',
    conditions: ([text = ''], label) => [durationCondition('min-duration', label, text)],
  },
  {
    flags: '--max-duration <duration>',
    help: 'spans of at most this duration',
    conditions: ([text = ''], label) => [durationCondition('max-duration', label, text)],
  },
]

/** Values of filters by their names, such as `trace-attr`; an empty list for one without a value. */
export type FilterValues = Record<string, string[]>

/** `trace-attr` of `--trace-attr <key=value>`. */
export const filterName = ({ flags }: ListedFilter) => /^--([\w-]+)/.exec(flags)![1]!

export const takesValue = ({ flags }: ListedFilter) => flags.includes('<')

/**
 * The filters of values.
 * @param labelOf the word of a filter in messages, by its name
 * @throws OtraceError (exit 2) for an unknown kind, a malformed condition or duration
 */
export function filtersOf(values: FilterValues, labelOf: (name: string) => string): Filters {
  const filters: Filters = { conditions: [], traceConditions: [] }
  for (const listed of FILTER_LIST) {
    const name = filterName(listed)
    const given = values[name]
    if (!given) continue
    if (given.some((text) => text.trim() === '')) refuseEmpty(name, labelOf(name))
    const conditions = listed.conditions(given, labelOf(name))
    filters[listed.onTrace ? 'traceConditions' : 'conditions'].push(...conditions)
  }
  refuseImpossible(values, filters, labelOf)
  return filters
}

const EMPTY_HINTS: Record<string, string> = {
  service: `; spans without one: --service '(absent)'`,
  name: `; spans without one: --where "name = ''"`,
  event: '',
}

/** An empty name is that of an unset variable of the shell. */
function refuseEmpty(name: string, label: string): void {
  const more = EMPTY_HINTS[name]
  if (more === undefined) return
  throw usage(`${label} is empty`, `give it a value, or leave it out${more}`)
}

/** The flags of filters, for a command line. */
export function filterFlagWords(values: FilterValues): string[] {
  return FILTER_LIST.flatMap((listed) => {
    const name = filterName(listed)
    const given = values[name]
    if (!given) return []
    return takesValue(listed) ? given.flatMap((text) => [`--${name}`, text]) : [`--${name}`]
  })
}

/** Refuses a minimum duration above the maximum. */
function refuseImpossible(
  values: FilterValues,
  { conditions }: Filters,
  labelOf: (name: string) => string,
): void {
  const bound = (name: Filter) => conditions.find(({ filter }) => filter === name)?.value
  const [least, most] = [bound('min-duration'), bound('max-duration')]
  if (least === undefined || most === undefined || BigInt(`${least}`) <= BigInt(`${most}`)) return
  const shown = (name: string) => `${labelOf(name)} ${values[name]?.[0]}`
  throw usage(
    `${shown('min-duration')} is greater than ${shown('max-duration')}`,
    `lower ${labelOf('min-duration')}, or leave one of them out`,
  )
}

function readKind(text: string, label: string): string {
  const kind = text.toLowerCase()
  if (SPAN_KINDS.includes(kind)) return kind
  const all = kind.split(',').map((each) => each.trim())
  const isList = all.length > 1 && all.every((each) => SPAN_KINDS.includes(each))
  throw usage(
    `${label} '${text}' is not a span kind`,
    isList
      ? `repeat it: ${all.map((each) => `${label} ${each}`).join(' ')}`
      : `use ${SPAN_KINDS.join(', ')}`,
  )
}

function durationCondition(filter: Filter, label: string, text: string): Condition {
  const ns = readDuration(label, text)
  return { filter, value: String(ns < LONGEST ? ns : LONGEST) }
}

/** Durations are UInt64. */
const LONGEST = 2n ** 64n - 1n
