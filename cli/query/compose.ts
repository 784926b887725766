/** Puts a question, a profile, a population and a window together into one statement with bound parameters; pure. */
import { decide } from './decide.ts'
import type { Condition, Population } from './population.ts'
import type { Filter, Profile } from './profile.ts'
import { clauses, prune, readsAll } from './prune.ts'
import { mentions, reads, renamePlaceholders } from './sql.ts'
import { weighs } from './weighs.ts'
import { clickhouseTime, type Window } from './window.ts'

export type ParamValue = string | number | string[]

/** By ClickHouse's names. */
export type Settings = Record<string, number | string>

/** A statement and the values that the server binds to its `{name:Type}` placeholders. */
export interface Statement {
  sql: string
  params: Record<string, ParamValue>
  /** For the server, beside the limits. */
  settings?: Settings
  /** Where the answer depends on how many spans a sampled one stands for: the same, each span counted as one. */
  unweighted?: () => Statement
}

/** Where the spans are and which of them count. */
export interface Source {
  profile: Profile
  /** `queries/red/from-spans.sql`: rate, errors and durations, read from `spans`. */
  red: string
  /** `queries/red/percentiles.sql`: the function `percentiles(value, weight)`. */
  percentiles: string
  database: string
  table: string
  population: Population
  /** No window: everything that is stored. */
  window?: Window
  /** What statements about the spans need of the server. */
  settings?: Settings
  /** False counts a sampled span as one. */
  weighted?: boolean
}

/**
 * The final SQL of a question: `WITH spans AS (…), red AS (…) SELECT * FROM (<question>)`. Only the relations that it reads are
 * put in front of it, and where that is `red` alone, it is made in one. Parameters of the population are called `p0_key`, `p0_value`, `p1_key` …
 */
export function compose(
  sql: string,
  given: Record<string, ParamValue>,
  source: Source,
  host: Record<string, ParamValue> = {},
): Statement {
  const usesRed = reads(sql, 'red')
  const usesSpans = reads(sql, 'spans')
  const weighted = source.weighted !== false && weighs(sql, source.population.where)
  const params: Record<string, ParamValue> = { ...hostParams(source), ...host, ...given }
  const relations: string[] = []
  // A parameter may name a column: `--by http_route`.
  const reader = [sql, ...Object.values(given).filter((value) => typeof value === 'string')].join(
    ' ',
  )
  if (usesRed && !usesSpans && !readsAll(reader)) {
    // One relation less for the server to understand.
    const { red: above } = source
    relations.push(relation('red', spans(source, params, { reader, weighted, above })))
  } else if (usesRed || usesSpans) {
    const red = usesRed ? prune(source.red, reader) : ''
    const readers = usesSpans ? `${reader}\n${red}` : red
    relations.push(relation('spans', spans(source, params, { reader: readers, weighted })))
    if (usesRed) relations.push(relation('red', red))
  }
  if (mentions(sql, 'percentiles')) relations.push(decide(source.percentiles, 'weighted', weighted))
  const head = relations.length === 0 ? '' : `WITH\n${relations.join(',\n')}\n`
  // In a scope of its own a question may use any name, and the server's complaints quote it alone. The newlines keep a trailing `--`
  // comment from swallowing the parenthesis.
  const text = head === '' ? sql : `${head}SELECT * FROM (\n${sql}\n)`
  const unweighted = () => compose(sql, given, { ...source, weighted: false }, host)
  return statement(text, params, source, weighted ? unweighted : undefined)
}

/**
 * The same for a question that only chooses columns and rows, `SELECT … FROM spans WHERE … LIMIT …`: its condition is put into the relation,
 * which a server understands in half the time. Columns that others are made of come, too. The rows are in order of time: that brings them
 * together before their columns are worked out, which for the few rows of each part by themselves costs more than reading them.
 * @throws TypeError for any other question
 */
