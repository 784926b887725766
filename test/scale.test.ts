/** The computed figures of docs/scale.md follow from the measured ones. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { formatUnit } from '../cli/units/units.ts'
import { packageRoot } from '../package.ts'

const page = readFileSync(new URL('docs/scale.md', packageRoot), 'utf8')
const DAY = 86_400
const disk = (bytes: number) => formatUnit(bytes, 'bytes')
/** The cells of the rows of the table with this heading. */
const table = (heading: string) =>
  page
    .slice(page.indexOf(heading))
    .split('\n\n')[0]!
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
const number = (text: string) => Number(text.replaceAll(',', ''))
const bytes = number(/([\d.]+) bytes a span, all told/.exec(page)![1]!)

it('disk is bytes a span times spans', () => {
  const rows = table('| spans a second |')
  expect(rows).toHaveLength(3)
  for (const [rate, ...cells] of rows) {
    const day = number(rate!) * DAY
    const sizes = [1, 30, 60].map((days) => disk(day * days * bytes))
    expect(cells).toEqual([formatUnit(day, 'short'), ...sizes])
  }
})

it('the parts of a span add up, and so do 60 days of them', () => {
  const [, own, times, flags] =
    /([\d.]+) for the spans.*?([\d.]+) for the times.*?([\d.]+) for/s.exec(page)!
  expect(number(own!) + number(times!) + number(flags!)).toBeCloseTo(bytes, 1)
  const spans = 100_000 * DAY * 60
  expect(page).toContain(`${Math.round(spans / 1e9)} billion spans`)
  for (const [, each, sum] of table('| kept |')) expect(sum).toBe(disk(spans * number(each!)))
  const key = /need ([\d.]+) bytes each.*?:\n([\d.]+ GiB)/s.exec(page)!
  expect(key[2]).toBe(disk((spans / 1024) * number(key[1]!)))
})

it('a shard of eight takes an eighth', () => {
  const day = (100_000 / 8) * DAY * bytes
  expect(page).toContain(
    `${(100_000 / 8).toLocaleString('en')} spans a second\nand ${disk(day).replace(/[\d.]+/, (size) => String(Math.round(Number(size))))} a day each`,
  )
})
