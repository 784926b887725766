/** Blocks of text in columns, in rows of equal height. */
import { padEnd } from './text.ts'

export interface Block {
  /** Coloured text. */
  text: string
  /** Over the whole width. */
  wide: boolean
}

const GAP = 2
/** The least width of each number of columns. */
const COLUMNS: [width: number, columns: number][] = [
  [180, 3],
  [118, 2],
]

export interface Grid {
  columns: number
  /** Width of a block in a column, and of a wide one. */
  narrow: number
  wide: number
}

/** How many columns a screen has, and how wide they are. */
export function gridOf(width: number): Grid {
  const columns = COLUMNS.find(([least]) => width >= least)?.[1] ?? 1
  return { columns, narrow: Math.floor((width - GAP * (columns - 1)) / columns), wide: width }
}

/** The blocks from left to right and top to bottom, with an empty line between rows. */
export function sideBySide(blocks: Block[], { columns, narrow }: Grid): string {
  const rows: Block[][] = []
  for (const block of blocks) {
    const last = rows.at(-1)
    if (last && !block.wide && !last[0]!.wide && last.length < columns) last.push(block)
    else rows.push([block])
  }
  return rows
    .map((row) =>
      rowOf(
        row.map(({ text }) => text.split('\n')),
        narrow,
      ),
    )
    .join('\n\n')
}

function rowOf(cells: string[][], width: number): string {
  const height = Math.max(...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, i) =>
    cells
      .map((lines, column) => {
        const text = lines[i] ?? ''
        return column === cells.length - 1 ? text : padColoured(text, width + GAP)
      })
      .join('')
      .trimEnd(),
  ).join('\n')
}

/** `padEnd` measures without the colours. */
function padColoured(text: string, width: number): string {
  const plain = text.replace(/\x1b\[[\d;]*m/g, '')
  return text + padEnd(plain, width).slice(plain.length)
}