export function composeFlat(
  sql: string,
  given: Record<string, ParamValue>,
  source: Source,
): Statement {
  const { columns, rest } = clauses(sql)
  const [, condition, limit] = /^FROM spans\s+WHERE\s([\s\S]+)\sLIMIT\s(.+)$/.exec(rest) ?? []
  if (condition === undefined) throw new TypeError(`more than columns and rows: ${sql}`)
  const params: Record<string, ParamValue> = { ...hostParams(source), ...given }
  const reader = ['time', ...columns.map(({ name }) => name)].join(' ')
  const weighted = source.weighted !== false && weighs(sql, source.population.where)
  const text = `${spans(source, params, { reader, weighted, condition })}\nORDER BY time\nLIMIT ${limit}`
  const unweighted = () => composeFlat(sql, given, { ...source, weighted: false })
  return statement(text, params, source, weighted ? unweighted : undefined)
}

function statement(
  sql: string,
  params: Record<string, ParamValue>,
  { settings }: Source,
  unweighted: Statement['unweighted'],
): Statement {
  return {
    sql,
    params: used(sql, params),
    ...(settings ? { settings } : {}),
    ...(unweighted ? { unweighted } : {}),
  }
}

function relation(name: string, sql: string): string {
  return `${name} AS (\n${sql.replace(/^/gm, '  ')}\n)`
}

function hostParams({ database, table, window }: Source): Record<string, ParamValue> {
  if (!window) return { database, table }
  const { from, to, bucket } = window
  return { database, table, from: clickhouseTime(from), to: clickhouseTime(to), bucket }
}

/** What is wanted of the spans. */
interface Wanted {
  /** Whatever may name a column. */
  reader: string
  /** Whether a sampled span counts as many. */
  weighted: boolean
  /** On the columns of `spans`, beside those of the population. */
  condition?: string
  /** `Source.red`, to have its columns beside those of `spans`. */
  above?: string
}

/** The profile's SELECT with its WHERE; adds the parameters of the population to `params`. */
function spans(
  source: Source,
  params: Record<string, ParamValue>,
  { reader, weighted, condition, above }: Wanted,
): string {
  const { profile, population, window } = source
  let count = 0
  const predicate = ({ filter, key, value }: Condition): string => {
    const prefix = `p${count++}_`
    if (key !== undefined) params[`${prefix}key`] = key
    if (value !== undefined) params[`${prefix}value`] = value
    return renamePlaceholders(filterText(profile, filter), (name) =>
      name === 'key' || name === 'value' ? prefix + name : name,
    )
  }
  const inWindow = window ? windowed(profile, window) : []
  const where = [...inWindow, ...population.conditions.map(predicate)]
  for (const condition of population.traceConditions) {
    const matches = [...inWindow, predicate(condition)].join(' AND ')
    where.push(filterText(profile, 'trace').replace('{matches}', () => matches))
  }
  if (condition !== undefined) where.push(condition)
  const read = [reader, condition ?? '', population.where ?? '']
  if (population.distinct) read.push('trace_id span_id')
  const chosen = where.length === 0 ? '' : `\nWHERE ${where.join('\n  AND ')}`
  // What nobody reads is not worked out: weights cost a look at every span's attributes.
  const sql = decide(profile.sql, 'weighted', weighted)
  const all = prune(sql, read.join('\n'), chosen, above) + chosen
  // Collectors deliver at least once: the same span twice is one.
  const text = population.distinct ? `${all}\nLIMIT 1 BY trace_id, span_id` : all
  return population.where ? `SELECT * FROM (\n${text}\n) WHERE (\n${population.where}\n)` : text
}

function windowed(profile: Profile, { outside }: Window): string[] {
  const both = [filterText(profile, 'from'), filterText(profile, 'to')]
  return outside ? [`NOT (${both.join(' AND ')})`] : both
}

function filterText(profile: Profile, filter: Filter): string {
  return profile.filters.get(filter)!
}

/** The parameters that the text really has: servers refuse none, but `--sql` should show no more than that. */
function used(sql: string, params: Record<string, ParamValue>): Record<string, ParamValue> {
  return Object.fromEntries(
    Object.entries(params).filter(([name]) => new RegExp(`\\{\\s*${name}\\s*:`).test(sql)),
  )
}
