/** Grafana's ClickHouse macros, so that a panel's SQL runs in a shell. */
import { usage } from '../errors.ts'
import { solid } from './sql-text.ts'

/**
 * The macros of Grafana's ClickHouse data source as bound parameters of the window.
 * Source: the macro table of the grafana-clickhouse-datasource documentation; a filter there includes its end, here the
 * window's end is excluded, as in every other query.
 */
const MACROS: Record<string, (argument: string) => string> = {
  timeFilter: (column) =>
    `(${column} >= {from:DateTime64(9, 'UTC')} AND ${column} < {to:DateTime64(9, 'UTC')})`,
  timeFilter_ms: (column) =>
    `(${column} >= {from:DateTime64(9, 'UTC')} AND ${column} < {to:DateTime64(9, 'UTC')})`,
  dateFilter: (column) =>
    `(${column} >= toDate({from:DateTime64(9, 'UTC')}) AND ${column} <= toDate({to:DateTime64(9, 'UTC')}))`,
  timeInterval: (column) =>
    `toStartOfInterval(toDateTime(${column}), toIntervalSecond({bucket:UInt32}))`,
  timeInterval_ms: (column) =>
    `toStartOfInterval(toDateTime64(${column}, 3), toIntervalSecond({bucket:UInt32}))`,
  interval_s: () => '{bucket:UInt32}',
  fromTime: () => "toDateTime({from:DateTime64(9, 'UTC')})",
  toTime: () => "toDateTime({to:DateTime64(9, 'UTC')})",
  fromTime_ms: () => "toDateTime64({from:DateTime64(9, 'UTC')}, 3)",
  toTime_ms: () => "toDateTime64({to:DateTime64(9, 'UTC')}, 3)",
}

/**
 * Replaces `$__name` and `$__name(argument)` outside of comments and quotes. A column that is only a macro keeps the
 * macro's text as its name, since the server would name it after the expanded SQL.
 * @throws OtraceError (exit 2) for a macro that otrace does not know
 */
export function expandMacros(sql: string): string {
  const plain = solid(sql)
  return sql.replace(
    /\$__(\w+)(?:\(\s*((?:[^()]|\([^()]*\))*?)\s*\))?/g,
    (text, name: string, argument: string | undefined, at: number) => {
      if (plain[at] !== '$') return text
      const macro = MACROS[name]
      if (macro && macro.length > 0 && !argument) {
        throw usage(
          `the macro $__${name} needs a column`,
          `write it like $__${name}(time), with both parentheses`,
        )
      }
      if (macro) {
        const alone = isColumn(plain.slice(0, at), plain.slice(at + text.length))
        return macro(argument ?? '') + (alone ? ` AS ${quoted(text)}` : '')
      }
      throw usage(
        `unknown macro: ${text}`,
        `the macros are ${Object.keys(MACROS)
          .map((known) => `$__${known}`)
          .join(', ')}`,
      )
    },
  )
}

/** Whether the text between two pieces of a statement is a whole column of a SELECT without an alias. */
function isColumn(before: string, after: string): boolean {
  if (!/^\s*(?:,|\)|FROM\b|$)/i.test(after)) return false
  const clauses = unclosed(before).split(/\b(?=(?:SELECT|FROM|WHERE|GROUP|HAVING|ORDER|LIMIT)\b)/i)
  return /^SELECT(?:\s+DISTINCT)?\s*$|^SELECT\b.*,\s*$/is.test(clauses.at(-1)!)
}

/** The text after the last unclosed parenthesis, without closed pairs. */
function unclosed(sql: string): string {
  const pieces = ['']
  for (const character of sql) {
    if ('([{'.includes(character)) pieces.push('')
    else if (')]}'.includes(character)) pieces.pop()
    else pieces.push((pieces.pop() ?? '') + character)
  }
  return pieces.at(-1) ?? ''
}

function quoted(name: string): string {
  return `"${name.replace(/\s+/g, ' ').replace(/[\\"]/g, '\\$&')}"`
}
