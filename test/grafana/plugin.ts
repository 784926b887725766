/** What Grafana and its ClickHouse data source do to a panel's SQL and to its rows. */

/** A dashboard's variables: the values chosen, or undefined for All. */
export type Chosen = Record<string, string[] | undefined>

export interface Range {
  /** Milliseconds since 1970 UTC. */
  from: number
  to: number
  /** Seconds. */
  interval: number
}

/**
 * The SQL that reaches ClickHouse: first the browser's part, then the backend's macros.
 * https://grafana.com/docs/plugins/grafana-clickhouse-datasource/latest/
 * @throws Error for a variable or a macro that is not there
 */
export function expand(rawSql: string, range: Range, chosen: Chosen): string {
  return withMacros(withVariables(conditionalAll(rawSql, chosen), chosen), range)
}

/** `$__conditionalAll(condition, $variable)`: true where All is chosen. */
function conditionalAll(sql: string, chosen: Chosen): string {
  const start = sql.lastIndexOf('$__conditionalAll(')
  if (start === -1) return sql
  const open = sql.indexOf('(', start)
  let [depth, comma] = [0, 0]
  for (let at = open; ; at++) {
    const character = sql[at]
    if (character === undefined) throw new Error('no end of $__conditionalAll')
    if (character === '(') depth++
    if (character === ')') depth--
    if (character === ',' && depth === 1) comma = at
    if (depth > 0) continue
    const [, name = ''] = /\$(\w+)/.exec(sql.slice(comma, at)) ?? []
    const condition = chosen[name] === undefined ? '1=1' : sql.slice(open + 1, comma)
    return conditionalAll(sql.slice(0, start) + condition + sql.slice(at + 1), chosen)
  }
}

/** `${name:singlequote}` and `${name}`. */
function withVariables(sql: string, chosen: Chosen): string {
  return sql.replace(/\$\{(\w+)(?::(\w+))?\}/g, (whole, name: string, format?: string) => {
    const values = chosen[name]
    if (!values) throw new Error(`no variable ${whole}`)
    if (format === undefined) return values.join(',')
    if (format !== 'singlequote') throw new Error(`unknown format ${whole}`)
    return values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(',')
  })
}

function withMacros(sql: string, { from, to, interval }: Range): string {
  const macros: Record<string, string> = {
    fromTime: `toDateTime(${Math.floor(from / 1000)})`,
    toTime: `toDateTime(${Math.floor(to / 1000)})`,
    fromTime_ms: `fromUnixTimestamp64Milli(${from})`,
    toTime_ms: `fromUnixTimestamp64Milli(${to})`,
    interval_s: String(interval),
  }
  return sql.replace(/\$__(\w+)/g, (whole, name: string) => {
    const text = macros[name]
    if (text === undefined) throw new Error(`${whole} is not a macro of the data source`)
    return text
  })
}

export interface Frame {
  fields: { name: string; type: string; labels?: Record<string, string>; values: unknown[] }[]
}

const isTime = (type: string) => /^(?:Nullable\()?Date/.test(type)
const isFactor = (type: string) =>
  /^(?:Nullable\(|LowCardinality\()*(?:String|Bool|Enum)/.test(type)

/**
 * A frame of `format: 0`: a long series, with a time, texts and numbers, becomes wide. Its texts
 * are labels of the numbers. `LongToWide` of grafana-plugin-sdk-go 0.298 made the same of every panel over time.
 * @throws Error where the plugin shows one instead of the panel
 */
export function longToWide({ fields }: Frame): Frame {
  const time = fields.find(({ type }) => isTime(type))
  const factors = fields.filter(({ type }) => isFactor(type))
  const numbers = fields.filter((field) => field !== time && !factors.includes(field))
  if (!time || numbers.length === 0) throw new Error('not a time series')
  if (factors.length === 0) return { fields: [time, ...numbers] }
  const times: unknown[] = []
  const series = new Map<string, Frame['fields'][number]>()
  for (const [row, at] of (time.values as string[]).entries()) {
    const last = times.at(-1) as string | undefined
    if (last !== undefined && at < last) {
      throw new Error('long series must be sorted ascending by time to be converted')
    }
    if (at !== last) times.push(at)
    const labels = Object.fromEntries(factors.map(({ name, values }) => [name, `${values[row]}`]))
    for (const { name, type, values } of numbers) {
      const key = JSON.stringify([name, labels])
      const field = series.get(key) ?? { name, type, labels, values: [] }
      series.set(key, field)
      field.values[times.length - 1] = values[row]
    }
  }
  const filled = [...series.values()].map((field) => ({
    ...field,
    values: times.map((_, row) => field.values[row] ?? null),
  }))
  return { fields: [{ ...time, values: times }, ...filled] }
}
