/** ClickHouse's JSON values made exact: 64-bit integers keep their digits, times become ISO-8601 UTC text with nine digits. */
import type { Cell, Column, Row } from '../render/renderer.ts'

type Reader = (value: Cell) => Cell

/** What reads lines of JSONCompactEachRow as row objects. What a type means is found out once, not for each value. */
export function rowReader(columns: Column[]): (line: string) => Row {
  const readers = columns.map(({ name, type }) => ({ name, read: readerOf(type) }))
  return (line) => {
    const values = JSON.parse(keepDigits(line)) as Cell[]
    const row: Row = {}
    for (let i = 0; i < readers.length; i++) {
      const { name, read } = readers[i]!
      const value = values[i]!
      row[name] = value === null || !read ? value : read(value)
    }
    return row
  }
}

/** JSON.parse rounds integers beyond 2^53, and servers since 25.8 no longer quote them: quote those of 16 digits and more. */
function keepDigits(line: string): string {
  // Ids have as many digits, but stand in quotes.
  if (!/[[,:]\s*-?\d{16}/.test(line)) return line
  return line.replace(/"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  )
}

/** How values of a type are read; undefined when they stay as they are, which most do. */
function readerOf(type: string): Reader | undefined {
  const plain = type.replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, '$1')
  if (plain !== type) return readerOf(plain)
  if (/^U?Int(64|128|256)/.test(type)) return readInteger
  if (/^B?Float/.test(type)) return readFloat
  if (type.startsWith('DateTime')) {
    return (value) => (typeof value === 'string' ? readTime(value, type) : value)
  }
  if (type.startsWith('Array(')) {
    const read = readerOf(type.slice(6, -1))
    if (!read) return undefined
    return (value) =>
      Array.isArray(value) ? value.map((item) => (item === null ? null : read(item))) : value
  }
  if (/^(?:SimpleAggregateFunction)\(/.test(type)) {
    return readerOf(type.replace(/^\w+\([^,]*,\s*(.*)\)$/, '$1'))
  }
  return undefined
}

function readInteger(value: Cell): Cell {
  if (typeof value !== 'string') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

/** Of 16 digits and more, which were quoted for integers' sake. */
function readFloat(value: Cell): Cell {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z?)$/

/** Only a zone of UTC, in the type or as the `Z` of the `iso` output format, makes a text an instant; other texts stay. */
function readTime(text: string, type: string): string {
  const match = TIME.exec(text)
  if (!match || !(match[4] === 'Z' || /'(?:UTC|Etc\/UTC)'/.test(type))) return text
  return `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(9, '0')}Z`
}
