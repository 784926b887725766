/** Units and dots in a `--where` condition. */
import { describe, expect, it } from 'vitest'
import { formatUnit } from '../../units/units.ts'
import { whereSql } from './where-spellings.ts'

describe('whereSql', () => {
  it.each([
    ['duration > 100ms', 'duration > 100000000'],
    ['duration>1.5s AND is_error', 'duration>1500000000 AND is_error'],
    ['duration BETWEEN 1m 05s AND 1h30m', 'duration BETWEEN 65000000000 AND 5400000000000'],
    ['100 ms <= duration', '100000000 <= duration'],
    ['duration IN (1us, 2µs)', 'duration IN (1000, 2000)'],
    ["toUInt64OrZero(attributes['n']) > 5 MiB", "toUInt64OrZero(attributes['n']) > 5242880"],
    ["attributes.user.id = '5ms'", "attributes['user.id'] = '5ms'"],
    ['resource.host.name != name', "resource['host.name'] != name"],
    ["has(attributes.keys, 'k')", "has(attributes.keys, 'k')"],
    [
      'duration > .5s AND weight > .5 AND (1, 2).1 > 1',
      'duration > 500000000 AND weight > .5 AND (1, 2).1 > 1',
    ],
    ['duration > 100msec OR duration > 5 secs', 'duration > 100000000 OR duration > 5000000000'],
    ['duration > 9007199254740993ns', 'duration > 9007199254740993'],
    ['duration > 1.5s and status = error', "duration > 1500000000 and status = 'error'"],
    ['kind!=server OR status <> ok', "kind!='server' OR status <> 'ok'"],
  ])('%s', (typed, sql) => {
    expect(whereSql(typed)).toBe(sql)
  })

  it.each([
    ["name = '100ms' OR name = 'it''s 5 s' OR name = '\\' 5ms'"],
    ['`attributes.a 5ms` = "5ms" -- 5ms'],
    ['/* 5ms */ duration > 1e3 AND weight > 0x1F AND http_status = 500 AND 5 > min(1)'],
    ['http_status IN (500, 503) AND duration + 0b1 > 10e6 AND time > now() - INTERVAL 5 m'],
    ["duration > 1 # it's 5ms"],
    ["duration > 1 #! it's 5ms\n AND duration > 2 // it's 5ms"],
    ['a100ms > x.5ms AND duration > 5 AND is_error OR (duration > 5) OR duration > 5 or 1'],
    ["status = 'error' AND kind = status AND name = error AND kind = error(1)"],
    [''],
  ])('leaves %s', (typed) => {
    expect(whereSql(typed)).toBe(typed)
  })

  it.each([
    ['http_status > 5ms', '5ms is a duration, http_status is not'],
    ['http_status NOT BETWEEN 1 s AND 2 s', '1 s is a duration, http_status is not'],
    ['5 MB < duration', '5 MB is a size, duration is not'],
    ['duration > 5 parsecs AND is_error', "'5 parsecs' is not a duration"],
    ['NOT (duration > 100millis)', "'100millis' is not a duration"],
    ['100MS < duration', "'100MS' is not a duration"],
    ['duration > 5m6h', "'5m6h' is not a duration"],
    ['weight NOT IN (5ms)', '5ms is a duration, weight is not'],
  ])('refuses %s', (typed, message) => {
    expect(() => whereSql(typed)).toThrow(`--where '${typed}': ${message}`)
  })

  it('takes every duration as it is printed', () => {
    for (const ns of [0, 1, 999, 1_230, 45_600_000, 1_500_000_000, 65e9, 3_900e9, 200_000e9]) {
      const printed = formatUnit(ns, 'ns')
      expect(whereSql(`duration > ${printed}`), printed).toMatch(/^duration > \d+$/)
    }
  })

  it('scans a long condition once', () => {
    const long = `duration > 1 ${'1 ('.repeat(5_000)}`
    expect(whereSql(long)).toBe(long)
  })
})
