/** Single figures, each in bold above its name. */

import type { Table } from '../../result.ts'
import { shownColumns } from '../columns.ts'
import type { Screen } from '../renderer.ts'
import { cut, padEnd, textWidth } from '../text.ts'
import { heading, noRows, theme } from '../theme.ts'

const GAP = 4

/** Each column of each row is a figure; in several rows, text columns are names instead of figures. */
export function renderStat(result: Table, screen: Screen): string {
  const { title, rows } = result
  if (rows.length === 0) return noRows(title, screen)
  const { strong, dim } = theme(screen.colour)
  const { columns, note } = shownColumns(result, screen)
  const labels = rows.length > 1 ? columns.filter(({ kind }) => kind === 'text') : []
  const figures = rows.flatMap((_, i) => {
    const group = labels.map(({ cells }) => cells[i]!.text)
    return columns
      .filter((column) => !labels.includes(column))
      .map(({ head, cells }) => {
        const value = cut(cells[i]!.text, screen.width)
        const name = cut([...group, head.text].join(' '), screen.width)
        const width = Math.max(textWidth(value), textWidth(name))
        return { value, name, width, paint: cells[i]!.paint ?? strong }
      })
  })

  const lines: string[] = []
  for (let from = 0, to = 1; from < figures.length; from = to++) {
    let used = figures[from]!.width
    while (figures[to] && used + GAP + figures[to]!.width <= screen.width) {
      used += GAP + figures[to++]!.width
    }
    const line = figures.slice(from, to)
    const padding = (text: string, width: number) => padEnd(text, width + GAP).slice(text.length)
    lines.push(
      line
        .map(({ value, width, paint }) => paint(value) + padding(value, width))
        .join('')
        .trimEnd(),
      line
        .map(({ name, width }) => dim(name) + padding(name, width))
        .join('')
        .trimEnd(),
    )
  }
  return [heading(title, note, screen), ...lines].filter((line) => line !== '').join('\n')
}
