/** The cells of a result as coloured text, column by column. */

import type { Column, Table } from '../result.ts'
import { cellText, columnKind, timeShape } from './cell.ts'
import { cellsWidth, type GridCell, type GridColumn } from './grid.ts'
import type { Screen } from './renderer.ts'
import { FEW_NOTE, fewMark, fewSamples, withoutSamples } from './small-samples.ts'
import { printable, textWidth } from './text.ts'
import { meaning, theme } from './theme.ts'

export interface ShownColumn extends GridColumn {
  kind: ReturnType<typeof columnKind>
  unit: Column['unit']
  /** Some of its cells are ids, or all are empty. */
  holdsIds: boolean
}

const ID = /^([0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Ids are there to be copied: they are shown whole, or as a prefix that finds them. */
export function isId(text: string): boolean {
  return ID.test(text)
}

export function isEmpty({ text }: GridCell): boolean {
  return text === '' || text === '–'
}

/** The columns of `result`, and in `note` the common parts of all its times. */
export function shownColumns(
  result: Table,
  screen: Screen,
): { columns: ShownColumn[]; note: string } {
  const { rows } = result
  const columns = withoutSamples(result)
  const { strong, dim } = theme(screen.colour)
  let few = false
  const times = timeShape(columns, rows, screen.timeZone)
  const shown = columns.map((column): ShownColumn => {
    const kind = columnKind(column)
    const cells = rows.map((row): GridCell => {
      const cell = row[column.name] ?? null
      if (kind === 'time' && typeof cell === 'string') return { text: times.text(cell) }
      const count = fewSamples(column, row, result)
      few ||= count !== undefined
      return {
        text: fewMark(count) + cellText(cell, column),
        paint: count === undefined ? meaning(column.name, cell, screen.colour) : dim,
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
  return { columns: shown, note: [times.note, few ? FEW_NOTE : ''].filter(Boolean).join(' · ') }
}

/** The same columns for a table: a rate's unit moves from the cells to the head, unless the name includes it. */
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

const SHORTENED = /(?:^|_)(?:trace|span|parent)_id$/
/** Digits of a prefix by which `otrace trace` finds a trace. */
const SHORTEST = 8

/** Whether a column's name says that it has ids of traces or spans. */
export const isTraceId = ({ head }: ShownColumn) => SHORTENED.test(head.text)

/** The same column with ids as prefixes that tell them apart; undefined for another column. */
export function shortIds(column: ShownColumn): ShownColumn | undefined {
  const { cells } = column
  if (!column.holdsIds) return undefined
  const ids = [...new Set(cells.map(({ text }) => text).filter((text) => text !== ''))].sort()
  if (!ids.every(isId)) return undefined
  const shared = ids.map((id, i) => (i === 0 ? 0 : commonStart(ids[i - 1]!, id)))
  const length = Math.max(SHORTEST, ...shared.map((digits) => digits + 1))
  const short = (text: string) => (text.length > length + 1 ? `${text.slice(0, length)}…` : text)
  return {
    ...column,
    cells: cells.map((cell) => ({ ...cell, text: short(cell.text) })),
  }
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

/**
 * The same column with a head like `error_share` in at most the given number of lines, no narrower than its cells or
 * its words.
 */
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
