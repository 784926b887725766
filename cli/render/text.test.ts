/** Width, wrapping and escaping of text. */
import width from 'string-width'
import { describe, expect, it, test } from 'vitest'
import { cpuTime } from '../../test/cpu.ts'
import {
  cut,
  note,
  padEnd,
  padStart,
  printable,
  shorten,
  textWidth,
  wrap,
  wrapAdvice,
  wrapHanging,
} from './text.ts'

describe('printable', () => {
  test.each<[string, string, string]>([
    ['a colour', '\x1b[31mred', '\\x1b[31mred'],
    ['a cleared screen in 8-bit controls', '\x9b2J', '\\x9b2J'],
    ['a window title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['a line break', 'one\r\ntwo\tthree', 'one\\r\\ntwo\\tthree'],
    ['a backspace', 'safe\b\b\b\bevil', 'safe\\x08\\x08\\x08\\x08evil'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['a right-to-left override', 'user\u202etxt.exe', 'user\\u202etxt.exe'],
    ['a bidirectional isolate', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['a zero-width space', 'pay\u200bpal', 'pay\\u200bpal'],
    ['line separators', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['half a surrogate pair', 'a\ud800b', 'a\\ud800b'],
    ['private characters', '\ue000\u{f0000}', '\\ue000\\u{f0000}'],
    ['invisible tags', 'a\u{e0041}', 'a\\u{e0041}'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test.each([
    'plain text',
    '日本語',
    'e\u0301 ñ ß',
    '👨‍👩‍👧 ❤️ 🇫🇷',
    'می‌خواهم',
    'SELECT \'x\' -- "q"',
    '',
  ])('leaves %j alone', (text) => {
    expect(printable(text)).toBe(text)
  })
})

test.each<[string, number]>([
  ['abc', 3],
  ['日本語', 6],
  ['👨‍👩‍👧', 2],
  ['🫠', 2],
  ['e\u0301', 1],
  ['…–─▏', 4],
])('%s is %d columns wide', (text, width) => {
  expect(textWidth(text)).toBe(width)
})

it('agrees with string-width about every character that it does not ask it for', () => {
  const characters = Array.from({ length: 0x2600 }, (_, code) => String.fromCharCode(code))
  const wrong = characters.filter((one) => printable(one) === one && textWidth(one) !== width(one))
  expect(wrong).toEqual([])
})

test.each<[string, number, string]>([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['abcdef', 0, ''],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['👨‍👩‍👧👨‍👩‍👧', 3, '👨‍👩‍👧…'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
])('%s in %d columns is %s', (text, width, kept) => {
  expect(cut(text, width)).toBe(kept)
  expect(textWidth(kept)).toBeLessThanOrEqual(width)
})

test.each<[string, number, string]>([
  ['abcdefgh', 8, 'abcdefgh'],
  ['abcdefgh', 7, 'abc…fgh'],
  ['abcdefgh', 6, 'abc…gh'],
  ['abcdefgh', 2, 'a…'],
  ['a sentence is cut', 8, 'a sente…'],
  ['GET /users/{id}', 12, 'GET /u…/{id}'],
  ['日本語日本語', 8, '日本…語'],
  ['👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 5, '👨‍👩‍👧…👨‍👩‍👧'],
])('%s is known in %d columns as %s', (text, width, kept) => {
  expect(shorten(text, width)).toBe(kept)
  expect(textWidth(kept)).toBeLessThanOrEqual(width)
})

it('wraps between words, unless that leaves half a line empty', () => {
  expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
  expect(wrap('a bcdefghijk', 6)).toEqual(['a bcde', 'fghijk'])
})

it('wraps without losing anything but spaces', () => {
  expect(wrap('  ab cd', 5)).toEqual(['  ab', 'cd'])
  expect(wrap('日本語abc', 4)).toEqual(['日本', '語ab', 'c'])
  expect(wrap('', 4)).toEqual([''])
  expect(wrap('日', 1)).toEqual(['日'])
})

it('breaks text between words, never inside a command or a word', () => {
  const text = `nothing is there to be shown\n  → look at all of it: otrace trace --latest`
  expect(note(text, 80)).toBe(text)
  expect(note(text, 24).split('\n')).toEqual([
    'nothing is there to be',
    '  shown',
    '  → look at all of it:',
    '    otrace trace',
    '    --latest',
  ])
  expect(note(text, 30).split('\n').slice(1)).toEqual([
    '  → look at all of it:',
    '    otrace trace --latest',
  ])
  expect(note(`no id is ${'ab'.repeat(16)}`, 20)).toBe(`no id is\n  ${'ab'.repeat(16)}`)
})

it('pads by columns', () => {
  expect(padEnd('日', 4)).toBe('日  ')
  expect(padStart('日', 4)).toBe('  日')
  expect(padStart('abcdef', 4)).toBe('abcdef')
})

test.each<[string, string[]]>([
  ['short', ['short']],
  ['one two three four', ['one two', '  three', '  four']],
  ['0123456789abcdef', ['01234567', '  89abcd', '  ef']],
])('%s goes on below its own text', (text, lines) => {
  expect(wrapHanging(text, 8, 2)).toEqual(lines)
})

describe('a megabyte of text', () => {
  it.each([
    ['words', 'lorem ipsum '.repeat(80_000)],
    ['one word', 'x'.repeat(1_000_000)],
    ['CJK', '漢字 '.repeat(330_000)],
  ])('%s is measured, cut and wrapped in linear time', (_, text) => {
    const used = cpuTime()
    expect(textWidth(cut(text, 80))).toBeLessThanOrEqual(80)
    expect(textWidth(shorten(text, 80))).toBeLessThanOrEqual(80)
    expect(textWidth(text)).toBeGreaterThanOrEqual(960_000)
    expect(wrap(text, 80, 3)).toHaveLength(3)
    expect(wrap(text, 80).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    // By the square it takes hours.
    expect(used()).toBeLessThan(20_000)
  })
})

it('agrees with string-width about symbols and emoji, plain, as emoji and with a skin colour', () => {
  const codes = [...range(0x2600, 0x27bf), ...range(0x1f000, 0x1faff)]
  const texts = codes.flatMap((code) =>
    ['', '\ufe0f', '\u{1f3fd}', '\u0301'].map((end) => String.fromCodePoint(code) + end),
  )
  const wrong = texts.filter((one) => printable(one) === one && textWidth(one) !== width(one))
  expect(wrong).toEqual([])
})

test.each('👨‍👩‍👧 ❤️‍🔥 1️⃣ 1⃣ 🏳️‍🌈 ⛹🏽‍♀️ 각 ｶﾞ नि क्षि'.split(' '))(
  'agrees with string-width about %s',
  (text) => expect(textWidth(text)).toBe(width(text)),
)

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

it.each(['漢字é한かカ', 'Ωμέγα Привет', '👩‍🚒🇫🇷e\u0301'])(
  '%s is as wide as string-width says, at any length',
  (text) => {
    for (const times of [1, 40, 300]) {
      expect(textWidth(text.repeat(times))).toBe(width(text.repeat(times)))
    }
  },
)

it('a text is wrapped into so many pieces, the last one cut', () => {
  expect(wrap('one two three four', 8, 2)).toEqual(['one two', 'three f…'])
  expect(wrap('one two', 8, 2)).toEqual(['one two'])
})

test('an id stays whole on a line of its own', () => {
  const id = '277c8af2-08db-40ce-9448-09dc4f5c077c'
  expect(wrap(`for user ${id} in shop`, 40)).toEqual(['for user', `${id} in`, 'shop'])
  expect(wrap(`trace ${'ab'.repeat(16)}`, 35)).toEqual(['trace', 'ab'.repeat(16)])
  expect(wrap(`user ${id}`, 20).length).toBe(3)
})

it('puts a command on its own line where the sentence does not fit', () => {
  const advice = 'to keep more or less: otrace up --retention 30d --max-disk 50GB'
  for (const width of [41, 58, 62]) {
    expect(wrapAdvice(advice, width)).toEqual([
      'to keep more or less:',
      'otrace up --retention 30d --max-disk 50GB',
    ])
  }
  expect(wrapAdvice(advice, 63)).toEqual([advice])
})
