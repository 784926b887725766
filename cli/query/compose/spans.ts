/** `spans` and relations like it: the SELECT of a schema with filters, a window and columns. */
import { whereSql } from '../filters/where-spellings.ts'
import { type Condition, type Filters, NO_FILTERS } from '../filters.ts'
import { paste, resolveCondition } from '../marks.ts'
import { clauses, joined, prune } from '../prune.ts'
import type { Filter, Schema } from '../schema.ts'
import { looksUpParents, mentions, renamePlaceholders } from '../sql-text.ts'
import type { ParamValue } from './bound-query.ts'
import { settled, without } from './schema-select.ts'
import { anyShared, knowsShared } from './shared-attribute.ts'
import type { SpansSource } from './source.ts'
import { deduped, hasRepeats, IDENTITY, lastOf, repeatedIn } from './versions.ts'

/** Parts of the window: its whole hours, and the rest. */
const PARTS = ['hours', 'beside'] as const
export type WindowPart = (typeof PARTS)[number]
/**
 * Relations of spans beside the window, without filters, of a part of the window, or of which a query needs the failed
 * and the refused ones alone: `spans_<name>`. The latter have at least those, and may have all. `spans_whole_hours` are
 * those of all hours that touch the window and of the chosen services, with copies, for what is added up by the hour.
 */
export const AROUND = [
  'nearby',
  'before',
  'unfiltered',
  'failed',
  'failed_unfiltered',
  'whole_hours',
  ...PARTS,
] as const

const UNFILTERED: readonly Around[] = ['unfiltered', 'failed_unfiltered']
type Around = (typeof AROUND)[number]

/** What a relation reads. */
export interface Projection {
  /** Text that may name a column. */
  reader: string
  weighted: boolean
  /** The column or attribute of `dimension`. */
  by?: ParamValue | undefined
  /** On the columns of `spans`, beside the filters. */
  condition?: string
  /** A relation over `spans` whose columns are added. */
  above?: string
  /** The spans to read instead of the window's. */
  around?: Around | undefined
  /** Those of the seconds with spans that came again, each in its last version; or those of the others. */
  repeated?: boolean
}

/** The schema's SELECT with its WHERE; adds the parameters of the filters to `params`. */
export function spansRelation(
  source: SpansSource,
  params: Record<string, ParamValue>,
  projection: Projection,
): string {
  const { around, reader } = projection
  // The first and the last of all times are the same with copies, and known without a read.
  const isExtent = !source.window && mentions(reader, 'stored_time')
  const isOnce = source.filters.dedupe !== undefined || !hasRepeats(source)
  const isSummed = around === 'hours' || around === 'whole_hours'
  if (isExtent || isOnce || isSummed) return someSpans(source, params, projection).text
  const once = someSpans(source, params, { ...projection, repeated: false })
  const again = someSpans(source, params, { ...projection, repeated: true })
  const names = once.columns.join(', ')
  return `SELECT ${names} FROM (\n${once.text}\nUNION ALL\nSELECT ${names} FROM (\n${again.text}\n)\n)`
}

/** A SELECT without unions, and its columns. */
function someSpans(
  source: SpansSource,
  params: Record<string, ParamValue>,
  { reader, weighted, by, condition, above, around, repeated }: Projection,
): { text: string; columns: string[] } {
  const { schema } = source
  const filters = filtersOf(source, around)
  const sharedOpen = knowsShared(source, around)
  const hoursOf = around === 'before' ? around : undefined
  const named = `${reader} ${above ?? ''}`
  const settledBase = settled(source, { weighted, by, reader: named, sharedOpen })
  // Sums have a time and a duration of their own.
  const base = around === 'hours' ? ['time', 'duration'].reduce(without, settledBase) : settledBase
  const within = [...windowed(source, around), ...repeatedIn(source, repeated)]
  const where = [
    ...within,
    ...filters.conditions.map((one) => predicate(source, one, naming(one, params))),
  ]
  for (const one of filters.traceConditions) {
    const byMinute = source.lookup !== undefined && one.filter === 'attr-equals'
    const named = naming(one, params, byMinute ? source.lookup : undefined)
    const found = [...windowed(source, 'nearby'), predicate(source, one, named)]
    const matching = select(settled(source, { weighted: false }), 'trace_id time', found)
    const trace = resolveCondition(filterText(schema, 'trace'), 'by_minute', byMinute)
    const matches = `SELECT trace_id FROM (\n${matching}\n)`
    where.push(paste(named(trace), { matches, matching }))
  }
  if (condition !== undefined) where.push(condition)
  const typed = filters.where && whereSql(filters.where)
  const read = [reader, condition ?? '', typed ?? '']
  const chosen = filters.conditions.length > 0 || condition !== undefined
  const isOnce = filters.dedupe || repeated
  if (isOnce) {
    read.push(`${IDENTITY} duration`)
    if (chosen)
      where.push(`(cityHash64(${IDENTITY}), duration) GLOBAL IN /*+ last_versions */spans`)
  }
  const isFew = !isOnce && ofFailures(source, around)
  const rows = select(isFew ? inFailures(base) : base, read.join('\n'), where, above)
  const parents = (reader: string, of: string[]) =>
    looksUpParents(rows) ? `(${select(base, reader, of)})` : ''
  const entered = parents('service', [...windowed(source), 'enters'])
  const every = parents('trace_id span_id service', windowed(source, 'nearby'))
  const versions = isOnce && chosen ? select(base, `${IDENTITY} duration`, within) : ''
  const all = paste(rows, {
    ...(sharedOpen ? { shared: anyShared(schema, windowed(source, hoursOf)) } : {}),
    entered_services: entered,
    every_span: every,
    last_versions: `(${lastOf(versions)})`,
  })
  const text = isOnce ? deduped(all) : all
  return {
    text: typed ? `SELECT * FROM (\n${text}\n) WHERE (\n${typed}\n)` : text,
    columns: clauses(all).columns.map(({ name }) => name),
  }
}

