/** Reads JSON token by token from its bytes (https://www.rfc-editor.org/rfc/rfc8259). */
import { MalformedRequestError } from './scan.ts'

const [QUOTE, BACKSLASH, MINUS, PLUS, DOT, ZERO, NINE] = [0x22, 0x5c, 0x2d, 0x2b, 0x2e, 0x30, 0x39]
const [OPEN, CLOSE, COLON, COMMA] = [0x7b, 0x7d, 0x3a, 0x2c]
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d]

/** An unknown value nested deeper is refused. */
const MAX_DEPTH = 500

export class JsonReader {
  readonly bytes: Buffer
  /** The current token: for a string, the range between its quotes. */
  start = 0
  end = 0
  /** Whether the current string has escapes. */
  isEscaped = false
  #at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** The first byte of the next token; 0 at the end of the text. */
  peek(): number {
    const bytes = this.bytes
    let byte = bytes[this.#at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
      byte = bytes[++this.#at]
    return byte ?? 0
  }

  isObject(): boolean {
    return this.peek() === OPEN
  }

  isList(): boolean {
    return this.peek() === OPEN_LIST
  }

  isString(): boolean {
    return this.peek() === QUOTE
  }

  isNumber(): boolean {
    const byte = this.peek()
    return byte === MINUS || (byte >= ZERO && byte <= NINE)
  }

  /** Enters an object or a list. @returns whether it has a member. */
  enter(): boolean {
    const close = this.bytes[this.#at]! + 2
    this.#at++
    if (this.peek() !== close) return true
    this.#at++
    return false
  }

  /** Goes on behind a member. @returns whether another one follows. */
  another(close: '}' | ']'): boolean {
    const byte = this.peek()
    if (byte === COMMA) {
      this.#at++
      return true
    }
    if (byte !== (close === '}' ? CLOSE : CLOSE_LIST)) this.#fail()
    this.#at++
    return false
  }

  /** Reads a member's name, and the colon behind it. */
  key(): void {
    if (this.peek() !== QUOTE) this.#fail()
    this.string()
    if (this.peek() !== COLON) this.#fail()
    this.#at++
  }

  string(): void {
    const bytes = this.bytes
    let at = this.#at + 1
    this.start = at
    this.isEscaped = false
    for (;;) {
      const byte = bytes[at]
      if (byte === QUOTE) break
      if (byte === undefined || byte < 0x20) {
        this.#at = at
        this.#fail()
      }
      if (byte === BACKSLASH) {
        this.isEscaped = true
        at++
      }
      at++
    }
    this.end = at
    this.#at = at + 1
    if (this.isEscaped) this.text()
  }

  number(): void {
    this.start = this.#at
    if (this.bytes[this.#at] === MINUS) this.#at++
    if (this.bytes[this.#at] === ZERO) this.#at++
    else this.#digits()
    if (this.bytes[this.#at] === DOT) {
      this.#at++
      this.#digits()
    }
    const byte = this.bytes[this.#at]! | 0x20
    if (byte === 0x65) {
      this.#at++
      const sign = this.bytes[this.#at]
      if (sign === PLUS || sign === MINUS) this.#at++
      this.#digits()
    }
    this.end = this.#at
  }

  /** Reads true, false or null. @returns whether it was there. */
  literal(word: 'true' | 'false' | 'null'): boolean {
    if (this.peek() !== word.charCodeAt(0)) return false
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.#at + i] !== word.charCodeAt(i)) this.#fail()
    }
    this.#at += word.length
    return true
  }

  /** Reads a value of any kind. */
  skip(depth = 0): void {
    if (depth > MAX_DEPTH)
      throw new MalformedRequestError('not a valid OTLP request: nested too deeply')
    if (this.isString()) this.string()
    else if (this.isNumber()) this.number()
    else if (this.isObject()) {
      if (!this.enter()) return
      do {
        this.key()
        this.skip(depth + 1)
      } while (this.another('}'))
    } else if (this.isList()) {
      if (!this.enter()) return
      do this.skip(depth + 1)
      while (this.another(']'))
    } else if (!this.literal('true') && !this.literal('false') && !this.literal('null'))
      this.#fail()
  }

  /** Checks that nothing follows. */
  finish(): void {
    this.peek()
    if (this.#at < this.bytes.length) this.#fail()
  }

  /** The current string or number as text, its escapes undone. */
  text(): string {
    const text = this.bytes.toString(this.isEscaped ? 'utf8' : 'latin1', this.start, this.end)
    if (!this.isEscaped) return text
    try {
      return JSON.parse(`"${text}"`)
    } catch {
      throw new MalformedRequestError(
        `not valid JSON: an escape that is not valid at byte ${this.start}`,
      )
    }
  }

  #digits(): void {
    const first = this.#at
    let byte = this.bytes[this.#at]!
    while (byte >= ZERO && byte <= NINE) byte = this.bytes[++this.#at]!
    if (this.#at === first) this.#fail()
  }

  #fail(): never {
    const at = this.#at
    const found =
      at >= this.bytes.length ? 'end' : JSON.stringify(this.bytes.toString('utf8', at, at + 1))
    throw new MalformedRequestError(`not valid JSON: unexpected ${found} at byte ${at}`)
  }
}
