/** Window flags: durations, instants, times of day and buckets. */
import { describe, expect, it } from 'vitest'
import { isoText } from '../query/window.ts'
import { readInstant, readWindow } from './window.ts'

const NOW = BigInt(Date.parse('2026-11-22T12:00:00Z')) * 1_000_000n + 123_456_789n

describe('readWindow', () => {
  it('defaults to the last hour in buckets of one minute', () => {
    const window = readWindow({}, NOW)
    expect(window.to).toBe(NOW)
    expect(window.to - window.from).toBe(3_600_000_000_000n)
    expect(window.bucket).toBe(60)
  })

  it.each([
    ['10s', 1],
    ['15m', 15],
    ['24h', 1800],
    ['7d', 10800],
    ['30d', 43200],
    ['365d', 432000],
  ])('cuts %s into buckets of %i s', (since, bucket) => {
    expect(readWindow({ since }, NOW).bucket).toBe(bucket)
  })

  it('counts --since back from --to', () => {
    const window = readWindow({ to: '2026-11-20T00:00:00Z', since: '1h' }, NOW)
    expect(isoText(window.from)).toBe('2026-11-19T23:00:00.000000000Z')
  })

  it.each([
    [{ since: 'soon' }, "--since 'soon' is not a duration"],
    [{ since: '1000000d' }, 'the window is out of range: before 1970'],
    [{ since: '15' }, "--since '15' is not a duration"],
    [{ since: '-5m' }, "--since '-5m' is not a duration"],
    [{ since: '0s' }, "--since '0s' is not longer than 0"],
    [{ since: '1h', from: '2h' }, "--since can't be used with --from"],
    [{ from: '1h', to: '2h' }, 'the window is empty'],
    [{ from: '1h', to: '1h' }, 'the window is empty'],
    [{ from: 'yesterday-ish' }, "--from 'yesterday-ish' is not a time"],
    [{ from: '2026-13-01' }, "--from '2026-13-01' is not a time"],
    [{ from: '2026-02-30' }, "--from '2026-02-30' is not a time"],
    [{ from: '2025-02-29T10:00:00Z' }, "--from '2025-02-29T10:00:00Z' is not a time"],
    [{ since: '7d', bucket: '1s' }, '--bucket 1s cuts the window into more than'],
    [{ bucket: '100ms' }, "--bucket '100ms' is not whole seconds"],
  ])('refuses %j', (flags, message) => {
    expect(() => readWindow(flags, NOW)).toThrow(message)
  })
})

describe('a time of day', () => {
  const read = (from: string, to: string) => {
    const window = readWindow({ from, to, utc: true }, NOW)
    return [isoText(window.from).slice(5, 16), isoText(window.to).slice(5, 16)]
  }
  it('is the last one, and at the end of a window the first after its start', () => {
    expect(read('11:00', '13:00')).toEqual(['11-22T11:00', '11-22T13:00'])
    expect(read('13:00', '14:00')).toEqual(['11-21T13:00', '11-21T14:00'])
    expect(read('23:50', '00:05')).toEqual(['11-21T23:50', '11-22T00:05'])
    expect(read('2h', '18:00')).toEqual(['11-22T10:00', '11-22T18:00'])
    expect(() => read('11:00', '10:00')).toThrow('the window is empty')
  })
})

it('ends at the last nanosecond of a table, also from the second after it', () => {
  const window = readWindow({ from: '1h', to: '2262-04-11T23:47:17Z' }, NOW)
  expect(isoText(window.to)).toBe('2262-04-11T23:47:16.854775807Z')
  expect(() => readWindow({ from: '1h', to: '2262-04-11T23:47:18Z' }, NOW)).toThrow('after 2261')
})

describe('readInstant', () => {
  it.each([
    ['now', '2026-11-22T12:00:00.123456789Z'],
    ['15m', '2026-11-22T11:45:00.123456789Z'],
    ['15m ago', '2026-11-22T11:45:00.123456789Z'],
    ['now-1h30m', '2026-11-22T10:30:00.123456789Z'],
    ['2026-11-22T10:30:00.5Z', '2026-11-22T10:30:00.500000000Z'],
    ['2026-11-22 10:30:00.123456789+01:00', '2026-11-22T09:30:00.123456789Z'],
    ['2026-11-22T10:30', '2026-11-22T10:30:00.000000000Z'],
    ['2026-11-21', '2026-11-21T00:00:00.000000000Z'],
    ['10:30', '2026-11-22T10:30:00.000000000Z'],
    ['13:30', '2026-11-21T13:30:00.000000000Z'],
    ['11-20', '2026-11-20T00:00:00.000000000Z'],
    ['12-24', '2025-12-24T00:00:00.000000000Z'],
    ['02-29', '2024-02-29T00:00:00.000000000Z'],
    ['2026-11-22 +01:00', '2026-11-21T23:00:00.000000000Z'],
    ['1h 30m', '2026-11-22T10:30:00.123456789Z'],
    ['1m 00s ago', '2026-11-22T11:59:00.123456789Z'],
    ['7 days', '2026-11-15T12:00:00.123456789Z'],
    ['10:30:41.443', '2026-11-22T10:30:41.443000000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000000000Z'],
    ['9007199254740993ns ago', '2026-08-10T06:00:00.868715796Z'],
  ])('reads %s', (text, expected) => {
    expect(isoText(readInstant('--from', text, NOW, true))).toBe(expected)
  })
})
