/** Text for terminals: control characters removed, measured, cut and wrapped. */
import { graphemesOf, graphemeWidth } from './width.ts'

// Controls and escapes command a terminal, bidirectional overrides reorder text, private and
// unassigned characters have no known width. The joiners stay: emoji and Persian words need them.
const UNPRINTABLE = /[^\P{C}\u200c\u200d]|[\p{Zl}\p{Zp}]/gu

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `text` with characters that a terminal obeys or hides as escapes: `\n`, `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!
    if (NAMED[character]) return NAMED[character]
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
  })
}

const ESCAPE = /\\(?:([nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\})/g

/** The text that `printable` shows so. */
export function unescaped(text: string): string {
  return text.replace(ESCAPE, (whole, letter?: string, ...codes: (string | undefined)[]) => {
    if (letter) return { n: '\n', r: '\r', t: '\t' }[letter]!
    const code = Number.parseInt(codes.find((digits) => typeof digits === 'string')!, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** One column for each UTF-16 unit: Latin, Greek, Cyrillic, rules, blocks, our own marks. */
const NARROW =
  '\\x20-\\x7e\\xa1-\\xac\\xae-\\u02ff\\u0391-\\u03a1\\u03a3-\\u03c9\\u0400-\\u0482\\u2010-\\u2027\\u2500-\\u259f→↻≡⋯✗■◂'
/** Two columns for each: CJK ideographs, kana and Hangul. */
const WIDE =
  '\\u3001\\u3002\\u3041-\\u3096\\u30a1-\\u30fa\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3'
const SIMPLE = new RegExp(`^[${NARROW}]*$`)
/** Every unit is a grapheme of known width. Measuring other text takes 8 µs a character. */
const KNOWN = new RegExp(`^[${NARROW}${WIDE}]*$`)
const EACH_WIDE = new RegExp(`[${WIDE}]`, 'g')

/** V8 copies the whole input for every segment, so text is segmented in windows of this length. */
const WINDOW = 256

/** A piece of about `WINDOW` that ends between graphemes, which are listed where widths are not obvious. */
interface Window {
  piece: string
  graphemes?: string[]
}

function* windows(text: string): Generator<Window> {
  for (let from = 0; from < text.length; ) {
    let piece = text.slice(from, from + WINDOW)
    // The last grapheme may go on behind the window.
    const open = from + WINDOW < text.length
    if (KNOWN.test(piece)) {
      if (open) piece = piece.slice(0, -1)
      yield { piece }
    } else {
      const graphemes = Array.from(graphemesOf(piece), ({ segment }) => segment)
      if (open && graphemes.length > 1) piece = piece.slice(0, -graphemes.pop()!.length)
      yield { piece, graphemes }
    }
    from += piece.length
  }
}

function* segments(text: string): Generator<string> {
  for (const { piece, graphemes } of windows(text)) yield* graphemes ?? piece
}

/** Widths of graphemes: a text has few different ones. */
const widths = new Map<string, number>()

function segmentWidth(segment: string): number {
  let width = widths.get(segment)
  if (width === undefined) {
    width = graphemeWidth(segment)
    if (widths.size > 5_000) widths.clear()
    if (segment.length <= 32) widths.set(segment, width)
  }
  return width
}

/**
 * Columns that printable text takes in a terminal: 2 for most CJK and emoji.
 * @param most beyond this many columns the text is not measured to its end
 */
export function textWidth(text: string, most = Number.POSITIVE_INFINITY): number {
  if (SIMPLE.test(text)) return text.length
  let width = 0
  for (const { piece, graphemes } of windows(text)) {
    width += graphemes
      ? graphemes.reduce((sum, segment) => sum + segmentWidth(segment), 0)
      : piece.length + (piece.match(EACH_WIDE)?.length ?? 0)
    if (width > most) return width
  }
  return width
}

/** `text` cut to at most `width` columns, its last one an ellipsis when something was cut off. */
export function cut(text: string, width: number): string {
  if (textWidth(text, width) <= width) return text
  if (width <= 0) return ''
  if (SIMPLE.test(text)) return `${text.slice(0, width - 1)}…`
  let kept = ''
  let used = 0
  for (const segment of segments(text)) {
    const columns = segmentWidth(segment)
    // Text without any width is not longer than a few characters for each column either.
    if (used + columns > width - 1 || kept.length > width * 16) break
    kept += segment
    used += columns
  }
  return `${kept}…`
}

/** A method and a path, or a word of SQL and a table: the other names in a column begin alike. */
const PROSE = /\S\s+\S+\s+\S/

/** `text` in at most `width` columns: prose loses its end, a name its middle. */
export function shorten(text: string, width: number): string {
  if (width < 3 || textWidth(text, width) <= width || PROSE.test(text)) return cut(text, width)
  const half = Math.floor((width - 1) / 2)
  let end = ''
  let used = 0
  for (const segment of [...segments(text.slice(-width * 16))].reverse()) {
    used += segmentWidth(segment)
    if (used > half) break
    end = segment + end
  }
  return cut(text, width - textWidth(end)) + end
}

/** A UUID, or the id of a span or a trace. */
const ID_FIRST = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,32})/i
const LONGEST_ID = 36

/**
 * `text` in pieces of at most `width` columns, at least one piece, broken between words if possible.
 * Only the spaces at the breaks are dropped.
 * @param most maximum number of pieces; the last is cut
 */
export function wrap(text: string, width: number, most = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  let taken = 0
  for (const segment of segments(text)) {
    const columns = segmentWidth(segment)
    if (used + columns > width && line !== '') {
      const space = line.lastIndexOf(' ') + 1
      const end =
        space > line.length / 2 || (space > 0 && startsId(taken + space)) ? space : line.length
      if (lines.length === most - 1) return [...trimmed(lines), cut(trimmedRest(), width)]
      lines.push(line.slice(0, end))
      taken += end
      line = line.slice(end)
      used = textWidth(line)
    }
    line += segment
    used += columns
  }
  return trimmed([...lines, line])

  /** An id is there to be copied: it stays whole where a line has room for it. */
  function startsId(at: number): boolean {
    const [id] = ID_FIRST.exec(text.slice(at, at + LONGEST_ID)) ?? []
    return id !== undefined && id.length <= width
  }

  function trimmedRest(): string {
    return text.slice(taken).trim()
  }
}

function trimmed(lines: string[]): string[] {
  return lines
    .map((one, i) => (i > 0 ? one.trim() : one.trimEnd()))
    .filter((one, i) => i === 0 || one !== '')
}

/** `text` wrapped, all pieces but the first after `indent` spaces. */
export function wrapHanging(text: string, width: number, indent: number): string[] {
  const [first = ''] = wrap(text, width)
  const rest = text.slice(first.length).trimStart()
  if (rest === '') return [first]
  return [first, ...wrap(rest, width - indent).map((line) => ' '.repeat(indent) + line)]
}

/** `text` in lines of whole words; a word wider than `width` columns stays whole, so that it can be copied. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = []
  let used = width
  for (const word of text.split(' ')) {
    // The spaces of a whole command.
    const columns = textWidth(word.replaceAll('\0', ' '))
    if (used + 1 + columns <= width) {
      lines[lines.length - 1] += ` ${word}`
      used += 1 + columns
    } else {
      lines.push(word)
      used = columns
    }
  }
  return lines
}

/** A command at the end of a sentence: broken, it could not be copied. */
const COMMAND = /(?<=: )otrace [^,;()]*$/

/** Like wrapWords, with a command at the end on a line of its own where that is wide enough. */
export function wrapAdvice(text: string, width: number): string[] {
  const whole = text.replace(COMMAND, (command) =>
    command.length <= width ? command.replaceAll(' ', '\0') : command,
  )
  return wrapWords(whole, width).map((part) => part.replaceAll('\0', ' '))
}

/** A note for stderr: lines broken between words, continued below their text, not their `→`. */
export function note(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const [mark = ''] = /^ *(?:→ )?/.exec(line) ?? []
      const indent = ' '.repeat(mark.length || 2)
      return wrapAdvice(line.slice(mark.length), Math.max(10, width - indent.length)).map(
        (part, i) => (i === 0 ? mark : indent) + part,
      )
    })
    .join('\n')
}

/** `text` followed by spaces up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}

/** `text` after spaces up to `width` columns. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text
}

/** Text within HTML and SVG, attributes too. */
export const escapedHtml = (text: string) =>
  text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
