/** ClickHouse's JSON values made exact: 64-bit integers keep their digits, times become ISO-8601 UTC text with nine digits. */
import type { Cell, Column, Row } from '../render/renderer.ts'

/** One line of JSONCompactEachRow as a row object. */
export function readRow(line: string, columns: Column[]): Row {
  const values = JSON.parse(keepDigits(line)) as Cell[]
  const row: Row = {}
  for (const [i, column] of columns.entries()) row[column.name] = readValue(values[i]!, column.type)
  return row
}

/** JSON.parse rounds integers beyond 2^53, and servers since 25.8 no longer quote them: quote those of 16 digits and more. */
function keepDigits(line: string): string {
  if (!/\d{16}/.test(line)) return line
  return line.replace(/"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  )
}

function readValue(value: Cell, type: string): Cell {
  if (value === null) return null
  const plain = type.replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, '$1')
  if (plain !== type) return readValue(value, plain)
  if (/^U?Int(64|128|256)/.test(type)) return readInteger(value)
  if (type.startsWith('DateTime') && typeof value === 'string') return readTime(value, type)
  if (type.startsWith('Array(') && Array.isArray(value)) {
    const inner = type.slice(6, -1)
    // Strings stay as they are: most arrays hold them, and a trace has many.
    return inner === 'String' ? value : value.map((item) => readValue(item, inner))
  }
  if (/^(?:SimpleAggregateFunction)\(/.test(type)) {
    return readValue(value, type.replace(/^\w+\([^,]*,\s*(.*)\)$/, '$1'))
  }
  return value
}

function readInteger(value: Cell): Cell {
  if (typeof value !== 'string') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z?)$/

/** Only a zone of UTC, in the type or as the `Z` of the `iso` output format, makes a text an instant; other texts stay. */
function readTime(text: string, type: string): string {
  const match = TIME.exec(text)
  if (!match || !(match[4] === 'Z' || /'(?:UTC|Etc\/UTC)'/.test(type))) return text
  return `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(9, '0')}Z`
}
