/** Puts a question, a profile, a population and a window together into one statement with bound parameters; pure. */
import type { Condition, Population } from './population.ts'
import type { Filter, Profile } from './profile.ts'
import { reads, renamePlaceholders } from './sql.ts'
import { clickhouseTime, type Window } from './window.ts'

export type ParamValue = string | number | string[]

/** A statement and the values that the server binds to its `{name:Type}` placeholders. */
export interface Statement {
  sql: string
  params: Record<string, ParamValue>
}

/** Where the spans are and which of them count. */
export interface Source {
  profile: Profile
  /** `queries/spans/red.sql`: rate, errors and durations, read from `spans`. */
  red: string
  database: string
  table: string
  population: Population
  /** No window: everything that is stored. */
  window?: Window
  /** False counts a sampled span as one; it is also the cheap way to read spans of which none was sampled. */
  weighted?: boolean
}

/**
 * The final SQL of a question: `WITH spans AS (…), red AS (…) SELECT * FROM (<question>)`. Only the relations that it reads are
 * put in front of it. Parameters of the population are called `p0_key`, `p0_value`, `p1_key` …
 */
export function compose(
  sql: string,
  given: Record<string, ParamValue>,
  source: Source,
  host: Record<string, ParamValue> = {},
): Statement {
  const params: Record<string, ParamValue> = { ...hostParams(source), ...host, ...given }
  const usesRed = reads(sql, 'red')
  const relations: string[] = []
  if (usesRed || reads(sql, 'spans')) relations.push(relation('spans', spans(source, params)))
  if (usesRed) relations.push(relation('red', source.red))
  const head = relations.length === 0 ? '' : `WITH\n${relations.join(',\n')}\n`
  // The newlines keep a trailing `--` comment of the question from swallowing the parenthesis.
  const text = head === '' ? sql : `${head}SELECT * FROM (\n${sql}\n)`
  return { sql: text, params: used(text, params) }
}

function relation(name: string, sql: string): string {
  return `${name} AS (\n${sql.replace(/^/gm, '  ')}\n)`
}

function hostParams(source: Source): Record<string, ParamValue> {
  const { database, table, window, weighted = true } = source
  const everywhere = { database, table, weighted: weighted ? 1 : 0 }
  if (!window) return everywhere
  const { from, to, bucket } = window
  return { ...everywhere, from: clickhouseTime(from), to: clickhouseTime(to), bucket }
}

/** The profile's SELECT with its WHERE; adds the parameters of the population to `params`. */
function spans(source: Source, params: Record<string, ParamValue>): string {
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
  const inWindow = window ? [filterText(profile, 'from'), filterText(profile, 'to')] : []
  const where = [...inWindow, ...population.conditions.map(predicate)]
  for (const condition of population.traceConditions) {
    const matches = [...inWindow, predicate(condition)].join(' AND ')
    where.push(filterText(profile, 'trace').replace('{matches}', matches))
  }
  const text = where.length === 0 ? profile.sql : `${profile.sql}\nWHERE ${where.join('\n  AND ')}`
  return population.where ? `SELECT * FROM (\n${text}\n) WHERE (\n${population.where}\n)` : text
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
