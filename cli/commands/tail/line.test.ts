/** Lines of `otrace tail` on wide and narrow screens. */
import { expect, it } from 'vitest'
import { screen } from '../../render/fixture.ts'
import { textWidth } from '../../render/text.ts'
import { spanLine, traceLine } from './line.ts'

const row = {
  time: '2026-11-22T12:00:05.123000000Z',
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  service: 'recommendations',
  name: 'POST /product/{id}',
  duration: 2_000_000,
  status: 'error',
  message: 'no such product',
  shown: ['ada'],
}

it.each([40, 60, 80, 160])('fits %d columns', (width) => {
  const line = spanLine({ row, lag: 0n, show: ['user.id'] }, screen(width), false)
  for (const part of line.split('\n')) expect(textWidth(part)).toBeLessThanOrEqual(width)
  expect(line).toContain('2.00 ms ✗')
  expect(line).toContain(' 0af76519')
})

it('puts the text below its line where it would be cut to nothing', () => {
  expect(spanLine({ row, lag: 0n, show: ['user.id'] }, screen(42), false)).toBe(
    '13:00:05.123  recomm…   2.00 ms ✗ 0af76519\n  POST /product/{id}  no such product  us…',
  )
})

it('marks a trace whose root succeeded but another span failed', () => {
  const root = { ...row, status: 'ok' }
  const line = (errors: number) =>
    traceLine(
      { row: root, lag: 0n, show: [], trace: { spans: 3, services: 1, errors } },
      screen(160),
      false,
    )
  expect(line(1)).toMatch(/✗ .*3 spans, 1 service, 1 error/)
  expect(line(0)).not.toMatch(/✗|error/)
})
