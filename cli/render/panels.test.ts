/** Rules for every panel: width, colour, escapes, no rows. */
import { describe, expect, it } from 'vitest'
import type { Table } from '../result.ts'
import { at, screen } from './fixture.ts'
import { PANELS, panels } from './panels.ts'
import { textWidth } from './text.ts'

const evil = '\x1b]0;owned\x07\x1b[2J\x9b31m\r\n\u202eabc'
const columns: Table['columns'] = [
  { name: 'time', type: 'DateTime' },
  { name: `name${evil}`, type: 'String' },
  { name: `map${evil}`, type: 'Map(String, String)' },
  { name: `list${evil}`, type: 'Array(String)' },
  { name: `bin${evil}`, type: 'UInt64', unit: 'ns' },
  { name: `count${evil}`, type: 'UInt64' },
]
const rows = [at(0), at(1), evil].map((time, i) => ({
  time,
  [`name${evil}`]: `${evil}${i}`,
  [`map${evil}`]: { [evil]: evil },
  [`list${evil}`]: [evil],
  [`bin${evil}`]: 10 ** i,
  [`count${evil}`]: i,
}))

describe.each(panels)('%s', async (panel) => {
  const render = await PANELS[panel]()

  it.each([30, 80, 160])(
    'sends nothing from the data to the terminal as a command, at %d',
    (width) => {
      for (const shown of [rows, rows.slice(0, 1), []]) {
        const text = render({ title: evil, columns, rows: shown }, screen(width))
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
        expect(text).toContain('\\x1b]0;owned\\x07')
      }
    },
  )

  it('ends without a line break and has no blanks at the ends of lines', () => {
    const text = render({ title: 'Title', columns: columns.slice(0, 1), rows }, screen(80))
    expect(text).not.toMatch(/[ \n]$/m)
  })

  it.each([1, 10_000])('draws %d rows', (length) => {
    const simple: Table['columns'] = [
      { name: 'time', type: 'DateTime' },
      { name: 'bin', type: 'UInt64', unit: 'ns' },
      { name: 'count', type: 'UInt64' },
    ]
    const many = Array.from({ length }, (_, i) => ({ time: at(i), bin: i % 20, count: i % 7 }))
    const text = render({ title: '', columns: simple, rows: many }, screen(100))
    for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(100)
  })
})
