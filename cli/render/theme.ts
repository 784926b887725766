/** Colours by what they mean, for everything that is shown to people. Pure; chalk comes in as an argument and decides by itself whether it paints. */
import type { ChalkInstance } from 'chalk'
import type { Cell, Screen } from './renderer.ts'
import { printable, textWidth, wrap } from './text.ts'

export type Paint = (text: string) => string

/** Red and yellow are kept for what is wrong, dark blue is unreadable on black. */
const PALETTE = [
  'cyan',
  'magenta',
  'green',
  'blueBright',
  'cyanBright',
  'magentaBright',
  'greenBright',
] as const satisfies (keyof ChalkInstance)[]

/** The colours of a theme, by meaning. */
export function theme(colour: ChalkInstance) {
  return {
    error: colour.red as Paint,
    warning: colour.yellow as Paint,
    dim: colour.dim as Paint,
    strong: colour.bold as Paint,
    bar: colour.cyan as Paint,
    /** The same colour for the same service, wherever and whenever it is shown. */
    service: (name: string): Paint => colour[PALETTE[hash(name) % PALETTE.length]!],
  }
}

/**
 * Colours for services that are shown together: those that `theme` gives each alone, and the next free one where two would share it, as
 * long as there is one.
 */
export function serviceColours(
  names: Iterable<string>,
  colour: ChalkInstance,
): (name: string) => Paint {
  const paints = new Map<string, Paint>()
  const taken = new Set<number>()
  for (const name of names) {
    let at = hash(name) % PALETTE.length
    while (taken.has(at) && taken.size < PALETTE.length) at = (at + 1) % PALETTE.length
    taken.add(at)
    paints.set(name, colour[PALETTE[at]!])
  }
  return (name) => paints.get(name) ?? ((text) => text)
}

/** Colours for lines that are drawn together: failures by what they mean, the rest all different. */
export function lineColours(names: string[], colour: ChalkInstance): Paint[] {
  let next = 0
  return names.map((name) => {
    if (/^5\d\d\b|\berrors?\b/i.test(name)) return colour.red
    if (/^4\d\d\b/.test(name)) return colour.yellow
    return colour[PALETTE[next++ % PALETTE.length]!]
  })
}

/** What a value says about itself, judged by its column's name: failed spans, 4xx and 5xx, services. */
export function meaning(column: string, cell: Cell, colour: ChalkInstance): Paint | undefined {
  const { error, warning, dim, service } = theme(colour)
  if (cell === null) return dim
  if (/(^|_)service$/.test(column) && typeof cell === 'string' && cell !== '') return service(cell)
  if (/(^|_)status(_code)?$/.test(column)) {
    const status = String(cell)
    if (/^5\d\d$/.test(status) || /^(STATUS_CODE_)?error$/i.test(status)) return error
    if (/^4\d\d$/.test(status)) return warning
  }
  if (column === 'is_error' && (cell === true || Number(cell) === 1)) return error
  if (/^(errors|error_rate|error_share)$/.test(column) && Number(cell) > 0) return error
  return undefined
}

/** The line above a panel: its title, and in grey what holds for all of it, below where it is too long. `''` for neither. */
export function heading(title: string, note: string, { width, colour }: Screen): string {
  const { strong, dim } = theme(colour)
  const text = printable(title)
  const beside = textWidth(text) + 2 + textWidth(note) <= width
  const notes = beside ? [note] : wrap(note, width)
  const lines = [text && strong(text), ...notes.map((line) => line && dim(line))]
  return lines.filter(Boolean).join(beside ? '  ' : '\n')
}

/** An answer without rows, in one line. */
export function noRows(title: string, screen: Screen): string {
  return heading(title, 'no rows', screen)
}

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193)
  return value >>> 0
}
