/** Colours by meaning: errors, warnings, services, lines. */
import type { ChalkInstance } from 'chalk'
import type { Cell } from '../result.ts'
import type { Screen } from './renderer.ts'
import { printable, textWidth, wrap } from './text.ts'

export type Paint = (text: string) => string

/** Red and yellow are reserved for errors and warnings; dark blue is unreadable on black, white on white. */
const PALETTE = [
  'cyan',
  'magenta',
  'green',
  'blueBright',
  'cyanBright',
  'magentaBright',
  'greenBright',
] as const satisfies (keyof typeof HUES)[]

/**
 * Colours of the 256 of xterm that have a contrast of 3 with black and with white, where cyan and yellow on white have
 * less than 2. A terminal of 16 colours shows those of its own theme.
 */
export const HUES = {
  red: 160,
  redBright: 197,
  yellow: 136,
  yellowBright: 166,
  cyan: 31,
  cyanBright: 130,
  magenta: 134,
  magentaBright: 168,
  green: 29,
  greenBright: 64,
  blueBright: 63,
} as const

/** A colour that is seen on dark and on light terminals. */
export function hue(colour: ChalkInstance, name: keyof typeof HUES): ChalkInstance {
  return colour.level < 2 ? colour[name] : colour.ansi256(HUES[name])
}

/** The colours of services on pages, by the code of their colour in a terminal. */
export const PAGE_COLOURS: { readonly [code: number]: string } = {
  36: '#1f8fb4',
  35: '#a754c4',
  32: '#2e9e5b',
  94: '#4a6fe0',
  96: '#c07a1a',
  95: '#c2528b',
  92: '#5f9c1c',
}

/** The colours of errors and warnings on light and dark pages. */
export const PAGE_WARNINGS = {
  light: { 31: '#c62828', 91: '#8f1d4f', 33: '#8a5a00', 93: '#7d7400' },
  dark: { 31: '#ff6b6b', 91: '#ffa08f', 33: '#e0b050', 93: '#f7e08c' },
} as const

/** The colours of a theme, by meaning. */
export function theme(colour: ChalkInstance) {
  return {
    error: hue(colour, 'red') as Paint,
    warning: hue(colour, 'yellow') as Paint,
    dim: colour.dim as Paint,
    strong: colour.bold as Paint,
    bar: hue(colour, 'cyan') as Paint,
    /** The same colour for the same service, wherever and whenever it is shown. */
    service: (name: string): Paint => hue(colour, PALETTE[hash(name) % PALETTE.length]!),
  }
}

/** How a colour looks when it is used again: 56 services are told apart. */
const STYLES = [
  [],
  ['underline'],
  ['bold'],
  ['italic'],
  ['bold', 'underline'],
  ['bold', 'italic'],
  ['underline', 'italic'],
  ['bold', 'underline', 'italic'],
] as const satisfies (keyof ChalkInstance)[][]

/**
 * Colours for services that are shown together, by number: each service's own colour, or the next free one if it is
 * taken. When all are taken, they are used again in another style.
 */
export function serviceSlots(names: Iterable<string>): Map<string, { hue: number; round: number }> {
  const slots = new Map<string, { hue: number; round: number }>()
  let taken = new Set<number>()
  for (const name of names) {
    if (slots.has(name)) continue
    let hue = hash(name) % PALETTE.length
    while (taken.has(hue)) hue = (hue + 1) % PALETTE.length
    slots.set(name, { hue, round: Math.floor(slots.size / PALETTE.length) })
    taken.add(hue)
    if (taken.size === PALETTE.length) taken = new Set()
  }
  return slots
}

/** The paints of `serviceSlots`. */
export function serviceColours(
  names: Iterable<string>,
  colour: ChalkInstance,
): (name: string) => Paint {
  const paints = new Map<string, Paint>()
  for (const [name, { hue: slot, round }] of serviceSlots(names)) {
    const styles = STYLES[round % STYLES.length]!
    const paint = styles.reduce<ChalkInstance>(
      (one, style) => one[style],
      hue(colour, PALETTE[slot]!),
    )
    // A space before a name is not underlined.
    paints.set(name, (text) => text.replace(/^( *)(.+)/s, (_, space, rest) => space + paint(rest)))
  }
  return (name) => paints.get(name) ?? ((text) => text)
}

/** Colours for the lines of one chart, all different: failures by meaning while there are enough. */
export function lineColours(names: string[], colour: ChalkInstance): Paint[] {
  const failures = ['red', 'redBright', 'magentaBright'] as const
  const refusals = ['yellow', 'yellowBright', 'greenBright', 'blueBright'] as const
  const used = new Set<string>()
  const next = (wanted: readonly (keyof typeof HUES)[]) => {
    const choices = [...wanted, ...PALETTE]
    const free = choices.find((name) => !used.has(name)) ?? choices[0]!
    used.add(free)
    return hue(colour, free) as Paint
  }
  return names.map((name) => {
    if (/^5\d\d\b|\berrors?\b/i.test(name)) return next(failures)
    if (/^4\d\d\b/.test(name)) return next(refusals)
    return next(PALETTE)
  })
}

/** The colour of a value by its column's name: failed spans, 4xx and 5xx, services. */
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

/** The lines above a panel: its title and a grey note, which moves below if it is too long. `''` without both. */
export function heading(title: string, note: string, { width, colour }: Screen): string {
  const { strong, dim } = theme(colour)
  const text = printable(title)
  const beside = textWidth(text) + 2 + textWidth(note) <= width
  const notes = beside ? [note] : wrap(note, width)
  const titles = beside || text === '' ? [text] : wrap(text, width)
  const lines = [
    ...titles.map((line) => line && strong(line)),
    ...notes.map((line) => line && dim(line)),
  ]
  return lines.filter(Boolean).join(beside ? '  ' : '\n')
}

/** An empty result, in one line. */
export function noRows(title: string, screen: Screen): string {
  return heading(title, 'no rows', screen)
}

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193)
  return value >>> 0
}
