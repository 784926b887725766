import { describe, expect, it } from 'vitest'
import { clickhouseTime, isoText, readInstant, readWindow } from './window.ts'

const NOW = BigInt(Date.parse('2026-11-22T12:00:00Z')) * 1_000_000n + 123_456_789n

describe('readWindow', () => {
  it('is the last hour in one-minute steps unless told otherwise', () => {
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
  ])('cuts %s into steps of %i s', (since, bucket) => {
    expect(readWindow({ since }, NOW).bucket).toBe(bucket)
  })

  it('counts --since back from --to', () => {
    const window = readWindow({ to: '2026-11-20T00:00:00Z', since: '1h' }, NOW)
    expect(isoText(window.from)).toBe('2026-11-19T23:00:00.000000000Z')
  })

  it.each([
    [{ since: 'soon' }, "--since 'soon' is not a length of time"],
    [{ since: '1000000d' }, 'the window leaves what a time can be: it goes from before 1970'],
    [{ since: '15' }, "--since '15' is not a length of time"],
    [{ since: '-5m' }, "--since '-5m' is not a length of time"],
    [{ since: '0s' }, "--since '0s' is not a length of time"],
    [{ since: '1h', from: '2h' }, '--since and --from both say where to start'],
    [{ from: '1h', to: '2h' }, 'the window is empty'],
    [{ from: 'yesterday-ish' }, "--from 'yesterday-ish' is not a time"],
    [{ from: '2026-13-01' }, "--from '2026-13-01' is not a time"],
    [{ since: '7d', bucket: '1s' }, '--bucket 1s cuts the window into more than'],
    [{ bucket: '100ms' }, "--bucket '100ms' is not whole seconds"],
  ])('refuses %j', (flags, message) => {
    expect(() => readWindow(flags, NOW)).toThrow(message)
  })
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
  ])('reads %s', (text, expected) => {
    expect(isoText(readInstant('--from', text, NOW, true))).toBe(expected)
  })
})

it('keeps nine digits for ClickHouse, also before 1970', () => {
  expect(clickhouseTime(NOW)).toBe('2026-11-22 12:00:00.123456789')
  expect(clickhouseTime(-1n)).toBe('1969-12-31 23:59:59.999999999')
})
