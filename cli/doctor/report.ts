/** The doctor's findings as text: a line for each, with what to do below it; pure, for `otrace doctor`. */
import type { Screen } from '../render/renderer.ts'
import { textWidth } from '../render/text.ts'
import type { Finding } from './findings.ts'

const MARKS = { ok: '✓', note: '·', warning: '!' } as const

/** The findings in the order given, wrapped to the screen. */
export function report(findings: Finding[], { width, colour }: Screen): string {
  const paint = { ok: colour.green, note: colour.cyan, warning: colour.yellow.bold }
  const wide = Math.max(...findings.map(({ about }) => about.length))
  const indent = ' '.repeat(wide + 4)
  return findings
    .map(({ about, state, found, advice }) => {
      const [first = '', ...more] = wrap(found, width - indent.length)
      const lines = [`${paint[state](MARKS[state])} ${colour.bold(about.padEnd(wide))}  ${first}`]
      lines.push(...more.map((line) => indent + line))
      const steps = advice === undefined ? [] : wrap(advice, width - indent.length - 2)
      lines.push(...steps.map((line, i) => indent + colour.dim((i === 0 ? '→ ' : '  ') + line)))
      return `${lines.join('\n')}\n`
    })
    .join('')
}

/** Lines of whole words; a word that is wider than the screen stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}
