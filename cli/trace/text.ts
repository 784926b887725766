/** One-line text and phrases for the views of a trace. */
import { serviceName } from '../render/cell.ts'
import { printable } from '../render/text.ts'

const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

/** One line of printable text: line breaks in statements and messages rarely mean anything. */
export function oneLine(text: string): string {
  return PLAIN.test(text) ? text : printable(text.replace(/\s+/g, ' ').trim())
}

/** A service on one line; what `--service` takes where a span has none. */
export const serviceText = (service: string): string => serviceName(oneLine(service))

/** A share, 0 to 1, as a percentage with one decimal, so that a column of them aligns. */
export function formatShare(part: number): string {
  return part > 0 && part < 0.0005 ? '<0.1%' : `${(part * 100).toFixed(1)}%`
}
