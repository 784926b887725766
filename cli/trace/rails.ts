/** The lines that join a tree's branches, before its names and before what is said beneath them; used by `waterfall`. */
import type { Branch, Rails } from './outline.ts'

/** Levels drawn with rails, in so many columns for both and the name, half of which are the name's; deeper levels are numbered. */
function levels(columns: number): number {
  return Math.min(16, Math.floor(columns / 4))
}

/** What stands before a name. */
export function railText({ rails, level }: Branch, columns: number): string {
  if (!rails) return ''
  if (level > levels(columns)) return `${' '.repeat(4)}⋯${level} `
  const own = rails.more ? '├ ' : '└ '
  return above(rails.above) + own
}

/** What stands before the details of a span: its rails carried on, and one more when spans follow beneath it. */
export function continuation({ rails, level, open }: Branch, columns: number): string {
  const inner = open ? '│ ' : '  '
  if (!rails) return inner
  if (level > levels(columns)) return ' '.repeat(8)
  return `${above(rails)}${inner}`
}

function above(rails: Rails | undefined): string {
  let text = ''
  for (let one = rails; one; one = one.above) text = (one.more ? '│ ' : '  ') + text
  return text
}
