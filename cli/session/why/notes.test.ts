/** What is said of traces that a comparison left out, and of sampled ones. */
import { expect, it } from 'vitest'
import { notesOf, sampledNotes } from './why.ts'

const read = (cut: number, open = 0) =>
  notesOf(
    { oneIn: 1, traces: 9, rows: { count: 9, cut, open } } as Parameters<typeof notesOf>[0],
    'window',
  )

it('counts one trace without a root as one', () => {
  expect(read(0)).toEqual([])
  expect(read(1)).toEqual(['1 trace of the window has no root in it, and was left out.'])
  expect(read(1200)).toEqual(['1,200 traces of the window have no root in it, and were left out.'])
  expect(read(0, 1)[0]).toMatch(/^1 trace of the window lasts longer .* spans of it are missing\.$/)
  expect(read(0, 12)[0]).toMatch(/^12 traces of the window last longer .* of them are missing\.$/)
})

it('says of which requests shares are where some represent more than others', () => {
  const before = { stored: 90, counted: 90, uneven: false }
  const said = (uneven: boolean) => sampledNotes([before, { stored: 90, counted: 900, uneven }])
  const requests = "the baseline is not sampled, the window's 90 requests represent about 900"
  expect(sampledNotes([before, before])).toEqual([])
  expect(said(false)).toEqual([`Sampled: ${requests}. Shares and durations are not affected.`])
  expect(said(true)).toEqual([
    `Sampled: ${requests}. Shares and durations are those of the stored requests, of which some represent more than others.`,
  ])
})
