/** Times in time zones, at changes of summer time. */
import { expect, it, test } from 'vitest'
import { type Digits, formatTime, localTime } from './time.ts'

test.each<[string, string, Digits, string]>([
  ['2026-11-22T12:00:05.123456789Z', 'Europe/Paris', 3, '2026-11-22 13:00:05.123 +01:00'],
  ['2026-11-22T12:00:05.123456789Z', 'Europe/Paris', 9, '2026-11-22 13:00:05.123456789 +01:00'],
  ['2026-11-22T12:00:05.123456789Z', 'Europe/Paris', 0, '2026-11-22 13:00:05 +01:00'],
  ['2026-11-22T12:00:05.999999999Z', 'UTC', 3, '2026-11-22 12:00:05.999 Z'],
  ['2026-11-22T12:00:05Z', 'UTC', 6, '2026-11-22 12:00:05.000000 Z'],
  ['2026-11-22 12:00:05.5', 'UTC', 3, '2026-11-22 12:00:05.500 Z'],
  ['2026-11-22T23:30:00.000000000Z', 'Asia/Kolkata', 0, '2026-11-23 05:00:00 +05:30'],
  ['2026-11-22T02:00:00.000000000Z', 'America/St_Johns', 0, '2026-11-21 22:30:00 -03:30'],
  // Both sides of the change from summer time in Paris, which repeats an hour.
  ['2026-10-25T00:59:59.900000000Z', 'Europe/Paris', 3, '2026-10-25 02:59:59.900 +02:00'],
  ['2026-10-25T01:00:00.000000000Z', 'Europe/Paris', 3, '2026-10-25 02:00:00.000 +01:00'],
  ['1969-12-31T23:59:59.999999999Z', 'UTC', 9, '1969-12-31 23:59:59.999999999 Z'],
  ['2026-07-01T12:00:00Z', 'Europe/London', 0, '2026-07-01 13:00:00 +01:00'],
])('%s in %s with %d digits is %s', (time, zone, digits, text) => {
  expect(formatTime(time, zone, digits)).toBe(text)
})

it('gives date, clock and offset apart, for rows under one header', () => {
  expect(localTime('2026-11-22T12:00:05.123456789Z', 'Europe/Paris', 6)).toEqual({
    date: '2026-11-22',
    clock: '13:00:05.123456',
    offset: '+01:00',
  })
})

test.each(['', 'yesterday', '2026-11-22', '2026-13-45T99:00:00Z', 'x2026-11-22T12:00:05Z'])(
  'leaves %j alone',
  (text) => {
    expect(localTime(text, 'UTC')).toBeUndefined()
    expect(formatTime(text, 'Europe/Paris')).toBe(text)
  },
)
