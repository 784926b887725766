/** Lengths of columns in the Native format, by type. */
import { notImplemented } from '../errors.ts'
import type { Column, Data } from './cursor.ts'
import { dynamic, json, variant } from './dynamic.ts'

const plain = (data: Data): Column => ({ prefix: () => data })
const fixed = (size: number) => plain((cursor, rows) => cursor.skip(size * rows))

const SIZES: Record<string, number> = Object.fromEntries(
  Object.entries({
    1: 'UInt8 Int8 Bool Enum8 Nothing',
    2: 'UInt16 Int16 Enum16 Date BFloat16',
    4: 'UInt32 Int32 Float32 Date32 DateTime DateTime32 Decimal32 IPv4 Time',
    8: 'UInt64 Int64 Float64 DateTime64 Decimal64 Time64',
    16: 'UInt128 Int128 UUID IPv6 Decimal128',
    32: 'UInt256 Int256 Decimal256',
  }).flatMap(([size, names]) => names.split(' ').map((name) => [name, Number(size)])),
)

const ALIASES: Record<string, string> = {
  Point: 'Tuple(Float64, Float64)',
  Ring: 'Array(Point)',
  LineString: 'Array(Point)',
  MultiLineString: 'Array(LineString)',
  Polygon: 'Array(Ring)',
  MultiPolygon: 'Array(Polygon)',
}

const STRING = plain((cursor, rows) => {
  for (let row = 0; row < rows; row++) cursor.skip(cursor.varint())
})

/** @throws RefusedStatementError for types whose length only ClickHouse knows */
export function columnOf(type: string): Column {
  const [, name = '', inside = ''] = /^(\w+)\s*(?:\(([\s\S]*)\))?$/.exec(type.trim()) ?? []
  const size = SIZES[name] ?? (name.startsWith('Interval') ? 8 : undefined)
  if (size !== undefined) return fixed(size)
  if (ALIASES[name]) return columnOf(ALIASES[name])
  const parts = list(inside)
  switch (name) {
    case 'String':
      return STRING
    case 'FixedString':
      return fixed(Number(inside))
    case 'Decimal':
      return fixed(decimal(Number(parts[0])))
    case 'SimpleAggregateFunction':
      return columnOf(parts[1] ?? '')
    case 'Nullable':
      return both([fixed(1), columnOf(inside)])
    case 'Array':
      return arrayOf(columnOf(inside))
    case 'Map':
      return arrayOf(both(parts.map(columnOf)))
    case 'Nested':
      return arrayOf(both(parts.map(element)))
    case 'Tuple':
      // A tuple of nothing is a byte.
      return inside === '' ? fixed(1) : both(parts.map(element))
    case 'LowCardinality':
      return lowCardinality(columnOf(inside.replace(/^Nullable\(([\s\S]*)\)$/, '$1')))
    case 'Variant':
      return variant(parts.map(columnOf))
    case 'Dynamic':
      return dynamic(columnOf)
    case 'JSON':
      return json(columnOf, parts)
  }
  throw notImplemented(`type ${type} in the Native format; use toString(), or another FORMAT`)
}

const decimal = (digits: number) => (digits <= 9 ? 4 : digits <= 18 ? 8 : digits <= 38 ? 16 : 32)

/** An element of a Tuple: `name Type` or `Type`. */
function element(text: string): Column {
  const [, type] = /^(?:`(?:[^`\\]|\\.)*`|\w+)\s+(\w[\s\S]*)$/.exec(text.trim()) ?? []
  return columnOf(type ?? text)
}

function both(columns: Column[]): Column {
  return {
    prefix: (cursor) => {
      const each = columns.map((column) => column.prefix(cursor))
      return (behind, rows) => {
        for (const data of each) data(behind, rows)
      }
    },
  }
}

/** The end of each row's array, then the elements of all. */
function arrayOf(inner: Column): Column {
  return {
    prefix: (cursor) => {
      const elements = inner.prefix(cursor)
      return (behind, rows) => {
        if (rows === 0) return
        behind.skip(8 * (rows - 1))
        elements(behind, behind.u64())
      }
    },
  }
}

/** A dictionary, then the position of each row's value in it. */
function lowCardinality(dictionary: Column): Column {
  return {
    prefix: (cursor) => {
      cursor.skip(8)
      const keys = dictionary.prefix(cursor)
      return (behind, rows) => {
        if (rows === 0) return
        const flags = behind.u64()
        keys(behind, behind.u64())
        behind.skip(behind.u64() * 2 ** (flags & 0xff))
      }
    },
  }
}

/** Pieces between commas outside of parentheses and quotes. */
function list(text: string): string[] {
  const pieces: string[] = []
  let [depth, from] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === "'" || character === '`') {
      for (at++; at < text.length && text[at] !== character; at++) if (text[at] === '\\') at++
    } else if (character === '(') depth++
    else if (character === ')') depth--
    else if (character === ',' && depth === 0) {
      pieces.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...pieces, text.slice(from)]
}
