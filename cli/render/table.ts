/** A table for people: light rules, columns fitted to the screen, nothing dropped. Pure; the renderer of `@panel table`. */
import { cellText, columnKind, timeShape } from './cell.ts'
import { type GridCell, type GridColumn, grid } from './grid.ts'
import { records } from './records.ts'
import type { Answer, Screen } from './renderer.ts'
import { printable } from './text.ts'
import { heading, meaning, noRows, theme } from './theme.ts'

/**
 * `answer` as lines of at most `screen.width` columns. Long texts are cut first; then ids, which are never cut, move below
 * their rows; then rows become records, one below the other.
 */
export function table(answer: Answer, screen: Screen): string {
  const { title, columns, rows } = answer
  if (rows.length === 0) return noRows(title, screen)
  const { strong } = theme(screen.colour)
  const times = timeShape(columns, rows, screen.timeZone)
  const shown = columns.map((column): TableColumn => {
    const kind = columnKind(column)
    const cells = rows.map((row): GridCell => {
      const cell = row[column.name] ?? null
      const text =
        kind === 'time' && typeof cell === 'string' ? times.text(cell) : cellText(cell, column)
      return { text, paint: meaning(column.name, cell, screen.colour) }
    })
    const isId = kind === 'text' && cells.every(({ text }) => ID.test(text))
    return {
      head: { text: printable(column.name), paint: strong },
      cells,
      align: kind === 'number' ? 'right' : 'left',
      shrinks: kind === 'text' && !isId,
      isId,
    }
  })
  const lines = grid(shown, screen) ?? withIdsBelow(shown, screen) ?? records(shown, screen)
  return [heading(title, times.note, screen), ...lines].filter((line) => line !== '').join('\n')
}

interface TableColumn extends GridColumn {
  isId: boolean
}

/** Ids are there to be copied. */
const ID = /^([0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|–|)$/

/** Each row's ids, named, in a line of their own; undefined when even that does not fit. */
function withIdsBelow(columns: TableColumn[], screen: Screen): string[] | undefined {
  const ids = columns.filter(({ isId }) => isId)
  const lines = grid(
    columns.filter(({ isId }) => !isId),
    screen,
  )
  if (!lines || ids.length === 0 || ids.length === columns.length) return undefined
  const { dim } = theme(screen.colour)
  const [heads, rules, ...rows] = lines
  const below = rows.map((_, i) =>
    ids.map(({ head, cells }) => `${head.text} ${cells[i]!.text}`).join('  '),
  )
  if (below.some((line) => line.length + 2 > screen.width)) return undefined
  return [heads!, rules!, ...rows.flatMap((row, i) => [row, dim(`  ${below[i]}`)])]
}
