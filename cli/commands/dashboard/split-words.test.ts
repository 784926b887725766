/** A command line as words. */
import { expect, it } from 'vitest'
import { words } from './split-words.ts'

it.each([
  ['rps --by http_status', ['rps', '--by', 'http_status']],
  ["top a --where 'x > 1' ", ['top', 'a', '--where', 'x > 1']],
  ['a "b c"d', ['a', 'b cd']],
  ['', []],
])('%s', (line, wanted) => {
  expect(words(line)).toEqual(wanted)
})

it('has no words where a quote is open', () => {
  expect(words("a 'b")).toBeUndefined()
})
