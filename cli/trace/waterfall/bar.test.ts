/** Bars on a time axis, to half a column. */
import { expect, test } from 'vitest'
import type { Stretch } from '../model/trace.ts'
import { bar } from './bar.ts'

const draw = (running: Stretch[], critical: Stretch[] = [], duration = 100, width = 10) =>
  bar(running, critical, duration, width)
    .map(({ text }) => text)
    .join('')

test.each<[string, Stretch[], Stretch[], string]>([
  ['the whole', [{ from: 0, to: 100 }], [], '━━━━━━━━━━'],
  ['the second half', [{ from: 50, to: 100 }], [], '     ━━━━━'],
  ['half columns at both ends', [{ from: 15, to: 35 }], [], ' ╺━╸      '],
  ['a part on the critical path', [{ from: 0, to: 100 }], [{ from: 20, to: 45 }], '━━██▌━━━━━'],
  [
    'a path too short to fill half a column',
    [{ from: 0, to: 100 }],
    [{ from: 42, to: 43 }],
    '━━━━▌━━━━━',
  ],
  [
    'a path through many short ones',
    [5, 15, 25].map((from) => ({ from, to: from + 1 })),
    [5, 15, 25].map((from) => ({ from, to: from + 1 })),
    '▐▐▐       ',
  ],
  ['a start too short to fill half a column', [{ from: 0, to: 0 }], [], '╸         '],
  ['an end too short to fill half a column', [{ from: 100, to: 100 }], [], '         ╺'],
  [
    'two stretches',
    [
      { from: 0, to: 10 },
      { from: 90, to: 100 },
    ],
    [],
    '━        ━',
  ],
  [
    'many short ones in one column',
    Array.from({ length: 50 }, (_, i) => ({ from: 40 + i / 10, to: 40.1 + i / 10 })),
    [],
    '    ╸     ',
  ],
])('%s', (_, running, critical, text) => {
  expect(draw(running, critical)).toBe(text)
})

test('a trace without duration still shows its spans', () => {
  expect(draw([{ from: 0, to: 0 }], [], 0)).toBe('╸         ')
})
