/** What a panel needs of a result to be drawn. */
import type { Column } from '../../result.ts'
import { columnKind } from '../cell.ts'
import { PANEL_NEEDS, type Panel } from '../panels.ts'

/** What a panel would need beside these columns to be drawn; undefined for nothing. */
export function lackingFor(panel: Panel, columns: Column[]): string | undefined {
  const kinds = columns.map(columnKind)
  const numbers = kinds.filter((kind) => kind === 'number').length
  const { time = false, numbers: most = 0 } = PANEL_NEEDS[panel]
  const lacking = [
    time && !kinds.includes('time') && 'a column of times',
    numbers < most && (most === 1 ? 'a column of numbers' : `${most} columns of numbers`),
  ].filter(Boolean)
  return lacking.length === 0 ? undefined : lacking.join(' and ')
}
