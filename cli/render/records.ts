/** Rows too wide for the screen as records: one line for each column. */
import { isId, type ShownColumn } from './columns.ts'
import type { Screen } from './renderer.ts'
import { padEnd, textWidth, wrap } from './text.ts'
import { theme } from './theme.ts'

/** Every cell whole: a cell longer than the line wraps, and an id goes below its name. */
export function records(columns: ShownColumn[], { width, colour }: Screen): string[] {
  const { dim } = theme(colour)
  const names = Math.min(
    Math.max(...columns.map(({ head }) => textWidth(head.text))),
    Math.floor(width / 2),
  )
  const indent = ' '.repeat(names + 2)
  const lines: string[] = []
  for (let i = 0; i < columns[0]!.cells.length; i++) {
    const number = `── ${i + 1} `
    lines.push(dim(number + '─'.repeat(Math.max(0, width - number.length))))
    for (const { head, cells } of columns) {
      const { text, paint } = cells[i]!
      const painted = (line: string) => (paint ? paint(line) : line)
      const spare = width - textWidth(text)
      // An id is copied in one piece: it goes below its name where both don't fit.
      const isBelow = isId(text) && spare < names + 2
      const value = isId(text) ? [text] : wrap(text, Math.max(10, width - names - 2))
      const [first, ...more] = isBelow ? [] : value.map(painted)
      const name = first ? padEnd(head.text, names) : head.text
      lines.push((head.paint ? head.paint(name) : name) + (first ? `  ${first}` : ''))
      if (isBelow) lines.push(' '.repeat(Math.max(0, Math.min(2, spare))) + painted(text))
      lines.push(...more.map((line) => indent + line))
    }
  }
  return lines
}
