/** What the report of `diff` says about samples. */
import { expect, test } from 'vitest'
import { togetherNotes } from './diff.ts'

test('combinations that are counted in a share of the traces say so', () => {
  expect(togetherNotes([1, 1])).toEqual([])
  expect(togetherNotes([1, 4])).toEqual([
    'Which values go together is counted in one in 4 of these traces of the other spans.',
  ])
})
