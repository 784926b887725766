/** Benchmark: drawing a 1 MB value: `npx tsx bench/render.ts`. */
import { Chalk } from 'chalk'
import { renderTable } from '../cli/render/panels/table.ts'
import { cut, shorten, textWidth, wrap, wrapHanging, wrapWords } from '../cli/render/text.ts'
import { oneLine } from '../cli/trace/text.ts'

const SIZE = 1_000_000
const SCREEN = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }

const TEXTS = {
  words: 'lorem ipsum '.repeat(SIZE / 12),
  'one word': 'x'.repeat(SIZE),
  CJK: '漢字 '.repeat(SIZE / 3),
  emoji: '👩‍🚒 '.repeat(SIZE / 6),
  'combining marks': `a${'\u0301'.repeat(SIZE - 1)}`,
  accents: 'e\u0301\u0302'.repeat(SIZE / 3),
}

const WORK: Record<string, (text: string) => unknown> = {
  oneLine,
  width: textWidth,
  cut: (text) => cut(text, 80),
  shorten: (text) => shorten(text, 80),
  wrap: (text) => wrap(text, 80),
  wrapHanging: (text) => wrapHanging(text, 80, 4),
  wrapWords: (text) => wrapWords(text, 80),
  'table, a column of three': (text) => draw({ id: 'a', text, more: text }),
  'table, the only column': (text) => draw({ text }),
}

function draw(row: Record<string, string>): string {
  const columns = Object.keys(row).map((name) => ({ name, type: 'String' }))
  return renderTable({ title: '', columns, rows: [row] }, SCREEN)
}

console.log(['ms of CPU for 1 MB', ...Object.keys(TEXTS)].map((head) => head.padStart(26)).join(''))
for (const [name, work] of Object.entries(WORK)) {
  const took = Object.values(TEXTS).map((text) => {
    const began = process.cpuUsage()
    work(text)
    const { user, system } = process.cpuUsage(began)
    return ((user + system) / 1000).toFixed(0)
  })
  console.log([name, ...took].map((cell) => cell.padStart(26)).join(''))
}
