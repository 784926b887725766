/** Decodes ClickHouse's JSON: exact 64-bit integers, times as ISO-8601 UTC. */
import type { Cell, Column, Row } from '../result.ts'
import { exceptionBehind, NotClickHouseError, tooMuch } from './answer.ts'

type Reader = (value: Cell) => Cell

/** No type of ClickHouse is nested deeper. */
const MOST_DEPTH = 100
/** Values of the type JSON are not nested deeper: ClickHouse's input_format_json_max_depth. */
const MOST_VALUE_DEPTH = 1000

/**
 * A reader of JSONCompactEachRow lines as row objects. Types are parsed once, not for each value. It throws an Error
 * for what no ClickHouse sends.
 */
export function rowReader(columns: Column[]): (line: string) => Row {
  const readers = columns.map(({ name, type }) => ({ name, read: readerOf(type) }))
  return (line) => {
    const values = JSON.parse(keepDigits(line)) as Cell[]
    if (!Array.isArray(values) || values.length !== readers.length)
      throw new Error(`a row has other columns than ${readers.map(({ name }) => name).join(', ')}`)
    const row: Row = {}
    for (let i = 0; i < readers.length; i++) {
      const { name, read } = readers[i]!
      const value = values[i]!
      if (typeof value === 'object' && value !== null) refuseDeep(value, MOST_VALUE_DEPTH)
      const cell = value === null || !read ? value : read(value)
      if (name === '__proto__') Object.defineProperty(row, name, { value: cell, enumerable: true })
      else row[name] = cell
    }
    return row
  }
}

/** Such values would end the stack wherever they are printed. */
function refuseDeep(value: object, depth: number): void {
  if (depth === 0) throw new Error('a value is nested too deeply')
  const inner: Cell[] = Array.isArray(value) ? value : Object.values(value)
  for (const each of inner)
    if (typeof each === 'object' && each !== null) refuseDeep(each, depth - 1)
}

function isDeep(type: string): boolean {
  let depth = 0
  for (const char of type) {
    if (char === '(' && ++depth > MOST_DEPTH) return true
    if (char === ')') depth--
  }
  return false
}

/**
 * JSON.parse rounds integers beyond 2^53, and servers since 25.8 no longer quote them: quote those of 16 digits and
 * more.
 */
function keepDigits(line: string): string {
  // Ids have as many digits, but are quoted.
  if (!/[[,:]\s*-?\d{16}/.test(line)) return line
  return line.replace(/"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  )
}

/** The reader for values of a type; undefined if they stay unchanged, as most do. */
function readerOf(type: string): Reader | undefined {
  const plain = type.replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, '$1')
  if (plain !== type) return readerOf(plain)
  if (/^(?:U?Int(?:64|128|256)|Decimal)/.test(type)) return readInteger
  if (/^B?Float/.test(type)) return readFloat
  if (type.startsWith('DateTime')) {
    return (value) => (typeof value === 'string' ? readTime(value, type) : value)
  }
  if (type.startsWith('Array(')) {
    const read = readerOf(type.slice(6, -1))
    if (!read) return undefined
    return (value) => (Array.isArray(value) ? value.map((item) => read(item)) : value)
  }
  if (/^(?:SimpleAggregateFunction)\(/.test(type)) {
    return readerOf(type.replace(/^\w+\([^,]*,\s*(.*)\)$/, '$1'))
  }
  return undefined
}

function readInteger(value: Cell): Cell {
  if (typeof value !== 'string') return value
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  // Int256 has 78 digits.
  return /^-?\d{1,78}$/.test(value) ? BigInt(value) : value
}

/** Undoes keepDigits for floats, which it quotes like integers of 16 digits or more. */
function readFloat(value: Cell): Cell {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
}

/** As DateTime64(9) comes in the `iso` format. Texts put together take four times the memory. */
function isExact(text: string): boolean {
  return text.length === 30 && text[29] === 'Z' && text[19] === '.' && text[10] === 'T'
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z?)$/

/** ISO-8601 for times in UTC, by their type or the `Z` of the `iso` output format; other text stays unchanged. */
function readTime(text: string, type: string): string {
  if (isExact(text)) return text
  const match = TIME.exec(text)
  if (!match || !(match[4] === 'Z' || /'(?:UTC|Etc\/UTC)'/.test(type))) return text
  return `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(9, '0')}Z`
}

/**
 * The rows of lines as they arrive.
 * @param place for messages
 * @param mostKept bytes of memory that the rows may take, by an estimate
 * @throws ClickHouseError for an exception in a row, NotClickHouseError, OtraceError (exit 4) for too many rows
 */
export async function* readBatches(
  lines: AsyncIterable<string[]>,
  columns: Column[],
  place: string,
  mostKept: number,
): AsyncGenerator<Row[]> {
  const read = rowReader(columns)
  const rowBytes = ROW_BYTES + CELL_BYTES * columns.length
  let kept = 0
  for await (const batch of lines) {
    yield batch.map((line) => {
      kept += rowBytes + line.length
      if (kept > mostKept) throw tooMuch(place)
      try {
        return read(line)
      } catch (error) {
        // A server that fails after its first rows writes its exception among them, or into one.
        throw exceptionBehind(line) ?? new NotClickHouseError((error as Error).message)
      }
    })
  }
}

/** Measured in Node 22: an object of n small values. */
const ROW_BYTES = 48
const CELL_BYTES = 16

/**
 * The columns of a result.
 * @param names of the columns, and `types`: a JSON list each
 * @throws NotClickHouseError
 */
export function readColumns(names: string, types: string): Column[] {
  if (names.startsWith('<')) throw new NotClickHouseError('it sends a web page')
  const ofType = textsOf(types)
  const columns = textsOf(names).map((name, i) => ({ name, type: ofType[i] ?? 'String' }))
  if (columns.length > MOST_COLUMNS) throw new NotClickHouseError(`${columns.length} columns`)
  if (columns.some(({ type }) => isDeep(type))) {
    throw new NotClickHouseError('a type is nested too deeply')
  }
  return columns
}

/** A table may have a thousand; more would take a terminal minutes. */
const MOST_COLUMNS = 10_000

/** @throws NotClickHouseError unless it is a JSON list of texts */
function textsOf(json: string): string[] {
  try {
    const texts: unknown = JSON.parse(json)
    if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts
  } catch {}
  throw new NotClickHouseError(`not a list of names: ${json.slice(0, 100)}`)
}
