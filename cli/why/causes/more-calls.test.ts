/** A call that is new, through a client span like others. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { sentence } from '../sentences.ts'

test('a new call is of the span above its client span, and not twice the client spans', () => {
  const random = randomFrom(7919)
  const rows = [false, true].flatMap((after) =>
    makeTraces(400, after, random, after ? { checked: true } : {}),
  )
  const { findings, unexplained } = analyse({ rows, operations: OPERATIONS, lines: LINES })
  expect(findings.map(sentence)).toEqual([
    expect.stringMatching(
      /^buy in shop now calls check of payment in (\d+) of \1 spans, before in none$/,
    ),
  ])
  expect(Math.abs(unexplained!)).toBeLessThan(0.2)
})
