/** Window flags: durations, instants, times of day and buckets. */
import { describe, expect, it } from 'vitest'
import { isoText } from '../query/window.ts'
import { formatTime } from '../render/time.ts'
import { readInstant, readWindow } from './window.ts'
import { windowRemarks } from './window-remarks.ts'

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
    [{ from: '2030-01-01' }, "--from '2030-01-01' is not in the past"],
    [{ from: 'now' }, "--from 'now' is not in the past"],
    [{ from: '2026-11-20', to: '2026-11-20' }, 'the window is empty'],
    [{ from: 'yesterday-ish' }, "--from 'yesterday-ish' is not a time"],
    [{ from: '2026-13-01' }, "--from '2026-13-01' is not a time"],
    [{ from: '2026-02-30' }, "--from '2026-02-30' is not a time"],
    [{ from: '2025-02-29T10:00:00Z' }, "--from '2025-02-29T10:00:00Z' is not a time"],
    [{ since: '7d', bucket: '1s' }, '--bucket 1s cuts the window into more than'],
    [{ since: '3h4m', bucket: '1s' }, '--bucket 1s cuts the window into more than 11000 buckets'],
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
    expect(read('23:50 UTC', '00:05:00Z')).toEqual(['11-21T23:50', '11-22T00:05'])
    expect(read('2h', '18:00:00 UTC')).toEqual(['11-22T10:00', '11-22T18:00'])
    expect(read('2h', ' 18:00')).toEqual(['11-22T10:00', '11-22T18:00'])
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
    ['1795345200', '2026-11-22T11:00:00.000000000Z'],
    ['1795345200123', '2026-11-22T11:00:00.123000000Z'],
    ['1795345200123456', '2026-11-22T11:00:00.123456000Z'],
    ['1795345200123456789', '2026-11-22T11:00:00.123456789Z'],
    ['15m ago', '2026-11-22T11:45:00.123456789Z'],
    ['now-1h30m', '2026-11-22T10:30:00.123456789Z'],
    ['2026-11-22T10:30:00.5Z', '2026-11-22T10:30:00.500000000Z'],
    ['2026-11-22 10:30:00.123456789+01:00', '2026-11-22T09:30:00.123456789Z'],
    ['2026-11-22T10:30', '2026-11-22T10:30:00.000000000Z'],
    ['2026-11-21', '2026-11-21T00:00:00.000000000Z'],
    ['10:30', '2026-11-22T10:30:00.000000000Z'],
    // Findings end in such a time.
    ['10:30:00 UTC', '2026-11-22T10:30:00.000000000Z'],
    ['13:30Z', '2026-11-21T13:30:00.000000000Z'],
    ['13:00:00.1+01:00', '2026-11-22T12:00:00.100000000Z'],
    ['23:00 -05:00', '2026-11-22T04:00:00.000000000Z'],
    ['2026-11-22 10:30:00 UTC', '2026-11-22T10:30:00.000000000Z'],
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

describe('windowRemarks', () => {
  const remarks = (flags: { from?: string; to?: string; utc?: boolean }, now = NOW) =>
    windowRemarks(flags, readWindow(flags, now), now)

  it.each([
    [{ from: '13:00', to: '11:00' }, 'the window is 2026-11-21 13:00 to 2026-11-22 11:00: '],
    [{ from: '13:00', to: '14:00' }, 'the window is 2026-11-21 13:00 to 2026-11-21 14:00: '],
    [{ from: '23:59:58' }, 'the window is 2026-11-21 23:59:58 to now: a time without a date'],
    [{ from: '12-24' }, 'the window is 2025-12-24 00:00 to now: '],
    [{ from: '11:00', to: '13:00' }, 'the window ends in the future, 2026-11-22 13:00: rates'],
    [{ from: '2026-11-23', to: '2026-11-24' }, 'the window begins in the future: 2026-11-23 00:00'],
  ])('%j', (flags, text) => {
    const said = remarks({ ...flags, utc: true })
    expect(said).toEqual([expect.stringContaining(text)])
  })

  it.each([
    [{}],
    [{ from: '10:00' }],
    [{ from: '10:00', to: '11:00' }],
    [{ from: '11-20', to: '11-21' }],
    [{ from: '2h', to: 'now' }],
    [{ from: '2026-11-20T00:00', to: '2026-11-21T00:00Z' }],
  ])('%j is plain', (flags) => {
    expect(remarks({ ...flags, utc: true })).toEqual([])
  })

  it.each([
    [
      { from: '2026-03-29T02:30', to: '2026-03-30' },
      '02:30 is skipped when the clock changes: read as 2026-03-29 03:30',
    ],
    [
      { from: '2026-10-25 02:30', to: '2026-10-26' },
      '02:30 comes twice when the clock changes: the first is meant, the second is 2026-10-25T02:30+01:00',
    ],
    [{ from: '2026-10-24', to: '2026-10-25T02:59:59.5' }, '02:59 comes twice'],
    [{ from: '2026-10-25T02:30Z', to: '2026-10-26' }, ''],
    [{ from: '2026-11-20T24:00', to: '2026-11-21T24:00:00' }, ''],
    [{ from: '2026-10-25T01:59', to: '2026-10-25T03:00' }, ''],
  ])('in Berlin %j', (flags, text) => {
    const zone = process.env.TZ
    process.env.TZ = 'Europe/Berlin'
    const said = remarks(flags).join()
    process.env.TZ = zone
    if (text === '') expect(said).toBe('')
    else expect(said).toContain(text)
  })
})

describe('printed times are read back where clocks change', () => {
  it.each([
    ['Europe/Paris', '2026-03-28T20:00:00Z', 60 * 34, 0],
    ['Europe/Paris', '2026-10-24T20:00:00Z', 60 * 34, 60],
    ['Australia/Lord_Howe', '2026-04-04T10:00:00Z', 60 * 24, 30],
    ['Australia/Lord_Howe', '2026-10-03T10:00:00Z', 60 * 24, 0],
    // It had no 30 December.
    ['Pacific/Apia', '2011-12-29T00:00:00Z', 60 * 72, 0],
  ])('in %s from %s', (zone, begin, minutes, twice) => {
    const before = process.env.TZ
    process.env.TZ = zone
    const unlike = { whole: 0, local: 0, clock: 0 }
    for (let minute = 0; minute < minutes; minute += 5) {
      const millis = Date.parse(begin) + minute * 60_000
      const iso = new Date(millis).toISOString().replace('Z', '456789Z')
      const at = BigInt(millis) * 1_000_000n + 456_789n
      const whole = formatTime(iso, zone, 9)
      const local = whole.split(' ').slice(0, 2).join(' ')
      const now = at + 3_600_000_000_000n
      const read = (text: string) => readInstant('--from', text, now)
      if (read(whole) !== at) unlike.whole++
      if (read(local) !== at) unlike.local++
      if (read(local.split(' ')[1]!) !== at) unlike.clock++
    }
    process.env.TZ = before
    // Of an hour that comes twice the first is meant, and it is said.
    expect(unlike).toEqual({ whole: 0, local: twice / 5, clock: twice / 5 })
  })
})
