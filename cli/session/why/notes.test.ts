/** What is said of traces that a comparison left out. */
import { expect, it } from 'vitest'
import { notesOf } from './why.ts'

const read = (cut: number) =>
  notesOf(
    { oneIn: 1, traces: 9, rows: { count: 9, cut } } as Parameters<typeof notesOf>[0],
    'window',
  )

it('counts one trace without a root as one', () => {
  expect(read(0)).toEqual([])
  expect(read(1)).toEqual(['1 trace of the window has no root in it, and was left out.'])
  expect(read(1200)).toEqual(['1,200 traces of the window have no root in it, and were left out.'])
})
