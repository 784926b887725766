/** Text from spans for one line of a terminal; used by the views of `trace`. */
import { printable } from '../render/text.ts'

const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

/** One line, made harmless: statements and messages often have line breaks that mean nothing. */
export function oneLine(text: string): string {
  return PLAIN.test(text) ? text : printable(text.replace(/\s+/g, ' ').trim())
}
