/** An answer's cells as text with their colours, column by column. Pure; what `table`, `barchart` and `stat` start from. */
import { cellText, columnKind, timeShape } from './cell.ts'
import { cellsWidth, type GridCell, type GridColumn } from './grid.ts'
import type { Answer, Column, Screen } from './renderer.ts'
import { printable, textWidth } from './text.ts'
import { meaning, theme } from './theme.ts'

export interface ShownColumn extends GridColumn {
  kind: ReturnType<typeof columnKind>
  unit: Column['unit']
  /** Some of its cells are ids, or all are empty. */
  holdsIds: boolean
}

const ID = /^([0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Ids are there to be copied, so they are never cut. */
export function isId(text: string): boolean {
  return ID.test(text)
}

export function isEmpty({ text }: GridCell): boolean {
  return text === '' || text === '–'
}

/** The columns of `answer`, and in `note` what all its times have in common. */
export function shownColumns(
  { columns, rows }: Answer,
  screen: Screen,
): { columns: ShownColumn[]; note: string } {
  const { strong } = theme(screen.colour)
  const times = timeShape(columns, rows, screen.timeZone)
  const shown = columns.map((column): ShownColumn => {
    const kind = columnKind(column)
    const cells = rows.map((row): GridCell => {
      const cell = row[column.name] ?? null
      const isTime = kind === 'time' && typeof cell === 'string'
      return {
        text: isTime ? times.text(cell) : cellText(cell, column),
        paint: meaning(column.name, cell, screen.colour),
      }
    })
    const holdsIds =
      kind === 'text' && (cells.some(({ text }) => isId(text)) || cells.every(isEmpty))
    return {
      head: { text: printable(column.name), paint: strong },
      cells,
      align: kind === 'number' ? 'right' : 'left',
      shrinks: kind === 'text' && !holdsIds,
      kind,
      unit: column.unit,
      holdsIds,
    }
  })
  return { columns: shown, note: times.note }
}

/** The same columns for a table, where a rate's unit stands in its head, if its name does not say it, and not in each cell. */
export function unitsInHeads(columns: ShownColumn[]): ShownColumn[] {
  return columns.map((column) => {
    if (column.unit !== 'reqps' || column.kind !== 'number') return column
    const { head, cells } = column
    const says = /rps|qps|per_s|req/i.test(head.text)
    return {
      ...column,
      head: says ? head : { ...head, text: `${head.text} req/s` },
      cells: cells.map((cell) => ({ ...cell, text: cell.text.replace(/ req\/s$/, '') })),
    }
  })
}

/** The same column with numbers as narrow as they become without a loss: `1.23ms`. */
export function compact(column: ShownColumn): ShownColumn {
  if (column.kind !== 'number' || !column.unit) return column
  const cells = column.cells.map((cell) => ({ ...cell, text: cell.text.replaceAll(' ', '') }))
  return { ...column, cells }
}

/** The same column with a head like `error_share` in at most so many lines, no narrower than its cells or its words. */
export function withHeadIn(most: number, column: ShownColumn): ShownColumn {
  const { head, cells } = column
  const words = head.text.match(/[^_. ]*[_. ]*/g)!.filter(Boolean)
  const share = Math.ceil(textWidth(head.text) / most)
  let width = Math.max(cellsWidth(cells), share, ...words.map(textWidth))
  let lines = inLines(words, width)
  while (lines.length > most) lines = inLines(words, ++width)
  return { ...column, head: { ...head, text: lines.map((line) => line.trimEnd()).join('\n') } }
}

function inLines(words: string[], width: number): string[] {
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1)! + word
    if (line !== word && textWidth(line) > width) lines.push(word)
    else lines[lines.length - 1] = line
  }
  return lines
}
