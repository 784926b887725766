/** Composes a query, a schema, filters and a window into one bound statement. */
import { isUnfiltered } from '../filters.ts'
import { whyNotHourly } from '../hourly.ts'
import { paste, resolveCondition, resolveConditions } from '../marks.ts'
import { clauses, prune, readsAll } from '../prune.ts'
import { byName } from '../schema.ts'
import { looksUpParents, mentions, readersOf, reads } from '../sql-text.ts'
import { splitSettings } from '../typed-sql.ts'
import { usesWeight } from '../uses-weight.ts'
import type { BoundQuery, ParamValue, SIMPLER } from './bound-query.ts'
import { calledFunctions } from './functions.ts'
import { BY_NOTHING } from './schema-select.ts'
import { hostParams, isLong, type SpansSource } from './source.ts'
import { AROUND, type Projection, spansRelation, type WindowPart } from './spans.ts'
import { isOnce } from './versions.ts'

/**
 * The spans with only the columns that the SELECTs from it name. ClickHouse analyses a relation anew for each SELECT
 * from it: `repeats` has eleven, and took 2.5 s of analysis over Jaeger's tables with all columns.
 */
const NARROW = 'spans_narrow'

const byOf = ({ by }: Record<string, ParamValue>) =>
  by === undefined || by === BY_NOTHING ? undefined : String(by)

/**
 * The final SQL of a query: `WITH spans AS (…), red AS (…) SELECT * FROM (<query>)`, with only the relations that it
 * reads. Parameters of filters are called `p0_key`, `p0_value`, `p1_key` …
 */
export function compose(
  sql: string,
  given: Record<string, ParamValue>,
  source: SpansSource,
  host: Record<string, ParamValue> = {},
): BoundQuery {
  const { library } = source
  const text = decided(sql, given, source)
  const names = Object.keys(library.relations).filter((name) => reads(text, name))
  const usesSpans = reads(text, 'spans')
  const all = [text, ...names.map((name) => library.relations[name]!)]
  const whole = all.join('\n')
  const around = AROUND.filter((name) => all.some((sql) => reads(sql, `spans_${name}`)))
  const counts = usesWeight(text, source.filters.where)
  const weighted = source.weighted !== false && counts
  const params: Record<string, ParamValue> = { ...hostParams(source), ...host, ...given }
  const relations: string[] = []
  // A parameter may name a column. Its words stand on a line of their own, outside of comments and quotes.
  const values = Object.values(given).filter((value) => typeof value === 'string')
  const reader = [text, ...values.map((value) => value.replace(/\W+/g, ' '))].join('\n')
  const projection = { weighted, by: given.by }
  const add = (name: string, options: Omit<Projection, keyof typeof projection>) =>
    relations.push(relation(name, spansRelation(source, params, { ...projection, ...options })))
  const redAlone = names.join() === 'red' && !usesSpans && around.length === 0 && !readsAll(reader)
  if (redAlone && source.hours) {
    relations.push(relation('red', redOfHours(source, params, { ...projection, reader })))
  } else if (redAlone) {
    // ClickHouse analyses one relation faster than two.
    add('red', { reader, above: library.relations.red! })
  } else {
    const filtered = !isUnfiltered(source.filters)
    const once = isOnce(source)
    const above = names.map((name) =>
      prune(resolveConditions(library.relations[name]!, { filtered, once }), reader),
    )
    const readers = [reader, ...above]
    const ofSpans = [...(usesSpans ? [reader] : []), ...above.filter((sql) => reads(sql, 'spans'))]
    if (ofSpans.length > 0) add('spans', { reader: ofSpans.join('\n') })
    const few = [text, ...above]
      .filter((sql) => reads(sql, NARROW))
      .flatMap((sql) => readersOf(sql, NARROW))
    if (few.length > 0) add(NARROW, { reader: few.join('\n') })
    for (const name of around) {
      const few = `spans_${name}`
      const own = above.flatMap((sql) => readersOf(sql, few))
      add(few, { reader: (reads(text, few) ? readers : own).join('\n'), around: name })
    }
    for (const [i, name] of names.entries()) relations.push(relation(name, above[i]!))
  }
  const used = calledFunctions(whole, library.functions, weighted, source.hours !== undefined)
  const head = [...relations, ...used].join(',\n')
  // In a scope of its own a query may use any name, and server errors quote it alone. The newlines end a trailing
  // comment. SETTINGS of the whole statement stand at its end.
  const { sql: inner, settings } = splitSettings(text)
  const scoped = `WITH\n${head}\nSELECT * FROM (\n${inner}\n)${settings && `\n${settings}`}`
  const composed = head === '' ? text : scoped
  const other = (change: Partial<SpansSource>) => () =>
    compose(sql, given, { ...source, ...change }, host)
  return statement(composed, params, source, {
    ...(counts ? { counts } : {}),
    ...(/\/\*\+ by_name \*\//.test(sql) ? { named: String(given.by) } : {}),
    ...(weighted ? { unweighted: other({ weighted: false }) } : {}),
    ...(looksUpParents(composed) ? { uncrossed: other({ crossing: false }) } : {}),
    ...(composed.includes('without_ids(') ? { plainNames: other({ bareNames: false }) } : {}),
    ...(redAlone && !weighted && mentions(text, 'samples') && !source.hours
      ? {
          hourly:
            whyNotHourly(composed, text, byOf(given), source) ?? ((hours) => other({ hours })()),
        }
      : {}),
  })
}

/** `red` from sums of hours, and from the spans of the window around them. */
function redOfHours(
  source: SpansSource,
  params: Record<string, ParamValue>,
  projection: Pick<Projection, 'reader' | 'weighted' | 'by'>,
): string {
  const { relations } = source.library
  const hours = resolveCondition(source.library.hours!, 'sound', !source.distributed)
  const columns = clauses(hours).columns.filter(({ name }) => mentions(projection.reader, name))
  const names = columns.map(({ name }) => name).join(', ')
  const part = (above: string, around: WindowPart) =>
    spansRelation(source, params, { ...projection, above, around })
  return [
    `SELECT ${names} FROM (\n${part(hours, 'hours')}\nGROUP BY ALL\n)`,
    `SELECT ${names} FROM (\n${part(relations.red!, 'beside')}\n)`,
  ].join('\nUNION ALL\n')
}

/** A query with its marks resolved from the filters, --by and the given texts. */
function decided(sql: string, given: Record<string, ParamValue>, source: SpansSource): string {
  const { filters, clipped = false, window, summed = false } = source
  const chosen = filters.conditions.some(({ filter }) => byName(filter) || filter === 'kind')
  const { by = BY_NOTHING } = given
  const name = quoted(String(by))
  const value = clipped ? 'clip(dimension)' : 'dimension'
  const item = by === BY_NOTHING || hasColumn(sql, by) ? '' : `${value} AS ${name},`
  let text = resolveCondition(resolveCondition(sql, 'clipped', clipped), 'chosen', chosen)
  text = resolveCondition(text, 'split', by !== BY_NOTHING)
  text = resolveCondition(text, 'long', isLong(window))
  const filtered = !isUnfiltered(filters)
  text = resolveCondition(text, 'filtered', filtered)
  text = resolveCondition(text, 'summed', summed)
  text = resolveCondition(text, 'once', isOnce(source))
  for (const [param, value] of Object.entries(given))
    text = resolveCondition(text, `given_${param}`, value !== '')
  const whole = filtered ? 'spans_unfiltered' : 'spans'
  return paste(text, { by_name: name, by_item: item, whole })
}

/** Whether the result already has the column of --by. */
function hasColumn(sql: string, by: ParamValue): boolean {
  return /\/\*\+ by_item \*\//.test(sql) && clauses(sql).columns.some(({ name }) => name === by)
}

const quoted = (name: string) => `\`${name.replace(/[\\`]/g, '\\$&')}\``

