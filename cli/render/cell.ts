/** One value as text, before it is fitted, aligned or coloured. */

import type { Cell, Column, Row } from '../result.ts'
import { formatNumber, formatUnit } from '../units/units.ts'
import { sparkline } from './sparkline.ts'
import { printable } from './text.ts'
import { type Digits, localTime, range } from './time.ts'

/** The kind of a ClickHouse type, without Nullable and LowCardinality. */
export function columnKind({ type, unit }: Column): 'time' | 'number' | 'trend' | 'text' {
  const bare = type.replace(/^(?:(?:Nullable|LowCardinality)\()+/, '')
  if (/^Date/.test(bare)) return 'time'
  if (/^(U?Int\d|B?Float|Decimal)/.test(bare)) return 'number'
  if (unit && /^Array\((Nullable\()?(U?Int\d|B?Float|Decimal)/.test(bare)) return 'trend'
  return unit && !/^(Array|Map|Tuple|JSON)/.test(bare) ? 'number' : 'text'
}

/** A service, also of spans without one, and one that reads so: as in rows of `--by`, and as `--service` takes it. */
export const serviceName = (service: string): string =>
  service === ''
    ? '(absent)'
    : /^(?:\((?:absent|other)\)|"+\((?:absent|other)\)"+)$/.test(service)
      ? `"${service}"`
      : service

/** A text of a column, which may be a service. */
export const shownText = (text: string, { name, named }: Column): string =>
  name === 'service' && !named ? serviceName(text) : text

/**
 * A cell as readable text without control characters: numbers with their unit, maps as `k=v k=v`, arrays of numbers
 * that have a unit as a sparkline, null as `–`. Times stay text here; `timeShape` formats them.
 */
export function cellText(cell: Cell | undefined, column: Column): string {
  if (cell === null || cell === undefined) return '–'
  if (typeof cell === 'number' || typeof cell === 'bigint') {
    if (column.unit) return formatUnit(cell, column.unit)
    return isCount(cell, column) ? formatNumber(Number(cell)) : String(cell)
  }
  if (typeof cell === 'string') return printable(shownText(cell, column))
  if (Array.isArray(cell) && columnKind(column) === 'trend') {
    return sparkline(cell.map((value) => (value === null ? null : Number(value))))
  }
  if (Array.isArray(cell)) return cell.map((item) => nested(item) || "''").join(', ')
  return typeof cell === 'object' ? pairs(cell) : String(cell)
}

/**
 * Whether digits may be grouped. ClickHouse counts and sums in 64 bits and floats. Smaller integers are years,
 * ports, statuses and seconds since 1970; integers beyond 2^53 are hashes and ids. Neither kind is grouped.
 */
function isCount(cell: number | bigint, { type }: Column): boolean {
  return (
    typeof cell === 'number' && !/^(?:(?:Nullable|LowCardinality)\()*U?Int(?:8|16|32)\b/.test(type)
  )
}

function nested(cell: Cell): string {
  if (cell === null) return '–'
  if (Array.isArray(cell)) return `[${cell.map(nested).join(', ')}]`
  return typeof cell === 'object' ? `{${pairs(cell)}}` : printable(String(cell))
}

/** Like logfmt: quotes a value whose end would be ambiguous. */
function pairs(map: { [key: string]: Cell }): string {
  return Object.entries(map)
    .map(([key, value]) => {
      const text = nested(value)
      const quoted = typeof value === 'string' && (text === '' || /[\s="]/.test(text))
      return `${printable(key)}=${quoted ? `"${text.replaceAll('"', '\\"')}"` : text}`
    })
    .join(' ')
}

/** The format of a result's times; `note` has their days and their common offset. */
export interface TimeShape {
  /** `2026-11-22 +01:00`, `2026-11-20 → 2026-11-22 +01:00`, or `''` without times or where the offset changes. */
  note: string
  text(time: string): string
}

/**
 * The shortest way to show all the times of `columns` in `timeZone`: without the date when it is one day, without the
 * offset unless it changes, with milliseconds unless all are whole seconds.
 */
export function timeShape(columns: Column[], rows: Row[], timeZone: string): TimeShape {
  const names = columns.filter((column) => columnKind(column) === 'time').map(({ name }) => name)
  const dates = new Set<string>()
  const offsets = new Set<string>()
  let digits: Digits = 0
  for (const row of rows) {
    for (const name of names) {
      const time = row[name]
      const local = typeof time === 'string' ? localTime(time, timeZone, 3) : undefined
      if (!local) continue
      dates.add(local.date)
      offsets.add(local.offset)
      if (!local.clock.endsWith('.000')) digits = 3
    }
  }
  const oneDay = dates.size === 1 && offsets.size === 1
  const oneOffset = offsets.size === 1
  const days = [...dates].sort()
  return {
    note: oneOffset ? [range(days[0]!, days.at(-1)!), ...offsets].join(' ') : '',
    text(time) {
      const local = localTime(time, timeZone, digits)
      if (!local) return printable(time)
      const parts = [oneDay ? '' : local.date, local.clock, oneOffset ? '' : local.offset]
      return parts.filter(Boolean).join(' ')
    },
  }
}
