/** Rows as horizontal bars beside their values. */

import type { Table } from '../../result.ts'
import { shownColumns, unitsInHeads } from '../columns.ts'
import { fitWidths, type GridColumn, grid, naturalWidth, unboundedWidths } from '../grid.ts'
import type { Screen } from '../renderer.ts'
import { withoutSamples } from '../small-samples.ts'
import { heading, noRows, theme } from '../theme.ts'
import { renderTable } from './table.ts'

const WIDEST_BAR = 60
const NARROWEST_BAR = 8
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/**
 * The first column of numbers gives the bars, which start at zero and share one scale; all columns are shown as text
 * before them. Only zero, nothing and what is below zero has no bar. Without numbers, or room for bars, it is a table.
 */
export function renderBarchart(result: Table, screen: Screen): string {
  const { title, rows } = result
  if (rows.length === 0) return noRows(title, screen)
  const { columns: shown, note } = shownColumns(result, screen)
  const columns = unitsInHeads(shown)
  const measured = columns.findIndex(({ kind }) => kind === 'number')
  if (measured < 0) return renderTable(result, screen)

  const taken = columns.reduce((sum, column) => sum + 2 + naturalWidth(column), 0)
  const room = Math.min(WIDEST_BAR, Math.max(NARROWEST_BAR, screen.width - taken))
  const values = rows.map((row) => Number(row[withoutSamples(result)[measured]!.name] ?? 0))
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  const bars: GridColumn = {
    head: { text: '' },
    cells: values.map((value) => ({
      text: barOf(value / most, room),
      paint: theme(screen.colour).bar,
    })),
    align: 'left',
  }
  const drawn = [...columns, bars]
  const widths = screen.unbounded ? unboundedWidths(drawn) : fitWidths(drawn, screen.width)?.widths
  if (!widths) return renderTable(result, screen)
  const { heads, rows: lines } = grid(drawn, widths, screen)
  return [heading(title, note, screen), ...heads, ...lines].filter((line) => line !== '').join('\n')
}

/** A bar of eighths; any share above 0 shows. */
export function barOf(share: number, width: number): string {
  if (!(share > 0)) return ''
  const eighths = Math.max(1, Math.round(share * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}
