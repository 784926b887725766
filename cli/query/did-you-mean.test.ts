/** Suggestions for mistyped words. */
import { expect, it } from 'vitest'
import { didYouMean, otherSpellings } from './did-you-mean.ts'

const KNOWN = ['slow', 'spans', 'services', 'attributes', 'trace', 'http_status']

it.each([
  ['slwo', 'slow'],
  ['traces', 'trace'],
  ['SPAN', 'spans'],
  ['serv', 'services'],
  ['ServiceName', undefined],
  ['tracestate', 'trace'],
  ['http_sttaus', 'http_status'],
  ['STATUS', 'http_status'],
  ['tat', undefined],
  ['nosuch', undefined],
  ['x', undefined],
  ['', undefined],
])('%s is near %s', (typed, known) => {
  expect(didYouMean(typed, KNOWN)).toBe(known)
})

it('suggests neither the empty text nor one that a statement resembles', () => {
  expect(didYouMean('region', [''])).toBeUndefined()
  const statement = 'select '.repeat(100)
  expect(didYouMean(statement, [`${statement}x`, 'insert '.repeat(100)])).toBe(`${statement}x`)
  expect(didYouMean(statement, [statement.replace('s', 't')])).toBeUndefined()
})

it('spells a text otherwise', () => {
  expect(otherSpellings('get')).toEqual(['GET'])
  expect(otherSpellings('= “Ada”')).toEqual(['Ada', 'ada', 'ADA'])
  const id = '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'
  const bare = id.replaceAll('-', '')
  expect(otherSpellings(id)).toEqual([id.toUpperCase(), bare, bare.toUpperCase()])
  for (const typed of [`urn:uuid:${id}`, `{${id}}`, `"${id}",`])
    expect(otherSpellings(typed)).toContain(id)
  expect(otherSpellings('')).toEqual([])
})