function filtersOf({ filters }: SpansSource, around: Projection['around']): Filters {
  if (around && UNFILTERED.includes(around)) return NO_FILTERS
  if (around !== 'whole_hours') return filters
  const conditions = filters.conditions.filter(({ filter }) => filter === 'service')
  return { ...NO_FILTERS, conditions }
}

/** Whether the table of failed spans has every span that is asked for. */
function ofFailures(
  { schema, filters, window, failuresOf }: SpansSource,
  around: Projection['around'],
): boolean {
  const isKnown = window && failuresOf?.from === window.from && failuresOf.to === window.to
  if (!schema.failures || !isKnown || window.inverted) return false
  const isError = filters.conditions.some(({ filter }) => filter === 'error')
  if (around === undefined || around === 'beside' || around === 'nearby') return isError
  return around === 'failed' || around === 'failed_unfiltered'
}

/** The same SELECT from the table of failed spans, whose name is a parameter. */
function inFailures(sql: string): string {
  const { rest, ...others } = clauses(sql)
  return joined({ ...others, rest: rest.replace('{table:Identifier}', '{failures:Identifier}') })
}

/** A SELECT without its unread columns. */
function select(base: string, reader: string, where: string[], above?: string): string {
  const chosen = where.length === 0 ? '' : `\nWHERE ${where.join('\n  AND ')}`
  return prune(base, reader, chosen, above) + chosen
}

/** Adds the parameters of a condition. @returns a function that gives placeholders their names */
function naming(
  { key, value }: Condition,
  params: Record<string, ParamValue>,
  lookup?: string,
): (text: string) => string {
  const own = ['key', 'value', 'lookup']
  let free = 0
  while (own.some((name) => `p${free}_${name}` in params)) free++
  const prefix = `p${free}_`
  if (key !== undefined) params[`${prefix}key`] = key
  if (value !== undefined) params[`${prefix}value`] = value
  if (lookup !== undefined) params[`${prefix}lookup`] = lookup
  return (text) => renamePlaceholders(text, (name) => (own.includes(name) ? prefix + name : name))
}

function predicate(
  { schema, bareNames = true }: SpansSource,
  { filter }: Condition,
  named: (text: string) => string,
): string {
  return named(resolveCondition(filterText(schema, filter), 'bare_names', bareNames))
}

function windowed(source: SpansSource, around?: Projection['around']): string[] {
  const { schema, window, filters } = source
  if (!window) return []
  const bound = (filter: Filter, name: string) =>
    renamePlaceholders(filterText(schema, filter), () => name)
  if (around === 'failed') return windowed(source)
  if (around === 'before') return [bound('from', 'before_from'), bound('to', 'from')]
  const hours = [bound('from', 'hours_from'), bound('to', 'hours_to')]
  const single =
    filters.dedupe === undefined && hasRepeats(source) ? [`NOT (${schema.repeats!.hour})`] : []
  const byHour = (text: string) => text.replace(/^\w+/, 'toStartOfHour($&)')
  if (around === 'hours') return [...hours.map(byHour), ...single]
  if (around === 'whole_hours')
    return window.inverted
      ? []
      : [bound('from', 'nearby_from'), filterText(schema, 'to')].map(byHour)
  if (around === 'beside') {
    const both = [filterText(schema, 'from'), filterText(schema, 'to')]
    return [...both, `NOT (${[...hours, ...single].join(' AND ')})`]
  }
  if (around) {
    // Spans up to an hour outside the window, or a day before it if they take an hour or more.
    const long = bound('min-duration', 'ongoing_duration')
    return [
      bound('from', 'ongoing_from'),
      bound('to', 'nearby_to'),
      `(${bound('from', 'nearby_from')} OR (${long}))`,
    ]
  }
  const both = [filterText(schema, 'from'), filterText(schema, 'to')]
  return window.inverted ? [`NOT (${both.join(' AND ')})`] : both
}

function filterText(schema: Schema, filter: Filter): string {
  return schema.filters.get(filter)!
}
