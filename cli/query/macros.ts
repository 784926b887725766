/** Grafana's ClickHouse macros, so that a panel's SQL pastes into a shell; pure. */
import { OtraceError } from '../errors.ts'

/**
 * The macros of Grafana's ClickHouse data source as bound parameters of the window.
 * Source: the macro table of the grafana-clickhouse-datasource documentation; a filter there includes its end, here the window's
 * end stays outside, as in every other answer.
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
 * Replaces `$__name` and `$__name(argument)`.
 * @throws OtraceError (exit 2) for a macro that otrace does not know
 */
export function expandMacros(sql: string): string {
  return sql.replace(
    /\$__(\w+)(?:\(\s*((?:[^()]|\([^()]*\))*?)\s*\))?/g,
    (text, name: string, argument = '') => {
      const macro = MACROS[name]
      if (macro) return macro(argument)
      throw new OtraceError(
        'usage',
        `there is no macro ${text}`,
        `the macros are ${Object.keys(MACROS)
          .map((known) => `$__${known}`)
          .join(', ')}`,
      )
    },
  )
}
