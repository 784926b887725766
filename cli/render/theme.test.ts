/** Colours of services, errors and lines. */
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import type { Cell } from '../result.ts'
import {
  HUES,
  lineColours,
  meaning,
  PAGE_COLOURS,
  PAGE_WARNINGS,
  serviceColours,
  theme,
} from './theme.ts'

const colour = new Chalk({ level: 1 })
const RED = '\x1b[31mx\x1b[39m'
const YELLOW = '\x1b[33mx\x1b[39m'

test.each<[string, Cell, string]>([
  ['http_status', '500', RED],
  ['http_status', 503, RED],
  ['status', '404', YELLOW],
  ['status', '200', 'x'],
  ['status', '5000', 'x'],
  ['status', 'error', RED],
  ['status', 'ok', 'x'],
  ['StatusCode', 'STATUS_CODE_ERROR', 'x'],
  ['status_code', 'STATUS_CODE_ERROR', RED],
  ['is_error', true, RED],
  ['is_error', 1, RED],
  ['is_error', 0, 'x'],
  ['errors', 3, RED],
  ['errors', 0, 'x'],
  ['errors', 3n, RED],
  ['duration', 500, 'x'],
  ['name', '500', 'x'],
  ['anything', null, colour.dim('x')],
])('%s = %s', (column, cell, painted) => {
  expect(meaning(column, cell, colour)?.('x') ?? 'x').toBe(painted)
})

test('a service has one colour, never that of an error or a warning', () => {
  const names = Array.from({ length: 50 }, (_, i) => `service-${i}`)
  const painted = names.map((name) => theme(colour).service(name)('x'))
  expect(painted).toEqual(names.map((name) => meaning('service', name, colour)!('x')))
  expect(new Set(painted).size).toBeGreaterThan(4)
  expect(painted).not.toContain(RED)
  expect(painted).not.toContain(YELLOW)
  expect(theme(colour).service('shop')('x')).toBe('\x1b[94mx\x1b[39m')
})

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(...colours: [string, string]): number {
  const [dark = 0, light = 0] = colours
    .map((hex) => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5]
        .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    })
    .sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

test.each([
  ['light', '#ffffff'],
  ['dark', '#14181d'],
] as const)('every colour of a terminal is seen on %s pages, and no two are one', (name, page) => {
  const colours: Record<string, string> = { ...PAGE_COLOURS, ...PAGE_WARNINGS[name] }
  expect(new Set(Object.values(colours)).size).toBe(Object.keys(colours).length)
  const names = ['200', '500', '502', '503', '504', '400', '401', '403', '404', '409', '422', '429']
  const paints = [
    ...Array.from({ length: 50 }, (_, i) => theme(colour).service(`service-${i}`)),
    ...lineColours(names, colour),
  ]
  for (const paint of paints) {
    const [, code = ''] = /^\x1b\[(\d+)m/.exec(paint('x'))!
    expect({ code, seen: contrast(colours[code]!, page) > 3 }).toEqual({ code, seen: true })
  }
})

test('a terminal of 256 colours shows each of them on black and on white', () => {
  // The cube of xterm: 6 x 6 x 6 colours from 16 on.
  const hex = (code: number) =>
    [36, 6, 1]
      .map((by) => Math.floor((code - 16) / by) % 6)
      .map((step) => (step === 0 ? 0 : 55 + 40 * step).toString(16).padStart(2, '0'))
      .reduce((text, part) => text + part, '#')
  expect(hex(HUES.yellow)).toBe('#af8700')
  for (const page of ['#000000', '#ffffff']) {
    const unseen = Object.entries(HUES).filter(([, code]) => contrast(hex(code), page) < 3)
    expect(unseen).toEqual([])
  }
  expect(new Set(Object.values(HUES)).size).toBe(Object.keys(HUES).length)
  const rich = new Chalk({ level: 2 })
  const names = Array.from({ length: 50 }, (_, i) => `service-${i}`)
  const paints = [
    ...names.map((name) => theme(rich).service(name)),
    ...names.map(serviceColours(names, rich)),
    ...lineColours(['200', '201', '404', '409', '422', '500', '502', '503'], rich),
    theme(rich).error,
    theme(rich).warning,
    theme(rich).bar,
  ]
  for (const paint of paints) expect(paint('x')).toMatch(/^\x1b\[38;5;\d+m/)
})

test('six lines have six colours', () => {
  const painted = lineColours(['200', '201', '302', '304', '404', '500'], colour).map((p) => p('x'))
  expect(new Set(painted).size).toBe(6)
  expect(painted.slice(4)).toEqual([YELLOW, RED])
})

test('no two lines of a chart have the same colour, whatever failed', () => {
  for (const names of [
    ['200', '400', '401', '404', '422', '500'],
    ['500', '502', '503', 'errors', '429', 'a'],
    ['400', '401', '403', '404', '409', '422'],
  ]) {
    expect(new Set(lineColours(names, colour).map((paint) => paint('x'))).size).toBe(6)
  }
})

test('more services than colours are still told apart', () => {
  const names = Array.from({ length: 56 }, (_, i) => `service-${i}`)
  const paints = serviceColours(names, colour)
  const painted = names.map((name) => paints(name)('x'))
  expect(new Set(painted).size).toBe(56)
  // Reset takes the colour away, too.
  expect(painted.join('')).not.toContain('\x1b[0m')
  expect(paints(names[8]!)(' x')).toBe(` ${painted[8]}`)
})

test('a service has one colour wherever it is shown, and those shown together have several', () => {
  const names = Array.from({ length: 7 }, (_, i) => `service-${i}`)
  const paints = serviceColours(names, colour)
  expect(paints(names[0]!)('x')).toBe(theme(colour).service(names[0]!)('x'))
  expect(new Set(names.map((name) => paints(name)('x'))).size).toBe(7)
  expect(serviceColours([...names, 'one more'], colour)('one more')('x')).not.toBe('x')
})
