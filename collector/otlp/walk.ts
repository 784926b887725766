/** A structural walk over an OTLP request: refuses malformed bytes and counts rows; for receive/, before the spool. */
import { type Field, type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'

const KEY_VALUE = messageNamed('KeyValue')

/** Deeper than any value a person reads; protobuf's own readers stop at 100. */
const MAX_DEPTH = 100

export interface Walked {
  rows: number
  /** Bytes after each row got its own copy of its resource and scope. */
  flatBytes: number
  /** Whether it has values that ClickHouse cannot turn to text, or a key twice: see otlp/nested.ts. */
  needsRewrite: boolean
}

/** The request is not a valid protobuf message of its kind. */
export class MalformedRequestError extends Error {
  override name = 'MalformedRequestError'
}

/**
 * Walks a whole request. What passes, ClickHouse's reader takes: known fields have their wire type, every length fits
 * its parent, UTF-8 is not looked at (nor is it there).
 * @throws MalformedRequestError naming the offset.
 */
export function walk(signal: Signal, bytes: Uint8Array): Walked {
  const walker = new Walker(bytes)
  walker.message(messageNamed(REQUESTS[signal]), bytes.length, 0)
  return { rows: walker.rows, flatBytes: walker.flatBytes, needsRewrite: walker.needsRewrite }
}

class Walker {
  rows = 0
  flatBytes = 0
  needsRewrite = false
  readonly #bytes: Uint8Array
  #at = 0
  /** Where the keys of the attribute lists being walked lie: start, end, start, end … */
  #keys: number[] = []
  /** How many of them are of lists that are not done: setting an array's length costs more than the rest of a message. */
  #keysUsed = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  message(message: Message, end: number, depth: number): void {
    if (depth > MAX_DEPTH) this.#fail('nested too deeply')
    const start = this.#at
    const rowsBefore = this.rows
    const keysBefore = this.#keysUsed
    let seenKeys = 0
    let inRows = 0
    let chosen = false
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
        // Protobuf would take the last; ClickHouse refuses, and no encoder writes it.
        if (chosen) this.#fail(`more than one value in ${message.name}`)
        chosen = true
      }
      if (wireType === 2 && field.wireType === 2) {
        const size = this.#length()
        const inner = this.#at + size
        if (inner > end) this.#fail('a length beyond its message')
        const child = field.message
        if (child === undefined) {
          if (field.idSize !== undefined && size !== field.idSize && size !== 0) {
            this.#fail(`${field.name} of ${size} bytes`)
          }
          if (message === KEY_VALUE && field.number === 1) this.#addKey(this.#at, inner)
          this.#at = inner
        } else if (child === KEY_VALUE) {
          seenKeys = this.#attribute(child, inner, depth, keysBefore, seenKeys)
        } else {
          this.message(child, inner, depth + 1)
          if (child.role === 'row' || child.role === 'envelope') inRows += inner - fieldStart
        }
      } else if (wireType === field.wireType) {
        this.#scalar(wireType, end)
        // Encoders write 0 or 1; ClickHouse takes nothing else.
        if (field.scalar === 'bool' && this.#bytes[this.#at - 1]! > 1) {
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
    if (message.role === 'row') {
      this.rows++
      this.flatBytes += end - start
    } else if (message.role === 'envelope') {
      const shared = end - start - inRows
      this.flatBytes += shared * (this.rows - rowsBefore)
    }
  }

  /**
   * One KeyValue of a list. Keys that occurred before in the list are looked for behind a 32-bit sieve.
   * @returns the sieve with this key in it.
   */
  #attribute(child: Message, inner: number, depth: number, from: number, sieve: number): number {
    const keys = this.#keys
    const before = this.#keysUsed
    const short = this.#shortText(inner)
    if (short > 0) {
      this.#addKey(short, short + this.#bytes[short - 1]!)
      this.#at = inner
    } else {
      this.message(child, inner, depth + 1)
    }
    // A KeyValue with its key given twice, or not at all, keeps the list's bookkeeping simple by taking the slow way.
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
   * Nine KeyValues of ten are a short key and a short text and nothing else, which four bytes tell.
   * @returns where the key lies, or 0 if this is none of them.
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
    if (end - start !== otherEnd - otherStart) return false
    const bytes = this.#bytes
    for (let i = 0; i < end - start; i++) {
      if (bytes[start + i] !== bytes[otherStart + i]) return false
    }
    return true
  }

  /** Repeated scalars in their packed form. */
  #packed(field: Field, end: number): void {
    const size = this.#length()
    const inner = this.#at + size
    if (inner > end) this.#fail('a length beyond its message')
    while (this.#at < inner) this.#scalar(field.wireType, inner)
  }

  #scalar(wireType: number, end: number): void {
    if (wireType === 0) this.#skipVarint(end)
    else this.#at += wireType === 1 ? 8 : 4
    if (this.#at > end) this.#fail('a value beyond its message')
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

  #fail(what: string): never {
    throw new MalformedRequestError(`not a valid OTLP request: ${what} at byte ${this.#at}`)
  }
}
