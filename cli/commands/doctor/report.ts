/** The doctor's checks as text: one line each, with the fix on the next. */
import type { Screen } from '../../render/renderer.ts'
import { wrapAdvice, wrapWords } from '../../render/text.ts'
import { hue } from '../../render/theme.ts'
import type { Check } from './checks.ts'

const MARKS = { ok: '✓', note: '·', warning: '!' } as const

/** Columns of a text beside the names; where fewer remain, it goes below them. */
const LEAST = 30

/** Checks in the order given, wrapped to the screen. */
export function report(findings: Check[], { width, colour }: Screen): string {
  const paint = {
    ok: hue(colour, 'green'),
    note: hue(colour, 'cyan'),
    warning: hue(colour, 'yellow').bold,
  }
  const wide = Math.max(...findings.map(({ about }) => about.length))
  const isNarrow = width - wide - 4 < LEAST
  const indent = ' '.repeat(isNarrow ? 4 : wide + 4)
  return findings
    .map(({ about, state, found, advice }) => {
      const [first = '', ...more] = wrapWords(found, width - indent.length)
      const name = colour.bold(about.padEnd(isNarrow ? 0 : wide))
      const beside = isNarrow ? `\n${indent}${first}` : `  ${first}`
      const lines = [`${paint[state](MARKS[state])} ${name}${beside}`]
      lines.push(...more.map((line) => indent + line))
      const steps = advice === undefined ? [] : wrapAdvice(advice, width - indent.length - 2)
      lines.push(...steps.map((line, i) => indent + colour.dim((i === 0 ? '→ ' : '  ') + line)))
      return `${lines.join('\n')}\n`
    })
    .join('')
}
