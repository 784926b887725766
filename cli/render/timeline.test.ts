/** The labels of a time axis. */
import { expect, it } from 'vitest'
import { timeline } from './timeline.ts'

it('keeps its labels within its width, wherever the round times lie', () => {
  for (let begin = 0; begin < 60; begin++) {
    const start = Date.parse('2026-11-22T15:00:00Z') + begin * 60_000
    const times = Array.from({ length: 61 }, (_, i) => new Date(start + i * 60_000).toISOString())
    for (const width of [24, 61, 78]) {
      const { axis } = timeline(times, width, 'UTC')
      expect(axis[1].length, `${begin}, ${width}: ${axis[1]}`).toBeLessThanOrEqual(width)
      expect(axis[1]).not.toMatch(/\d{2}:\d{4}|^ *$/)
    }
  }
})

it('shows one bucket in the zone, though it begins at midnight UTC', () => {
  const { note } = timeline(['2026-11-22T00:00:00Z'], 78, 'Asia/Tokyo')
  expect(note).toBe('2026-11-22 +09:00')
})
