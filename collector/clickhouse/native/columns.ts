/** Lengths of columns in the Native format, by type. */
import { notImplemented } from '../errors.ts'

/** More bytes are needed. */
export const MORE = Symbol('more bytes')

/** A position in bytes that may end early. Every method throws MORE there. */
export class Cursor {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(length: number): void {
    if (this.at + length > this.#bytes.length) throw MORE
    this.at += length
  }

  /** LEB128. */
  varint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.at]
      if (byte === undefined) throw MORE
      this.at += 1
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  u64(): number {
    this.skip(8)
    return Number(this.#bytes.readBigUInt64LE(this.at - 8))
  }

  text(): string {
    const length = this.varint()
    this.skip(length)
    return this.#bytes.toString('utf8', this.at - length, this.at)
  }
}

/** What a column of a type is made of: a prefix for all its rows, then their data. */
export interface Column {
  /** Bytes of the prefix. */
  prefix: number
  /** Moves the cursor behind the data of this many rows. */
  data(cursor: Cursor, rows: number): void
}

const fixed = (size: number): Column => ({
  prefix: 0,
  data: (cursor, rows) => cursor.skip(size * rows),
})

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

const STRING: Column = {
  prefix: 0,
  data: (cursor, rows) => {
    for (let row = 0; row < rows; row++) cursor.skip(cursor.varint())
  },
}

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
      if (inside !== '') return both(parts.map(element))
      break
    case 'LowCardinality':
      return lowCardinality(columnOf(inside.replace(/^Nullable\(([\s\S]*)\)$/, '$1')))
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
    prefix: columns.reduce((sum, { prefix }) => sum + prefix, 0),
    data: (cursor, rows) => {
      for (const column of columns) column.data(cursor, rows)
    },
  }
}

/** The end of each row's array, then the elements of all. */
function arrayOf(inner: Column): Column {
  return {
    prefix: inner.prefix,
    data: (cursor, rows) => {
      if (rows === 0) return
      cursor.skip(8 * (rows - 1))
      inner.data(cursor, cursor.u64())
    },
  }
}

/** A dictionary, then the position of each row's value in it. */
function lowCardinality(dictionary: Column): Column {
  return {
    prefix: 8,
    data: (cursor, rows) => {
      if (rows === 0) return
      const flags = cursor.u64()
      dictionary.data(cursor, cursor.u64())
      cursor.skip(cursor.u64() * 2 ** (flags & 0xff))
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
