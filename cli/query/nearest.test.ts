import { expect, it } from 'vitest'
import { nearest } from './nearest.ts'

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
  expect(nearest(typed, KNOWN)).toBe(known)
})
