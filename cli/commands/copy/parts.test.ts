/** Parts that `copy` sends one after the other. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { joinSlices } from './parts.ts'

it('has every span in one part, in order of time, and no more spans in it than fit', () => {
  const slices = fc.uniqueArray(fc.tuple(fc.bigInt(0n, 40n), fc.integer({ min: 1, max: 30 })), {
    selector: ([slice]) => slice,
  })
  fc.assert(
    fc.property(slices, fc.integer({ min: 1, max: 60 }), (unordered, most) => {
      const counts = unordered.toSorted(([a], [b]) => Number(a - b))
      const window = { from: 1_000n, to: 1_403n }
      const parts = joinSlices(window, 10n, counts, most)
      for (const [i, { from, to, spans }] of parts.entries()) {
        const within = counts.filter(([slice]) => {
          const start = window.from + slice * 10n
          return start >= from && start < to
        })
        expect(within.reduce((sum, [, each]) => sum + each, 0)).toBe(spans)
        expect(spans <= most || within.length === 1).toBe(true)
        expect(from >= (parts[i - 1]?.to ?? window.from) && to <= window.to).toBe(true)
        // As few parts as that allows.
        const next = counts.find(([slice]) => window.from + slice * 10n >= to)
        expect(next === undefined || spans + next[1] > most).toBe(true)
      }
      const all = (sizes: number[]) => sizes.reduce((sum, each) => sum + each, 0)
      expect(all(parts.map(({ spans }) => spans))).toBe(all(counts.map(([, spans]) => spans)))
    }),
  )
})
