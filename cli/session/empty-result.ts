/** Explains an empty result: no spans stored, none in the window, or none that match. */

import { notFound, type OtraceError } from '../errors.ts'
import { shellLine } from '../output/shell-line.ts'
import type { SpansSource } from '../query/compose/source.ts'
import { isUnfiltered, NO_FILTERS } from '../query/filters.ts'
import { isoText } from '../query/window.ts'
import { formatNumber, formatUnit, plural } from '../units/units.ts'
import {
  anySpan,
  type KeptSpans,
  neededKeys,
  traceAttrAdvice,
  unknownKeyNote,
} from './notes/attributes.ts'
import { nearestValue, unknownNameNote } from './notes/names.ts'
import { builtInQuery, quietRows } from './run.ts'
import type { Session } from './session.ts'

const SECOND = 1_000_000_000n

/** What a query looks for, beside its filters. */
export interface Sought {
  /** The attribute that it is about. */
  key?: string | undefined
  /** Ids that it was given, and the attributes that hold them. */
  ids?: { keys: readonly string[]; value: string }[]
  /** Flags that hide rows: `--over 100ms`. */
  thresholds?: string[]
  /** The only spans that it counts. */
  kept?: KeptSpans | undefined
}

/** Said where spans match and none is kept. */
const NONE_KEPT: Record<KeptSpans, string> = {
  requests: 'none is a request',
  failures: 'none failed',
}

/** One sentence with the next command. */
export async function explainEmpty(session: Session, sought: Sought = {}): Promise<string> {
  const { key } = sought
  const { source, context, store } = session
  const { window, ...always } = source
  const place = placeText(session.options.windowText)
  const asked = [{ ...source, filters: NO_FILTERS }, source].map((each) => extent(session, each))
  const [inWindow, chosen] = (await Promise.all(asked)) as [Extent, Extent]
  if (inWindow.spans > 0) {
    const keys = [...neededKeys(source.filters), ...(key === undefined ? [] : [key])]
    const unknown = await unknownKeyNote(session, keys)
    if (unknown) return unknown
    const unknownName = chosen.spans > 0 ? undefined : await unknownNameNote(session)
    if (unknownName) return unknownName
    if (chosen.spans > 0) {
      const some = isUnfiltered(source.filters)
        ? `${plural(chosen.spans, 'span')} ${place}`
        : `${plural(chosen.spans, 'span')} of ${formatNumber(inWindow.spans)} ${place} match the filters`
      return `no result for this query: ${some}${await next(session, sought)}`
    }
    const none = `no spans match these filters (${formatNumber(inWindow.spans)} ${place})`
    // The attribute may be on another span of the trace, such as a child of the request.
    const flags = await traceAttrAdvice(session)
    return flags
      ? `${none}, but other spans of their traces do: use ${flags} instead of --attr`
      : none + (await fewer(session))
  }
  const all = window ? await extent(session, { ...always, filters: NO_FILTERS }) : inWindow
  if (all.spans === 0) {
    const { brokenParts = 0 } = (store.local && (await store.collector())) || {}
    if (brokenParts > 0)
      return `${store.place} has no spans that can be read: ${plural(brokenParts, 'broken part is', 'broken parts are')} detached, see otrace doctor`
    return `${store.place} has no spans yet: send some (otrace up says where), or try otrace demo`
  }
  const ago = context.now() - all.newest
  const since = formatUnit(Number(ago < 0n ? -ago : ago), 'ns')
  if (ago < 0n) {
    const to = isoText(all.newest - (all.newest % SECOND) + SECOND).replace(/\.\d+/, '')
    return `no span in the window: the newest starts ${since} from now, so a clock is wrong; try --from now --to ${to}, and otrace doctor`
  }
  const minutes = Number(ago / 60_000_000_000n) + 1
  const flag = minutes < 120 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`
  // The newest span is after the window only where --to ends it early.
  const early = window !== undefined && window.to <= all.newest
  return `no span in the window: the newest is ${since} old, try --since ${flag}${early ? ' without --to' : ''}`
}

/** The error of a command that cannot go on without spans. */
export async function noSpans(session: Session): Promise<OtraceError> {
  const explained = await explainEmpty(session)
  const of = isUnfiltered(session.source.filters) ? '' : ' match the filters'
  const [, reason] = /^no span in the window: (.*)/s.exec(explained) ?? []
  return notFound(`no spans in the window${of}`, reason ?? explained)
}

/** `in the last 1h`, of the window's words. */
function placeText(window: string): string {
  if (window === '') return 'in the store'
  return window.startsWith('last') ? `in the ${window}` : window
}

/** Says whether the query keeps none of the spans, whether an id is unknown, or which threshold may hide rows. */
async function next(session: Session, sought: Sought): Promise<string> {
  const { ids = [], thresholds = [], kept } = sought
  if (kept && !(await anySpan(session, session.source.filters.conditions, { kept }))) {
    const flags = await traceAttrAdvice(session, kept)
    return `, but ${NONE_KEPT[kept]}${flags ? `: for other spans of their traces, use ${flags} instead of --attr` : ''}`
  }
  for (const { keys, value } of ids) {
    const has = (key: string) =>
      anySpan(session, [{ filter: 'attr-equals', key, value }], { alone: true })
    if ((await Promise.all(keys.map(has))).includes(true)) continue
    const near = await nearestValue(session, 'values', keys[0]!, value)
    const advice =
      near === undefined
        ? `${shellLine(['otrace', 'attributes', keys[0]!])} lists its values`
        : `did you mean ${near}?`
    return `, none with ${keys[0]}=${value}; ${advice}`
  }
  return thresholds.length > 0 ? `; lower ${thresholds.join(' or ')}` : ''
}

/** The filter to leave out or to change. */
async function fewer(session: Session): Promise<string> {
  const { conditions, traceConditions } = session.source.filters
  const shorter = conditions.filter(({ filter }) => filter !== 'min-duration')
  if (shorter.length < conditions.length && (await anySpan(session, shorter))) {
    return ': lower --min-duration'
  }
  const several = conditions.length + traceConditions.length > 1
  return `: ${several ? 'leave one out, or ' : ''}list values with otrace attributes`
}

interface Extent {
  spans: number
  oldest: bigint
  newest: bigint
}

/** The number of spans, and the times of the oldest and the newest; 0 without spans. */
export async function extent({ store }: Session, source: SpansSource): Promise<Extent> {
  const query = builtInQuery('internal/store/extent.sql', {}, { ...source, weighted: false })
  const [row] = await quietRows({ store, source }, query)
  if (!row) return { spans: 0, oldest: 0n, newest: 0n }
  return { spans: Number(row.spans), oldest: nanosOf(row.oldest), newest: nanosOf(row.newest) }
}

function nanosOf(time: unknown): bigint {
  const [seconds = '', nanos = ''] = String(time).split('.')
  return BigInt(Date.parse(`${seconds.replace(' ', 'T')}Z`)) * 1_000_000n + BigInt(nanos || 0)
}
