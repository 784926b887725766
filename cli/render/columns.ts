/** An answer's cells as text with their colours, column by column. Pure; what `table`, `barchart` and `stat` start from. */
import { cellText, columnKind, timeShape } from './cell.ts'
import type { GridCell, GridColumn } from './grid.ts'
import type { Answer, Screen } from './renderer.ts'
import { printable } from './text.ts'
import { meaning, theme } from './theme.ts'

export interface ShownColumn extends GridColumn {
  kind: ReturnType<typeof columnKind>
  /** Every cell is an id: there to be copied, so never cut. */
  isId: boolean
}

const ID = /^([0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|–|)$/

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
    const isId = kind === 'text' && cells.every(({ text }) => ID.test(text))
    return {
      head: { text: printable(column.name), paint: strong },
      cells,
      align: kind === 'number' ? 'right' : 'left',
      shrinks: kind === 'text' && !isId,
      kind,
      isId,
    }
  })
  return { columns: shown, note: times.note }
}
