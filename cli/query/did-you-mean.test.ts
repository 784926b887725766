/** Suggestions for mistyped words. */
import { expect, it } from 'vitest'
import { didYouMean } from './did-you-mean.ts'

const KNOWN = ['slow', 'spans', 'services', 'attributes', 'trace', 'http_status']

it.each([
  ['slwo', 'slow'],
  ['traces', 'trace'],
  ['SPAN', 'spans'],
  ['serv', 'services'],
  ['ServiceName', undefined],
  ['tracestate', 'trace'],
  ['http_sttaus', 'http_status'],
  ['nosuch', undefined],
  ['x', undefined],
  ['', undefined],
])('%s is near %s', (typed, known) => {
  expect(didYouMean(typed, KNOWN)).toBe(known)
})
