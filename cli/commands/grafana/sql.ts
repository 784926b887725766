/** A query's SQL for Grafana's ClickHouse data source, which binds no parameters. */
import { defaults } from '../../query/bind.ts'
import { compose } from '../../query/compose/compose.ts'
import { callingServer, ofServer } from '../../query/compose/server-functions.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { readLibrary, readSchemas, readViewsSchema } from '../../query/files.ts'
import { clauses } from '../../query/prune.ts'
import type { Param, Query } from '../../query/query-file.ts'
import { endOfParenthesis, reads, topLevel } from '../../query/sql-text.ts'
import { inFewerLines } from './fewer-lines.ts'

/** The tables that panels read. */
export interface PanelTables {
  database: string
  table: string
  /** Whether panels read the views of `otrace schema --views`. */
  views: boolean
}

/** The plugin's macros instead of Grafana's `$__from`, which alerts lack. */
const FROM = '$__fromTime_ms'
const TO = '$__toTime_ms'
const HOST: Record<string, string> = {
  from: FROM,
  to: TO,
  before_from: `${FROM} - toIntervalSecond(dateDiff('second', ${FROM}, ${TO}))`,
  nearby_from: `${FROM} - toIntervalHour(1)`,
  nearby_to: `${TO} + toIntervalHour(1)`,
  ongoing_from: `${FROM} - toIntervalDay(1)`,
  bucket: '$__interval_s',
}

/**
 * The statement with macros for the window, variables for required parameters, and defaults for the
 * others.
 * @param where a condition on the columns of `spans`, with Grafana's variables
 */
export function grafanaSql(query: Query, tables: PanelTables, where?: string): string {
  const given = defaults(query, textVariables(query))
  const source = sourceOf(query, tables, where)
  const composed = compose(query.sql, given, source)
  // By kinds and names as they are: the lookup of parents costs several times as much.
  const byKind = composed.uncrossed?.() ?? composed
  const { sql, params } = byKind.plainNames?.() ?? byKind
  const variables = new Map(required(query).map((param) => [param.name, variable(param)]))
  const bound = sql.replace(/(?<!\$)\{\s*(\w+)\s*:([^{}]*)\}/g, (_, name: string, type: string) => {
    const value = HOST[name] ?? variables.get(name)
    if (value !== undefined) return value
    return isNumber(type) || /^(?:Identifier|Bool)/.test(type)
      ? String(params[name])
      : `'${params[name]}'`
  })
  const views = isOfViews(query, tables)
  const flat = views && query.builtIn ? inOneScope(bound) : bound
  const whole = query.panel === 'timeseries' ? inOrder(query, flat) : flat
  return inFewerLines(views ? callingServer(whole, readLibrary(), own(query)) : whole)
}

/** Names that the query gives to functions of its own. */
const own = ({ sql }: Query) => new Set(clauses(sql).definitions.map(({ name }) => name))

const SCOPE = '\nSELECT * FROM (\n'

/** The query beside its relations, instead of around it. Names of built-in queries differ from those of relations. */
function inOneScope(sql: string): string {
  const start = sql.indexOf(SCOPE)
  if (!sql.startsWith('WITH\n') || start === -1) return sql
  const text = sql.slice(start + SCOPE.length, endOfParenthesis(sql, start + SCOPE.length)).trim()
  const head = sql.slice(0, start)
  return text.startsWith('WITH') ? `${head},\n${text.slice(4).trim()}` : `${head}\n${text}`
}

/** The plugin turns long series into wide ones, and refuses times that do not ascend. */
function inOrder({ sql }: Query, bound: string): string {
  const { columns } = clauses(sql)
  const time =
    columns.find(({ name }) => name === 'time') ??
    columns.find(({ text }) => /\btime\b|\bbucket\b|toStartOf/.test(text))
  const last = topLevel(bound).lastIndexOf('\nORDER BY ')
  const unordered = last === -1 ? bound : bound.slice(0, last)
  return `${unordered}\nORDER BY ${time ? placeOf(time, columns) : hasTime(sql, columns) ? 'time' : 1}`
}

type Column = { text: string; name: string }

/** A column's name, with its quotes, or its number, which those after `*` have not. */
function placeOf(column: Column, columns: readonly Column[]): string | number {
  const quoted = /"[^"\\]+"$|`[^`\\]+`$/.exec(column.text)?.[0]
  return column.name || quoted || columns.indexOf(column) + 1
}

/** Whether `*` may stand for a column `time`, as most relations name it. */
const hasTime = (sql: string, columns: readonly Column[]) =>
  columns.some(({ text }) => text.endsWith('*')) && /\btime\b/.test(sql)

/** Statistics are those of the table, which a view lacks. */
const isOfViews = ({ sql }: Query, { views }: PanelTables) => views && !reads(sql, 'system.tables')

function sourceOf(query: Query, tables: PanelTables, where?: string): SpansSource {
  const { database, table } = tables
  const { allTime } = query
  const views = isOfViews(query, tables)
  const chosen = where && !allTime ? where : undefined
  return {
    ...(views ? viewsWhere(chosen) : tableWhere(chosen)),
    library: views ? ofServer(readLibrary()) : readLibrary(),
    ...(views ? { database: 'otrace', table: 'spans' } : { database, table }),
    ...(allTime ? {} : { window: { from: 0n, to: 1n, bucket: 1 } }),
  }
}

type Source = Pick<SpansSource, 'schema' | 'filters'>

const NONE = { conditions: [], traceConditions: [] }

function tableWhere(where?: string): Source {
  const schema = readSchemas().find(({ name }) => name === 'otel-map')!
  return { schema, filters: { ...NONE, ...(where ? { where } : {}) } }
}

/** A view has the columns of the condition, which stands beside those of the window. */
function viewsWhere(where?: string): Source {
  const schema = readViewsSchema()
  if (where === undefined) return { schema, filters: NONE }
  const filters = new Map(schema.filters).set('service', where)
  return {
    schema: { ...schema, filters },
    filters: { ...NONE, conditions: [{ filter: 'service' }] },
  }
}

export const required = ({ params }: Query) => params.filter((param) => param.default === undefined)

/** The name of the variable of a required parameter. */
export const variableOf = ({ name, label = name }: Param) => label.replaceAll('-', '_')

export const isNumber = (type: string) => /^(?:U?Int|Float)/.test(type)

const variable = (param: Param) =>
  isNumber(param.type) ? `\${${variableOf(param)}}` : `\${${variableOf(param)}:singlequote}`

/** Stands in for required values: never a column, so that --by is an attribute. */
function textVariables(query: Query): Record<string, string> {
  return Object.fromEntries(
    required(query).map(({ name, type }) => [name, isNumber(type) ? '0' : '(variable)']),
  )
}
