/** Which statements count as the same, and how many are remembered. */
import { expect, test } from 'vitest'
import { Verdicts } from './verdicts.ts'

const verdicts = new Verdicts<string>()
const key = (value: string, sql = 'SELECT {at:String}') =>
  verdicts.keyOf('otel', sql, { at: value })

test('a statement about another time has the same verdict', () => {
  const at = key('2026-11-26 14:00:00.000000000')
  expect(key('2026-11-26 15:30:00')).toBe(at)
  for (const other of [
    '2026-11-26',
    '2026-11-26 14:00:00 ',
    "2026-11-26 14:00:00' OR 1",
    '2026-11-26 14:00:00\n',
    'null',
    '',
  ]) {
    expect(key(other)).not.toBe(at)
  }
  expect(key('2026-11-26 14:00:00', 'SELECT 1')).not.toBe(at)
  expect(verdicts.keyOf('system', 'SELECT {at:String}', { at: '2026-11-26 14:00:00' })).not.toBe(at)
  expect(verdicts.keyOf('otel', 'SELECT {at:String}', {})).not.toBe(key(''))
})

test('the statements that were asked longest ago are forgotten', () => {
  const long = (i: number) => `${String(i).padStart(4, '0')}${'x'.repeat(30_000)}`
  for (let i = 0; i < 200; i++) {
    verdicts.set(long(i), 'sound')
    verdicts.get(long(0))
  }
  expect([0, 1, 199].map((i) => verdicts.get(long(i)))).toEqual(['sound', undefined, 'sound'])
  verdicts.set('y'.repeat(100_000), 'sound')
  expect(verdicts.get('y'.repeat(100_000))).toBeUndefined()
})
