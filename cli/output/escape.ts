/** Escapes control characters for the terminal. */
import { printable } from '../render/text.ts'

/** C0 but tab and line feed, C1, bidirectional marks, line separators, tags and byte order marks. */
const ACTIVE =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g

/** JSON text with these characters as `\u202e`: the same value to every parser. */
export function jsonSafe(json: string): string {
  return json.replace(ACTIVE, (found) =>
    Array.from({ length: found.length }, (_, i) => hex(found.charCodeAt(i))).join(''),
  )
}

const hex = (unit: number) => `\\u${unit.toString(16).padStart(4, '0')}`

/** Text with these characters as `\x1b` or `\u202e`; tabs and line feeds stay. */
export function visible(text: string): string {
  return text.replace(ACTIVE, printable)
}

/**
 * Lines in which no runner reads a command: GitHub's `::` begins a line, `##[`, Azure's `##vso[` and TeamCity's
 * `##teamcity[` are anywhere. A zero-width space keeps what a reader sees:
 * https://github.com/actions/runner ActionCommand.cs
 */
export function withoutCommands(text: string): string {
  return text.replace(/^([^\S\n]*:)(?=:)|##(?=(?:vso|teamcity)?\[)/gm, '$&\u200b')
}

/** Escapes every piece. */
export function* through(door: (text: string) => string, pieces: Iterable<string>) {
  for (const piece of pieces) yield door(piece)
}
