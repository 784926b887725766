/** The lines that join a tree's branches, before its names and before what is said beneath them; used by `waterfall`. */
import type { Branch, Rails } from './outline.ts'

/** Levels drawn with rails; deeper ones are numbered. */
const RAILS = 16

/** What stands before a name. */
export function railText({ rails, level }: Branch): string {
  if (!rails) return ''
  if (level > RAILS) return `${' '.repeat(4)}⋯${level} `
  const own = rails.more ? '├ ' : '└ '
  return above(rails.above) + own
}

/** What stands before the details of a span: its rails carried on, and one more when spans follow beneath it. */
export function continuation({ rails, level, open }: Branch): string {
  const inner = open ? '│ ' : '  '
  if (!rails) return inner
  if (level > RAILS) return ' '.repeat(8)
  return `${above(rails)}${inner}`
}

function above(rails: Rails | undefined): string {
  let text = ''
  for (let one = rails; one; one = one.above) text = (one.more ? '│ ' : '  ') + text
  return text
}
