/** The lines that join the branches of a tree. */
import type { Branch, Rails } from './outline.ts'

/** Number of levels drawn with rails; deeper levels are numbered. Half of the columns stay for the name. */
function levels(columns: number): number {
  return Math.min(16, Math.floor(columns / 4))
}

/** The text before a name. */
export function railText({ rails, level }: Branch, columns: number): string {
  if (!rails) return ''
  if (level > levels(columns)) return `${' '.repeat(4)}⋯${level} `
  const own = rails.more ? '├ ' : '└ '
  return above(rails.above) + own
}

/** The text before the details of a span: its rails, and one more if child spans follow. */
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
