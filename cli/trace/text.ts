/** Text for one line of a terminal, from spans and about them; used by the views of `trace`. */
import { printable } from '../render/text.ts'
import { formatNumber } from '../render/units.ts'

const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

/** One line, made harmless: statements and messages often have line breaks that mean nothing. */
export function oneLine(text: string): string {
  return PLAIN.test(text) ? text : printable(text.replace(/\s+/g, ' ').trim())
}

/** A share, 0 to 1, with one decimal, which keeps a column of them comparable. */
export function share(part: number): string {
  return part > 0 && part < 0.0005 ? '<0.1%' : `${(part * 100).toFixed(1)}%`
}

/** `1 span is`, `2 spans are`. */
export function plural(count: number, one: string, many: string): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}
