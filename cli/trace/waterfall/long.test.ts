/** Waterfalls of many screens. */
import { expect, it } from 'vitest'
import { screen } from '../../render/fixture.ts'
import { withEnds } from './long.ts'

it('says how long it is, and ends with its header', () => {
  const all = ['head', ...Array.from({ length: 1499 }, (_, i) => `span ${i}`)]
  const drawn = [...withEnds(all, ['head'], screen(80))]
  expect(drawn[0]).toBe('1,500 lines, and the summary again at the end')
  expect(drawn.slice(1, -2)).toEqual(all)
  expect(drawn.slice(-2)).toEqual(['', 'head'])
})

it('leaves a short one as it is', () => {
  expect([...withEnds(['head', 'span'], ['head'], screen(80))]).toEqual(['head', 'span'])
})
