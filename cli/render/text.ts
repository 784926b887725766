/** Text as a terminal draws it: made harmless, measured and cut. Pure; whatever comes from a span passes `printable` before it is shown. */
import stringWidth from 'string-width'

// Everything without a shape of its own: controls and escapes (which would command the terminal), bidirectional overrides
// (which reorder what is read), private and unassigned characters (whose width nobody agrees on), line separators.
// The joiners stay: emoji families and Persian words are made with them.
const UNPRINTABLE = /[^\P{C}\u200c\u200d]|[\p{Zl}\p{Zp}]/gu

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `text` with every character that a terminal would obey or hide written as an escape, such as `\n`, `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!
    if (NAMED[character]) return NAMED[character]
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** One column for each UTF-16 unit: Latin, dashes, ellipses, rules, blocks, and our own marks. Measuring the rest takes 20 µs a text. */
const SIMPLE = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2500-\u259fΣ→↻≡⋯✗]*$/

/** Columns that printable text takes in a terminal: 2 for most CJK and emoji. */
export function textWidth(text: string): number {
  return SIMPLE.test(text) ? text.length : stringWidth(text)
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** `text` cut to at most `width` columns, its last one an ellipsis when something was cut off. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width <= 0) return ''
  if (SIMPLE.test(text)) return `${text.slice(0, width - 1)}…`
  let kept = ''
  let used = 0
  // No character is narrower than zero columns, but no line is longer than a few per column either.
  for (const { segment } of graphemes.segment(text.slice(0, width * 16))) {
    const columns = textWidth(segment)
    if (used + columns > width - 1) break
    kept += segment
    used += columns
  }
  return `${kept}…`
}

/** `text` in at most `width` columns: prose loses its end, a name its middle, as both of its ends tell it from others. */
export function shorten(text: string, width: number): string {
  if (width < 3 || /\s/.test(text) || textWidth(text) <= width) return cut(text, width)
  const half = Math.floor((width - 1) / 2)
  let end = ''
  let used = 0
  for (const { segment } of [...graphemes.segment(text)].reverse()) {
    used += textWidth(segment)
    if (used > half) break
    end = segment + end
  }
  return cut(text, width - textWidth(end)) + end
}

/**
 * `text` in pieces of at most `width` columns, at least one: between words where they are short. Nothing is lost but the spaces
 * where it was broken.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const columns = textWidth(segment)
    if (used + columns > width && line !== '') {
      const space = line.lastIndexOf(' ') + 1
      const end = space > line.length / 2 ? space : line.length
      lines.push(line.slice(0, end))
      line = line.slice(end)
      used = textWidth(line)
    }
    line += segment
    used += columns
  }
  return [...lines, line]
    .map((one, i) => (i > 0 ? one.trim() : one.trimEnd()))
    .filter((one, i) => i === 0 || one !== '')
}

/** `text` in pieces as `wrap` makes them, all but the first after `indent` spaces. */
export function wrapHanging(text: string, width: number, indent: number): string[] {
  const [first = ''] = wrap(text, width)
  const rest = text.slice(first.length).trimStart()
  if (rest === '') return [first]
  return [first, ...wrap(rest, width - indent).map((line) => ' '.repeat(indent) + line)]
}

/** `text` in lines of whole words; a word wider than `width` columns stays whole, so that it can be copied. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}

/** A command at the end of a sentence: broken, it could not be copied. */
const COMMAND = /(?<=: )otrace [^,;()]*$/

/** What is said beside an answer, its lines broken between words, each continued below its own text and not below its `→`. */
export function note(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const [mark = ''] = /^ *(?:→ )?/.exec(line) ?? []
      const indent = ' '.repeat(mark.length || 2)
      const whole = line
        .slice(mark.length)
        .replace(COMMAND, (command) =>
          command.length + indent.length <= width ? command.replaceAll(' ', '\0') : command,
        )
      return wrapWords(whole, Math.max(10, width - indent.length)).map(
        (part, i) => (i === 0 ? mark : indent) + part.replaceAll('\0', ' '),
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
