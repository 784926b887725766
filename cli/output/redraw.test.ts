/** Which lines of a frame are those of a chart. */
import { expect, it } from 'vitest'
import { chartLines } from './redraw.ts'

it('finds the lines of charts, alone and beside a table, and no others', () => {
  const chart = [
    'Requests per second',
    '\x1b[2m 5 req/s ┤\x1b[22m  ╭───╮    │ 1',
    '         │──╯   ╰──  │ 2',
    '         └──┬──────────  3',
    '          10:30          4',
    '── 200  last 17 req/s',
  ]
  expect([...chartLines(chart)].sort()).toEqual([1, 2, 3, 4])
  expect(chartLines(['1.00 ms │██▋  280', '1.58 ms │█    53', '└─ a span'])).toEqual(new Set())
})
