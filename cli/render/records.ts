/** Rows too wide for the screen as records: one line for each column. */
import { isId, type ShownColumn } from './columns.ts'
import type { Screen } from './renderer.ts'
import { padEnd, textWidth, wrap } from './text.ts'
import { theme } from './theme.ts'

/** Every cell whole: a cell longer than the line wraps, except an id. */
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
      // A line that the terminal wraps is copied in one piece.
      const value = isId(text) ? [text] : wrap(text, Math.max(10, width - names - 2))
      const name = text === '' ? head.text : padEnd(head.text, names)
      const [first, ...more] = value.map((line) => (paint ? paint(line) : line))
      lines.push((head.paint ? head.paint(name) : name) + (first ? `  ${first}` : ''))
      lines.push(...more.map((line) => indent + line))
    }
  }
  return lines
}
