/** Columns whose types are in the data: Variant, Dynamic and JSON. */
import type { Column, Cursor, Data } from './cursor.ts'

/** The column of a type. */
type ColumnOf = (type: string) => Column

/**
 * Versions of Dynamic:
 * https://github.com/ClickHouse/ClickHouse/blob/master/src/DataTypes/Serializations/SerializationDynamic.h
 */
const DYNAMIC = { withMost: 1, plain: 2, flat: 3 }
/** Versions of JSON; `text` is a setting's. */
const OBJECT = { withMost: 0, text: 1, plain: 2, flat: 3 }

/** The types that are not listed share a column of this name, which has strings. */
const SHARED = 'SharedVariant'
const NULL = 255

/** The number of each row's type, then the rows of each type. */
export function variant(columns: Column[]): Column {
  return {
    prefix: (cursor) => {
      // How the numbers are written: a byte each.
      cursor.skip(8)
      const each = columns.map((column) => column.prefix(cursor))
      return (behind, rows) => chosen(behind, rows, each, 1)
    },
  }
}

/** Data behind numbers of `size` bytes that choose among columns. A number of no column is NULL. */
function chosen(cursor: Cursor, rows: number, each: Data[], size: number): void {
  const counts = each.map(() => 0)
  for (let row = 0; row < rows; row++) {
    const number = cursor.number(size)
    if (number < each.length && !(size === 1 && number === NULL)) counts[number]!++
  }
  for (const [i, data] of each.entries()) if (counts[i]! > 0) data(cursor, counts[i]!)
}

/** The names of its types, then as a Variant of them. */
export function dynamic(columnOf: ColumnOf): Column {
  return {
    prefix: (cursor) => {
      const version = cursor.u64()
      if (version === DYNAMIC.withMost) cursor.varint()
      const types = names(cursor)
      if (version !== DYNAMIC.flat) {
        const sorted = [...types, SHARED].sort(byBytes)
        const columns = sorted.map((type) => columnOf(type === SHARED ? 'String' : type))
        return variant(columns).prefix(cursor)
      }
      const each = types.map((type) => columnOf(type).prefix(cursor))
      // One more number, for NULL.
      const size = types.length < 2 ** 8 ? 1 : types.length < 2 ** 16 ? 2 : 4
      return (behind, rows) => chosen(behind, rows, each, size)
    },
  }
}

/**
 * The names of its paths, then a column of each: first those with a type, by name.
 * @param parts of the type: `a.b UInt32`, `max_dynamic_paths=8`, `SKIP a`
 */
export function json(columnOf: ColumnOf, parts: string[]): Column {
  const typed = parts
    .map((part) => pathOf(part.trim()))
    .filter(({ path, type }) => type !== '' && path !== 'SKIP')
    .sort((a, b) => byBytes(a.path, b.path))
    .map(({ type }) => columnOf(type))
  return {
    prefix: (cursor) => {
      const version = cursor.u64()
      if (version === OBJECT.text) return columnOf('String').prefix(cursor)
      if (version === OBJECT.withMost) cursor.varint()
      const paths = names(cursor).map(() => dynamic(columnOf))
      // Paths beyond the most share a column of pairs.
      const rest = version === OBJECT.flat ? [] : [columnOf('Array(Tuple(String, String))')]
      const each = [...typed, ...paths, ...rest].map((column) => column.prefix(cursor))
      return (behind, rows) => {
        for (const data of each) data(behind, rows)
      }
    },
  }
}

/** `a.b UInt32` and `` `a b` UInt32 `` taken apart; without a type where there is no space. */
function pathOf(part: string): { path: string; type: string } {
  if (part[0] !== '`') {
    const space = part.indexOf(' ')
    return space < 0
      ? { path: part, type: '' }
      : { path: part.slice(0, space), type: part.slice(space + 1) }
  }
  let path = ''
  let at = 1
  for (; at < part.length && part[at] !== '`'; at++) {
    if (part[at] === '\\') at++
    path += part[at]
  }
  return { path, type: part.slice(at + 2) }
}

function names(cursor: Cursor): string[] {
  const found: string[] = []
  for (let left = cursor.varint(); left > 0; left--) found.push(cursor.text())
  return found
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
