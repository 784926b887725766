/** A query's SQL for Grafana's ClickHouse data source, which binds no parameters. */
import { defaults } from '../../query/bind.ts'
import { compose } from '../../query/compose/compose.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { readLibrary, readSchemas, readViewsSchema } from '../../query/files.ts'
import { clauses } from '../../query/prune.ts'
import type { Param, Query } from '../../query/query-file.ts'
import { reads } from '../../query/sql-text.ts'
import { inFewerLines } from './fewer-lines.ts'

/** The tables that panels read. */
export interface PanelTables {
  database: string
  table: string
  /** Whether panels read the views of `otrace schema --views`. */
  views: boolean
}

/** The plugin's macros instead of Grafana's `$__from`, which alerts lack. */
const FROM = "toDateTime64($__fromTime_ms, 9, 'UTC')"
const TO = "toDateTime64($__toTime_ms, 9, 'UTC')"
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
  const composed = compose(query.sql, given, sourceOf(query, tables, where))
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
  const whole = query.panel === 'timeseries' ? inOrder(query, bound) : bound
  return inFewerLines(namingTimes(whole))
}

/** Names the times of the window, which conditions and functions repeat. */
function namingTimes(sql: string): string {
  if (!sql.startsWith('WITH\n')) return sql
  const repeated = Object.entries({ window_from: FROM, window_to: TO }).filter(
    ([, time]) => sql.split(time).length > 2,
  )
  const named = repeated.reduce((text, [name, time]) => text.replaceAll(time, name), sql)
  return `WITH\n${repeated.map(([name, time]) => `${time} AS ${name},\n`).join('')}${named.slice(5)}`
}

/** The plugin turns long series into wide ones, and refuses times that do not ascend. */
function inOrder({ sql }: Query, bound: string): string {
  const { columns } = clauses(sql)
  const time =
    columns.find(({ name }) => name === 'time') ??
    columns.find(({ text }) => /\btime\b|\bbucket\b|toStartOf/.test(text))
  return `${bound}\nORDER BY ${time?.name ?? '1'}`
}

function sourceOf({ sql, allTime }: Query, tables: PanelTables, where?: string): SpansSource {
  const { database, table } = tables
  // Statistics are those of the table, which a view lacks.
  const views = tables.views && !reads(sql, 'system.tables')
  const chosen = where && !allTime ? where : undefined
  return {
    ...(views ? viewsWhere(chosen) : tableWhere(chosen)),
    library: readLibrary(),
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
