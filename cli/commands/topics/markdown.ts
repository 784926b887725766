/** A page of the documentation as text for the terminal. */
import type { Screen } from '../../render/renderer.ts'
import { padEnd, textWidth, wrapWords } from '../../render/text.ts'
import { theme } from '../../render/theme.ts'

/** The Markdown of `docs/`: headings, paragraphs, lists, tables and code blocks. Links become their text. */
export function renderMarkdown(text: string, screen: Screen): string {
  const { strong, dim } = theme(screen.colour)
  const lines: string[] = []
  const source = text
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    .trimEnd()
    .split('\n')
  for (let i = 0; i < source.length; ) {
    const rest = source.slice(i)
    const line = rest[0]!
    const block = blockOf(rest)
    if (line.startsWith('#')) lines.push(strong(plainText(line.replace(/^#+ /, ''))))
    else if (line.startsWith('```')) lines.push(...block.slice(1, -1).map((code) => `  ${code}`))
    else if (line.startsWith('|')) lines.push(...table(block, screen, dim))
    else lines.push(...paragraph(block, screen.width))
    i += block.length
  }
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`
}

/** The lines at the start that belong together. */
function blockOf(lines: string[]): string[] {
  const [first = ''] = lines
  const ends = (found: number) => (found === -1 ? lines.length : found + 1)
  if (first.startsWith('```')) return lines.slice(0, ends(lines.indexOf('```', 1)))
  if (first.startsWith('|')) return upTo(lines, (line) => !line.startsWith('|'))
  if (first === '' || first.startsWith('#')) return lines.slice(0, 1)
  return upTo(lines, (line) => line === '' || /^(?:```|\||#|- |\d+\. )/.test(line))
}

function upTo(lines: string[], ends: (line: string) => boolean): string[] {
  const at = lines.findIndex((line, i) => i > 0 && ends(line))
  return at === -1 ? lines : lines.slice(0, at)
}

/** Links as their text. Code keeps its quotes: it ends where they do. */
const plainText = (text: string) =>
  text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replaceAll('\\|', '|')

function paragraph(block: string[], width: number): string[] {
  const text = block.map((line) => line.trim()).join(' ')
  if (text === '') return ['']
  const indent = /^(?:- |\d+\. )/.exec(text)?.[0].length ?? 0
  return wrapWords(plainText(text), width - indent).map((line, i) =>
    i === 0 ? line : ' '.repeat(indent) + line,
  )
}

const GAP = 2

/** Columns of a cell below which its lines would be too short to read. */
const LEAST = 20

/** Columns side by side, and the last one wraps; on a narrow screen one below the other. */
function table(block: string[], { width }: Screen, dim: (text: string) => string): string[] {
  const cells = block
    .filter((_, i) => i !== 1)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => plainText(cell.trim()).replaceAll('`', '')),
    )
  const count = cells[0]!.length
  const widths = Array.from({ length: count - 1 }, (_, column) =>
    Math.max(...cells.map((row) => textWidth(row[column] ?? ''))),
  )
  const indent = widths.reduce((sum, one) => sum + one + GAP, 0)
  const room = width - indent
  if (room < LEAST) return stacked(cells, width, dim)
  return cells.flatMap((row, i) => {
    const before = widths.map((one, column) => padEnd(row[column] ?? '', one + GAP)).join('')
    const last = wrapWords(row[count - 1] ?? '', room)
    const drawn = (last.length === 0 ? [''] : last).map((line, at) =>
      `${at === 0 ? before : ' '.repeat(indent)}${line}`.trimEnd(),
    )
    return i === 0 ? drawn.map((line) => dim(line)) : drawn
  })
}

/** Each row as its first cell, with the others below it. */
function stacked(cells: string[][], width: number, dim: (text: string) => string): string[] {
  const [heads = [], ...rows] = cells
  return rows.flatMap(([first = '', ...more]) => [
    ...wrapWords(first, width),
    ...more.flatMap((cell, i) =>
      cell === ''
        ? []
        : wrapWords(`${heads[i + 1]}: ${cell}`, width - GAP).map((line) =>
            dim(' '.repeat(GAP) + line),
          ),
    ),
  ])
}
