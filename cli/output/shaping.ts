/** Shapes rows for output: chosen columns, and values as people read them. */
import { usage } from '../errors.ts'
import { didYouMean } from '../query/did-you-mean.ts'
import { cellText, columnKind, shownText } from '../render/cell.ts'
import { formatTime } from '../render/time.ts'
import type { Cell, Column, Row } from '../result.ts'

/**
 * The named columns, in the order of their names.
 * @throws OtraceError (exit 2) for a name that the result lacks
 */
export function chooseColumns(columns: Column[], names: string[], flag = '--columns'): Column[] {
  return names.map((name) => {
    const found = columns.find((column) => column.name === name)
    if (found) return found
    const known = columns.map((column) => column.name)
    const meant = didYouMean(name, known)
    throw usage(
      `${flag} '${name}' is not a column of the result`,
      meant ? `did you mean ${meant}?` : `the columns are ${known.join(', ')}`,
    )
  })
}

/** The same row with these columns alone. */
export function pick(row: Row, columns: Column[]): Row {
  return Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))
}

/** The same row as text: durations with their unit, times in the zone, maps as `k=v`. Null stays null. */
export function readable(row: Row, columns: Column[], timeZone: string): Row {
  return Object.fromEntries(
    columns.map((column): [string, Cell] => {
      const cell = row[column.name] ?? null
      if (cell === null) return [column.name, null]
      if (typeof cell !== 'string') return [column.name, cellText(cell, column)]
      // Each format escapes texts in its own way.
      return [
        column.name,
        columnKind(column) === 'time' ? formatTime(cell, timeZone) : shownText(cell, column),
      ]
    }),
  )
}
