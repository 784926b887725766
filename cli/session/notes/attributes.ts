/** Notes on attributes: unknown or missing keys, and keys of other spans of a trace. */
import { shellLine } from '../../output/shell-line.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { equalTo, keyWord } from '../../query/filters/attribute-condition.ts'
import { SPANS_COLUMNS } from '../../query/filters/where-rules.ts'
import { type Condition, type Filters, NO_FILTERS } from '../../query/filters.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'
import { otherPlace } from './places.ts'

/** The signs of conditions on attributes. */
export const SIGNS: Record<string, string> = {
  'attr-equals': '=',
  'attr-differs': '!=',
  'attr-matches': '~',
  'attr-above': '>',
  'attr-below': '<',
  'attr-at-least': '>=',
  'attr-at-most': '<=',
  'attr-present': '',
}

/** A note where spans without a key match `--attr key!=value`, and how to leave them out. */
export async function absentKeyNote(session: Session): Promise<string | undefined> {
  const { conditions } = session.source.filters
  const has = (filter: string, key?: string) =>
    conditions.some((one) => one.filter === filter && one.key === key)
  for (const { filter, key, value } of conditions) {
    if (filter !== 'attr-differs' || key === undefined || value === '') continue
    if (has('attr-present', key)) continue
    // A missing key reads as ''.
    const lacking: Condition = { filter: 'attr-matches', key, value: '^$' }
    if (!(await anySpan(session, [...conditions, lacking]))) continue
    const typed = `${keyWord(key)}!=${value}`
    return `--attr ${typed} also matches spans without ${key}: add ${shellLine(['--attr', keyWord(key)])} to leave them out`
  }
  return undefined
}

/** `no span in the window`, or without one `no span`. */
export const no = (noun: string, { source }: Session): string =>
  `no ${noun}${source.window ? ' in the window' : ''}`

/**
 * A note on the first of some keys that neither a span nor a resource of the window has, with the nearest that exists;
 * filters don't count.
 */
export async function unknownKeyNote(
  session: Session,
  keys: readonly string[],
): Promise<string | undefined> {
  for (const key of keys) {
    const has = (filter: Condition['filter']) =>
      anySpan(session, [{ filter, key }], { alone: true })
    if ((await has('attr-present')) || (await has('resource-present'))) continue
    const none = `${no('span', session)} has the attribute ${key}`
    const other = await otherPlace(session, key)
    if (other) return other.startsWith('but') ? `${none}, ${other}` : `${none}: ${other}`
    const meant = await instead(session, key)
    if (meant) return `${none}: ${meant}`
  }
  return undefined
}

/**
 * What may have been meant by a key: a pair, a column, or a key that is spelt nearly so. Undefined for a key that has
 * arrived meanwhile.
 */
async function instead(session: Session, key: string): Promise<string | undefined> {
  if (TYPOGRAPHIC.test(key)) return `a shell quotes with ' or ", not with ${TYPOGRAPHIC.exec(key)}`
  const known = new Set(await knownWords(session, ['keys', 'resource-keys']))
  if (known.has(key)) return undefined
  const [, left = '', right = ''] = PAIR.exec(key) ?? []
  if (known.has(left)) return `did you mean ${shellLine([equalTo(left, right)])}?`
  if (SPANS_COLUMNS.some((column) => column === key)) {
    const flag = FLAGS[key]
    return `it is a column, see ${flag ?? '--where'} and otrace sql "DESCRIBE spans"`
  }
  const near = didYouMean(key.replace(/^['"]|['"]$/g, ''), known)
  return near ? `did you mean ${near}?` : 'otrace attributes lists them'
}

const TYPOGRAPHIC = /[“”„‘’«»]/
/** What other tools write as a pair, and what a shell has put together. */
const PAIR = /^([^\s:]+)(?:\s*:\s*|\s+)(.+)$/s
/** Columns with a filter of their own. */
const FLAGS: Record<string, string> = {
  service: '--service',
  name: '--name',
  kind: '--kind',
  status: '--error',
  is_error: '--error',
  duration: '--min-duration',
}

/** Newest spans among which keys, values and events are looked for; sums of hours have all. */
const MOST = 200_000

/** The query of a list of `queries/internal/complete/`. */
export const wordsQuery = (list: string, given: Record<string, string>, source: SpansSource) =>
  builtInQuery(`internal/complete/${list}.sql`, { most: MOST, ...given }, source)

/** Names, keys or values of the window, the most frequent first; filters don't count. */
export async function knownWords(
  session: Session,
  lists: readonly string[],
  given: Record<string, string> = {},
): Promise<string[]> {
  const all = { ...session.source, filters: NO_FILTERS, weighted: false }
  const rows = await Promise.all(
    lists.map((list) => {
      const query = wordsQuery(list, { prefix: '', ...given }, all)
      return quietRows(session, query)
    }),
  )
  return rows.flat().map(({ value }) => String(value))
}

/** The keys that the filters need. */
export function neededKeys({ conditions, traceConditions }: Filters): string[] {
  const keys = [...conditions, ...traceConditions].flatMap(({ filter, key }) =>
    key === undefined || filter.endsWith('-differs') ? [] : [key],
  )
  return [...new Set(keys)]
}

/** What a query chooses among spans by itself: entry spans, or those that failed. */
export type KeptSpans = 'requests' | 'failures'

/** The flags that find traces with the attributes on any of their spans; undefined if none has them. */
export async function traceAttrAdvice(
  session: Session,
  kept?: KeptSpans,
): Promise<string | undefined> {
  const { filters } = session.source
  const moved = filters.conditions.filter(({ filter }) => filter in SIGNS)
  if (moved.length === 0) return undefined
  const rest = filters.conditions.filter((one) => !moved.includes(one))
  const traceConditions = [...filters.traceConditions, ...moved]
  if (!(await anySpan(session, rest, { traceConditions, kept }))) return undefined
  return moved
    .map(({ filter, key = '', value = '' }) => `${keyWord(key)}${SIGNS[filter]}${value}`)
    .map((text) => `--trace-attr '${text.replaceAll("'", "'\\''")}'`)
    .join(' ')
}

interface AnySpanOptions {
  traceConditions?: Condition[]
  /** The other filters of the session don't count. */
  alone?: boolean
  kept?: KeptSpans | undefined
}

/** Whether a span of the window meets the conditions. */
export async function anySpan(
  { store, source }: Session,
  conditions: Condition[],
  {
    alone,
    kept,
    traceConditions = alone ? [] : source.filters.traceConditions,
  }: AnySpanOptions = {},
): Promise<boolean> {
  const filters = { ...(alone ? NO_FILTERS : source.filters), conditions, traceConditions }
  const asked: SpansSource = { ...source, filters, weighted: false }
  const query = kept
    ? builtInQuery('internal/store/any-sought.sql', {}, asked, { requests: kept === 'requests' })
    : builtInQuery('internal/store/any-span.sql', {}, asked)
  return (await quietRows({ store, source }, query)).length > 0
}
