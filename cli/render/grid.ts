/** Cells in columns under their heads, fitted to the screen. Pure; what `table` and `barchart` are drawn with. */
import CliTable from 'cli-table3'
import type { Screen } from './renderer.ts'
import { cut, textWidth } from './text.ts'
import { type Paint, theme } from './theme.ts'

const GAP = 2
/** A text column is not shrunk below this; when that does not fit, rows become records. */
const NARROWEST = 10

export interface GridCell {
  /** Printable text without colours. */
  text: string
  paint?: Paint
}

export interface GridColumn {
  head: GridCell
  cells: GridCell[]
  align: 'left' | 'right'
  /** May be cut with an ellipsis when the screen is narrow. */
  shrinks?: boolean
}

/**
 * Columns side by side as lines: the heads, the rules below them, the rows. Undefined when they do not fit into `screen.width`
 * with ten columns left for each text.
 */
export function grid(columns: GridColumn[], screen: Screen): string[] | undefined {
  const widths = fitWidths(columns, screen.width)
  if (!widths) return undefined
  const { dim } = theme(screen.colour)
  const rules = widths.map((width): GridCell => ({ text: '─'.repeat(width), paint: dim }))
  const lines = [columns.map(({ head }) => head), rules]
  for (let i = 0; i < (columns[0]?.cells.length ?? 0); i++) {
    lines.push(columns.map(({ cells }) => cells[i]!))
  }
  const fitted = lines.map((line) =>
    line.map(({ text, paint }, i) => ({ text: cut(text, widths[i]!), paint })),
  )
  return layOut(
    fitted,
    widths,
    columns.map(({ align }) => align),
  )
}

/** The columns' widths within `screen`: the longest texts give way first, all of them alike. */
function fitWidths(columns: GridColumn[], screen: number): number[] | undefined {
  const natural = columns.map(({ head, cells }) =>
    cells.reduce(
      (widest, { text }) => Math.max(widest, textWidth(text)),
      textWidth(head.text) || 1,
    ),
  )
  const room = screen - GAP * (columns.length - 1)
  const total = (widths: number[]) => widths.reduce((sum, width) => sum + width, 0)
  const capped = (limit: number) =>
    natural.map((width, i) => (columns[i]!.shrinks ? Math.min(width, limit) : width))
  if (total(natural) <= room) return natural
  if (total(capped(NARROWEST)) > room) return undefined
  let limit = NARROWEST
  while (total(capped(limit + 1)) <= room) limit++
  // What is left over, less than one column for each text, goes to the first of them.
  const widths = capped(limit)
  let rest = room - total(widths)
  return widths.map((width, i) => (width < natural[i]! && rest-- > 0 ? width + 1 : width))
}

/** cli-table3 compares each row with all before it: 12 s for 10,000 rows at once, 1 s in pieces. */
const PIECE = 50

/**
 * cli-table3 places the cells. It measures with a string-width of 2020 that counts later emoji as one column and Thai vowels
 * as several, so it is given stand-ins of the right width, one row for all that are alike, and the texts take their places.
 */
function layOut(lines: GridCell[][], widths: number[], aligns: GridColumn['align'][]): string[] {
  const shapes = lines.map((line) => line.map(({ text }) => '#'.repeat(textWidth(text))))
  const distinct = [...new Map(shapes.map((shape) => [shape.join(' '), shape])).values()]
  const drawn = new Map<string, string>()
  for (let start = 0; start < distinct.length; start += PIECE) {
    const piece = distinct.slice(start, start + PIECE)
    const frame = new CliTable({
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
      colWidths: widths,
      colAligns: aligns,
    })
    frame.push(...piece)
    const rows = frame.toString().split('\n')
    piece.forEach((shape, i) => {
      drawn.set(shape.join(' '), rows[i]!.trimEnd())
    })
  }
  return lines.map((line, i) => {
    const shown = line.filter(({ text }) => textWidth(text) > 0)
    let next = 0
    return drawn.get(shapes[i]!.join(' '))!.replace(/#+/g, () => {
      const { text, paint } = shown[next++]!
      return paint ? paint(text) : text
    })
  })
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
}
