/**
 * Checks the structure of an OTLP request, and counts its rows.
 *
 * One file: a single pass over every byte, in which calls between modules cost time.
 */
import { count, ELEMENTS_LIMIT, ROW_ELEMENTS_LIMIT, ROWS_LIMIT, refuseRequest } from './limits.ts'
import { type Field, type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'
import { addHashes } from './span-hash.ts'

const KEY_VALUE = messageNamed('KeyValue')
const SPAN = messageNamed('Span')

/** Protobuf's own readers stop at 100. */
const MAX_DEPTH = 100

/** The upper half of the first time that repair.ts may find out of range: 2106-02-07, or half a second before. */
const TIME_LIMIT_HIGH = Math.floor((Date.UTC(2106, 1, 7) * 1e6) / 2 ** 32)
const DAY_NANOS = 86_400e9

/**
 * Comparisons of keys that a request may cost, for each attribute and at least; beyond, rewrite.ts looks for
 * duplicates.
 */
const COMPARISONS_EACH = 64
const COMPARISONS = 8192

export interface Scan {
  rows: number
  /** Bytes in ClickHouse's columns, once each row has its own copy of its resource and scope. */
  flatBytes: number
  /** Days since 1970 that rows lie in: each becomes a part. */
  days: ReadonlySet<number>
  /** The request has something that rewrite.ts puts right. */
  needsRewrite: boolean
  /** A message has a field, or a oneof, several times that it may have once, for merge.ts. */
  needsMerge: boolean
  /** Of its spans: see span-hash.ts. */
  hashes: readonly number[]
}

/** The request is not a valid message of its kind. */
export class MalformedRequestError extends Error {
  override name = 'MalformedRequestError'
}

/** A number does not fit its field: what the request is for is not in doubt. */
export class NumberRangeError extends MalformedRequestError {}

/** The request of another signal. */
export function misdirected(signal: Signal): MalformedRequestError {
  return new MalformedRequestError(
    `not a valid OTLP request: it holds ${signal}, which go to /v1/${signal}`,
  )
}

/**
 * Scans a whole request. ClickHouse's reader takes what passes: known fields have their wire type, and every length
 * fits its parent. Neither checks UTF-8.
 * @param isLimited whether a request of too many rows or elements is refused; not if it was acknowledged.
 * @throws MalformedRequestError naming the offset, TooLargeError.
 */
export function scan(signal: Signal, bytes: Uint8Array, isLimited = false): Scan {
  const scanner = new Scanner(bytes, isLimited)
  scanner.message(messageNamed(REQUESTS[signal]), bytes.length, 0)
  const { rows, flatBytes, days, needsRewrite, needsMerge, hashes } = scanner
  return { rows, flatBytes, days, needsRewrite, needsMerge, hashes }
}

/** Whether a table's key can hold a time, given in two halves of 32 bits. 0 means that the time is unknown. */
function isTime(high: number, low: number): boolean {
  return high < TIME_LIMIT_HIGH && high + low > 0
}

class Scanner {
  rows = 0
  flatBytes = 0
  readonly days = new Set<number>()
  needsRewrite = false
  needsMerge = false
  readonly hashes: number[] = []
  #lastDay = -1
  /** Bytes that elements of lists take in columns, beside their own. */
  #listed = 0
  readonly #isLimited: boolean
  /** Elements of lists that are left, for the request and for the current row. */
  #left: number
  /** Those that the current row may not use. */
  #spare = 0
  /** Left for comparing keys. */
  #comparisons = COMPARISONS
  readonly #bytes: Uint8Array
  #at = 0
  /** Offsets of the keys in the open attribute lists: start, end, start, end … */
  #keys: number[] = []
  /** Entries of #keys in use: setting an array's length costs more than the rest of a message. */
  #keysUsed = 0

  constructor(bytes: Uint8Array, isLimited: boolean) {
    this.#bytes = bytes
    this.#isLimited = isLimited
    this.#left = isLimited ? ELEMENTS_LIMIT : Number.MAX_SAFE_INTEGER
  }

  message(message: Message, end: number, depth: number): void {
    if (depth > MAX_DEPTH) this.#fail('nested too deeply')
    const start = this.#at
    const rowsBefore = this.rows
    const keysBefore = this.#keysUsed
    let seenKeys = 0
    let inRows = 0
    let chosen = false
    let seen = 0
    const listedBefore = this.#listed
    let ids = 0
    let traceAt = 0
    let spanAt = 0
    let timeAt = 0
    let endTimeAt = 0
    const fields = message.fields
    while (this.#at < end) {
      const fieldStart = this.#at
      const tag = this.#length()
      const wireType = tag & 7
      const field = fields[tag >>> 3]
      if (field === undefined) {
        this.#skip(tag, end)
        continue
      }
      if (field.oneof) {
        // ClickHouse refuses two members.
        if (chosen) this.needsMerge = true
        chosen = true
      }
      if ((seen & field.onceBit) !== 0) this.needsMerge = true
      seen |= field.onceBit
      if (wireType === 2 && field.wireType === 2) {
        const size = this.#length()
        const inner = this.#at + size
        if (inner > end) this.#fail('a length beyond its message')
        const child = field.message
        if (child === undefined) {
          if (field.idSize !== undefined && size !== field.idSize && size !== 0) {
            this.#fail(`${field.name} of ${size} bytes`)
          }
          if (field.idBit !== 0 && this.#isSet(inner)) {
            ids |= field.idBit
            if (field.idBit === 1) traceAt = inner
            else spanAt = inner
          }
          if (message === KEY_VALUE && field.number === 1) this.#addKey(this.#at, inner)
          this.#at = inner
        } else if (child === KEY_VALUE) {
          seenKeys = this.#attribute(child, inner, depth, keysBefore, seenKeys)
        } else {
          const listed = this.#listed
          if (field.repeated) this.#list(child.width)
          if (child.role === 'row') this.#enterRow()
          this.message(child, inner, depth + 1)
          if (child.role === 'row') this.#leaveRow()
          if (child.role === 'row' || child.role === 'envelope') {
            inRows += inner - fieldStart + this.#listed - listed
          }
        }
      } else if (wireType === field.wireType) {
        const from = this.#at
        this.#scalar(wireType, end)
        // ClickHouse refuses a larger number, and with it the rows around it.
        if (field.fifthByte !== undefined && this.#at - from > 4) this.#narrow(field, from)
        if (field.clock !== undefined) {
          if (field.clock === 'row') timeAt = this.#at
          else if (field.clock === 'end') endTimeAt = this.#at
          else if (this.#high(this.#at) >= TIME_LIMIT_HIGH) this.needsRewrite = true
        } else if (field.repeated) {
          this.#list(8)
        }
        // Encoders write 0 or 1; ClickHouse takes nothing else.
        if (field.scalar === 'bool' && !this.#isBool(from)) {
          this.#fail(`${field.name} neither true nor false`)
        }
      } else if (wireType === 2 && field.repeated) {
        this.#packed(field, end)
      } else {
        this.#fail(`field ${message.name}.${field.name} with wire type ${wireType}`)
      }
    }
    if (this.#at !== end) this.#fail('a field beyond its message')
    if (message !== KEY_VALUE) this.#keysUsed = keysBefore
    if (message.role === 'nested') this.needsRewrite = true
    if (message.clocked) this.#times(message, timeAt, endTimeAt)
    const bytes = end - start + this.#listed - listedBefore + message.width
    if (message.role === 'row') {
      if (++this.rows > ROWS_LIMIT && this.#isLimited)
        refuseRequest(`more than ${count(ROWS_LIMIT)} rows`, `${count(ROWS_LIMIT)} at once`)
      this.flatBytes += bytes
      if (message === SPAN) {
        if (ids === 3) this.#hash(traceAt, spanAt, timeAt)
        else this.needsRewrite = true
      }
    } else if (message.role === 'envelope') {
      this.flatBytes += (bytes - inRows) * (this.rows - rowsBefore)
    }
  }

  /** A row has a limit of its own: the rest is spared for the rows behind it. */
  #enterRow(): void {
    this.#spare = Math.max(0, this.#left - ROW_ELEMENTS_LIMIT)
    this.#left -= this.#spare
  }

  #leaveRow(): void {
    this.#left += this.#spare
    this.#spare = 0
  }

  /** Counts one element of a list. */
  #list(width: number): void {
    this.#listed += width
    if (--this.#left < 0) this.#refuseElements()
  }

  #refuseElements(): never {
    const isRow = this.#spare > 0
    const limit = count(isRow ? ROW_ELEMENTS_LIMIT : ELEMENTS_LIMIT)
    const where = isRow ? ' in one span, metric point or log record' : ''
    refuseRequest(
      `more than ${limit} attributes, events, links and other elements${where}`,
      `${limit} ${isRow ? 'in each' : 'at once'}`,
    )
  }

  /** Looks at the times of a row or an event, which end at these offsets; 0 for a missing one. */
  #times(message: Message, timeAt: number, endTimeAt: number): void {
    let high = this.#high(timeAt)
    let low = this.#low(timeAt)
    const endHigh = this.#high(endTimeAt)
    const endLow = this.#low(endTimeAt)
    if (!isTime(high, low)) {
      const isObserved = message.name === 'LogRecord' && high + low === 0 && isTime(endHigh, endLow)
      if (!isObserved) this.needsRewrite = true
      high = endHigh
      low = endLow
    }
    if (message === SPAN) {
      const isEndEarly = endHigh < high || (endHigh === high && endLow < low)
      if (isEndEarly || endHigh >= TIME_LIMIT_HIGH) this.needsRewrite = true
    }
    if (message.role === 'row') this.#addDay(high, low)
  }

  /** @param traceAt where the trace's id ends, as the others */
  #hash(traceAt: number, spanAt: number, timeAt: number): void {
    addHashes(
      this.hashes,
      this.#uint32(traceAt - 4),
      this.#uint32(spanAt - 4),
      this.#uint32(spanAt - 8),
      this.#high(timeAt),
      this.#low(timeAt),
    )
  }

  #addDay(high: number, low: number): void {
    const day = Math.floor((high * 2 ** 32 + low) / DAY_NANOS)
    if (day === this.#lastDay) return
    this.#lastDay = day
    this.days.add(day)
  }

  /** Whether the varint from there to here is 0 or 1, in as many bytes as it may have. */
  #isBool(from: number): boolean {
    for (let at = from + 1; at < this.#at; at++) if ((this.#bytes[at]! & 0x7f) !== 0) return false
    return (this.#bytes[from]! & 0x7f) <= 1
  }

  /** Whether the id from here to `end` has a bit that is not 0. */
  #isSet(end: number): boolean {
    for (let at = this.#at; at < end; at++) if (this.#bytes[at] !== 0) return true
    return false
  }

  /** The upper half of the eight bytes before an offset. */
  #high(end: number): number {
    return end === 0 ? 0 : this.#uint32(end - 4)
  }

  #low(end: number): number {
    return end === 0 ? 0 : this.#uint32(end - 8)
  }

  #uint32(at: number): number {
    const bytes = this.#bytes
    return (
      (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    )
  }

  /**
   * One KeyValue of a list. A 32-bit sieve decides whether the key is compared with the earlier ones.
   * @returns the sieve with this key in it.
   */
  #attribute(child: Message, inner: number, depth: number, from: number, sieve: number): number {
    const keys = this.#keys
    const before = this.#keysUsed
    this.#list(child.width)
    this.#comparisons += COMPARISONS_EACH
    const short = this.#shortText(inner)
    if (short > 0) {
      this.#addKey(short, short + this.#bytes[short - 1]!)
      this.#at = inner
    } else {
      this.message(child, inner, depth + 1)
    }
    // A KeyValue without a key, or with two, is left to the rewriter.
    if (this.#keysUsed !== before + 2) {
      this.#keysUsed = before
      this.needsRewrite = true
      return sieve
    }
    const start = keys[before]!
    const end = keys[before + 1]!
    const bytes = this.#bytes
    const hash =
      end === start
        ? 0
        : end - start + bytes[end - 1]! * 7 + bytes[(start + end) >>> 1]! * 13 + bytes[start]! * 3
    const bit = 1 << (hash & 31)
    if (sieve & bit) {
      for (let i = from; i < before && !this.needsRewrite; i += 2) {
        if (this.#sameKey(keys[i]!, keys[i + 1]!, start, end)) this.needsRewrite = true
      }
    }
    return sieve | bit
  }

  #addKey(start: number, end: number): void {
    this.#keys[this.#keysUsed++] = start
    this.#keys[this.#keysUsed++] = end
  }

  /**
   * Nine of ten KeyValues are a short key and a short text, recognisable by four bytes.
   * @returns the key's offset, or 0 for any other KeyValue.
   */
  #shortText(inner: number): number {
    const bytes = this.#bytes
    const at = this.#at
    const value = at + 2 + bytes[at + 1]!
    const fits =
      bytes[at] === 0x0a &&
      bytes[at + 1]! < 0x80 &&
      bytes[value] === 0x12 &&
      bytes[value + 1]! < 0x80 &&
      bytes[value + 2] === 0x0a &&
      bytes[value + 3]! < 0x80 &&
      bytes[value + 1] === bytes[value + 3]! + 2 &&
      value + 4 + bytes[value + 3]! === inner
    return fits ? at + 2 : 0
  }

  #sameKey(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    if (--this.#comparisons < 0) this.needsRewrite = true
    if (end - start !== otherEnd - otherStart) return false
    const bytes = this.#bytes
    let i = 0
    while (i < end - start && bytes[start + i] === bytes[otherStart + i]) i++
    this.#comparisons -= i >>> 3
    return i === end - start
  }

  /** Repeated scalars in their packed form. */
  #packed(field: Field, end: number): void {
    const size = this.#length()
    const inner = this.#at + size
    if (inner > end) this.#fail('a length beyond its message')
    while (this.#at < inner) {
      this.#scalar(field.wireType, inner)
      this.#list(8)
    }
  }

  #scalar(wireType: number, end: number): void {
    if (wireType === 0) this.#skipVarint(end)
    else this.#at += wireType === 1 ? 8 : 4
    if (this.#at > end) this.#fail('a value beyond its message')
  }

  /** Refuses a varint from `from` to here that has more than 32 bits. A negative int32 has ten bytes. */
  #narrow(field: Field, from: number): void {
    const bytes = this.#bytes
    const isNegative = field.scalar === 'int32' && this.#at - from === 10
    const rest = isNegative && bytes[from + 9] === 1 ? 0x7f : 0
    const fifth = bytes[from + 4]! & 0x7f
    let fits = rest === 0 ? fifth <= field.fifthByte! : fifth >= 0x78
    for (let at = from + 5; at < this.#at; at++) {
      if ((bytes[at]! & 0x7f) !== (at === from + 9 ? rest & 1 : rest)) fits = false
    }
    if (!fits) this.#fail(`${field.name} of more than 32 bits`, NumberRangeError)
  }

  #skip(tag: number, end: number): void {
    const wireType = tag & 7
    if (tag < 8) this.#fail('field number 0')
    if (wireType === 2) {
      // Not `+=` in one go: it would take #at from before the length was read.
      const size = this.#length()
      this.#at += size
      if (this.#at > end) this.#fail('a length beyond its message')
    } else if (wireType === 0 || wireType === 1 || wireType === 5) {
      this.#scalar(wireType, end)
    } else {
      this.#fail(`wire type ${wireType}`)
    }
  }

  #skipVarint(end: number): void {
    const last = Math.min(end, this.#at + 10)
    while (this.#at < last) {
      if (this.#bytes[this.#at++]! < 0x80) return
    }
    this.#fail('an endless varint')
  }

  /** A tag or a length: at most 31 bits here, since a request is. */
  #length(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at++]
    if (byte === undefined) this.#fail('the end of the data')
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.#at++]
      if (byte === undefined) this.#fail('the end of the data')
      if (shift === 28 && byte > 7) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    this.#fail('a length beyond 2^31')
  }

  #fail(what: string, Kind = MalformedRequestError): never {
    throw new Kind(`not a valid OTLP request: ${what} at byte ${this.#at}`)
  }
}
