/** Ids in records: one piece, beside their name or below it. */
import { expect, it } from 'vitest'
import type { ShownColumn } from './columns.ts'
import { screen } from './fixture.ts'
import { records } from './records.ts'

const ID = '0af7651916cd43dd8448eb211c80319c'

it.each([
  [36, ['id  0af7651916cd43dd8448eb211c80319c']],
  [35, ['id', '  0af7651916cd43dd8448eb211c80319c']],
  [33, ['id', ' 0af7651916cd43dd8448eb211c80319c']],
])('in %d columns', (width, lines) => {
  const column = { head: { text: 'id' }, cells: [{ text: ID }] } as ShownColumn
  expect(records([column], screen(width)).slice(1)).toEqual(lines)
})
