/** A line that is new where an operation is slower. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { sentence } from '../words/sentences.ts'

test('a line that only the slow window has on the spans of a finding follows it', () => {
  const random = randomFrom(7919)
  const rows = [
    ...makeTraces(400, false, random),
    ...makeTraces(400, true, random, { slowSelect: 8 }),
  ]
  const select = OPERATIONS.findIndex(({ name }) => name === 'SELECT products')
  for (const { after, ids, operations, lines } of rows.filter((_, i) => i % 3 === 0))
    if (after) lines.push([ids[operations.indexOf(select)]!, LINES.length])
  const lines = [...LINES, { text: 'waiting for the lock of *', isError: false }]
  const { findings } = analyse({ rows, operations: OPERATIONS, lines })
  expect(findings.map(({ kind }) => kind).slice(0, 2)).toEqual(['slower', 'new log or event'])
  expect(sentence(findings[1]!)).toMatch(
    /^SELECT products in shop now says “waiting for the lock of \*” in 13\d of 400 spans, before in none$/,
  )
})

test('a line that a sixth of the spans had before is not new', () => {
  const random = randomFrom(7919)
  const rows = [
    ...makeTraces(400, false, random),
    ...makeTraces(400, true, random, { slowSelect: 8 }),
  ]
  const select = OPERATIONS.findIndex(({ name }) => name === 'SELECT products')
  for (const [i, { after, ids, operations, lines }] of rows.entries())
    if (i % (after ? 2 : 6) === 0) lines.push([ids[operations.indexOf(select)]!, LINES.length])
  const lines = [...LINES, { text: 'waiting for the lock of *', isError: false }]
  const { findings } = analyse({ rows, operations: OPERATIONS, lines })
  expect(findings[0]!.kind).toBe('slower')
  expect(findings.map(({ kind }) => kind)).not.toContain('new log or event')
})