/**
 * Like compose, for `SELECT … FROM spans WHERE … LIMIT …`, in half the analysis time: the condition moves into the
 * relation, which selects only the needed columns. Rows are sorted by time: the sort merges them before their
 * columns are computed, which is cheaper than computing them for the few rows of each part.
 * @throws TypeError for any other query
 */
export function composeFlat(
  sql: string,
  given: Record<string, ParamValue>,
  source: SpansSource,
): BoundQuery {
  const { columns, rest } = clauses(sql)
  const [, condition, limit] = /^FROM spans\s+WHERE\s([\s\S]+)\sLIMIT\s(.+)$/.exec(rest) ?? []
  if (condition === undefined) throw new TypeError(`more than columns and rows: ${sql}`)
  const params: Record<string, ParamValue> = { ...hostParams(source), ...given }
  const reader = ['time', ...columns.map(({ name }) => name)].join(' ')
  const weighted = source.weighted !== false && usesWeight(sql, source.filters.where)
  const text = `${spansRelation(source, params, { reader, weighted, condition })}\nORDER BY time\nLIMIT ${limit}`
  const unweighted = () => composeFlat(sql, given, { ...source, weighted: false })
  return statement(text, params, source, weighted ? { unweighted } : {})
}

function statement(
  sql: string,
  params: Record<string, ParamValue>,
  { settings }: SpansSource,
  simpler: Pick<BoundQuery, (typeof SIMPLER)[number] | 'hourly' | 'counts'>,
): BoundQuery {
  return { sql, params: used(sql, params), settings, ...simpler }
}

function relation(name: string, sql: string): string {
  return `${name} AS (\n${sql.replace(/^/gm, '  ')}\n)`
}

/** Only parameters that the SQL uses, so that `--sql` prints no others. */
function used(sql: string, params: Record<string, ParamValue>): Record<string, ParamValue> {
  return Object.fromEntries(
    Object.entries(params).filter(([name]) => new RegExp(`\\{\\s*${name}\\s*:`).test(sql)),
  )
}
