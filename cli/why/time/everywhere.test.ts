/** A busy machine, alone and with a fault of one operation. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import type { WhyFinding } from '../finding.ts'
import { type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { shownFindings } from '../report.ts'

test.each<[string, Faults, string]>([
  ['a slow statement', { slowSelect: 60 }, 'slower: shop SELECT products'],
  ['a statement in a loop', { selects: 8 }, 'more calls: shop SELECT products'],
  ['an error', { failing: 4 }, 'errors begin here: payment charge'],
  ['nothing else', {}, 'slower everywhere:'],
])('on a busy machine %s is found first, then that everything is slower', (_, faults, expected) => {
  for (const seed of [1, 2, 3]) {
    const random = randomFrom(seed * 7919)
    const rows = [
      ...makeTraces(400, false, random),
      ...makeTraces(400, true, random, { ...faults, allTimes: 2 }),
    ]
    const { findings } = analyse({ rows, operations: OPERATIONS, lines: LINES })
    const [{ kind, service, name }] = findings as [WhyFinding]
    expect(`${kind}: ${service} ${name}`.trim()).toBe(expected)
    const shown = shownFindings(findings).map((one) => one.kind)
    expect(shown).toContain('slower everywhere')
    expect(shown).not.toContain('slower throughout')
  }
})
