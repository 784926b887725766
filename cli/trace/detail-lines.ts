/** Lays the details of a span out as lines beneath its name; used by `waterfall`. */
import { cut, textWidth, wrapHanging } from '../render/text.ts'
import type { Detail, DetailOptions } from './detail.ts'
import type { Look } from './look.ts'

/** Lines of attributes under a span, unless all are asked for. */
const PAIR_LINES = 2

/** What `--stack` is about; `--attributes` is about everything. */
const FAILURES = new Set<Detail['kind']>(['exception', 'stack', 'error'])

/**
 * One line for each detail, cut to `width` columns; pairs share lines, two at most and where the first of them stands. What the options ask
 * for is whole, on as many lines as it needs.
 */
export function detailLines(
  said: Detail[],
  width: number,
  { attributes: all, stack }: DetailOptions,
  look: Look,
): string[] {
  const pairs = said.filter(({ kind }) => kind === 'pair')
  return said.flatMap((one) => {
    if (all || (stack && FAILURES.has(one.kind))) {
      const indent = (MARKS[one.kind]?.length ?? 0) + 2
      return wrapHanging(marked(one), width, indent).map((line) => paint(one, line, look))
    }
    if (one.kind !== 'pair') return [paint(one, cut(marked(one), width), look)]
    return one === pairs[0] ? flowing(pairs, width).map((line) => look.faint(line)) : []
  })
}

/** A detail as it is shown beside a name. */
export function beside(one: Detail, look: Look): { text: string; width: number } {
  const text = marked(one)
  return { text: paint(one, text, look), width: textWidth(text) }
}

function flowing(pairs: Detail[], width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const [i, { text }] of pairs.entries()) {
    if (line !== '' && textWidth(line) + 2 + textWidth(text) > width) {
      if (lines.length === PAIR_LINES - 1) {
        const rest = `… +${pairs.length - i}`
        return [...lines, `${cut(line, width - textWidth(rest) - 1)} ${rest}`]
      }
      lines.push(line)
      line = ''
    }
    line = cut(line === '' ? text : `${line}  ${text}`, width)
  }
  return line === '' ? lines : [...lines, line]
}

const MARKS: Partial<Record<Detail['kind'], string>> = {
  event: '• ',
  exception: '✗ ',
  error: '✗ ',
  link: '→ ',
  log: '≡ ',
  stack: '    ',
}

function marked({ kind, text }: Detail): string {
  return (MARKS[kind] ?? '') + text
}

function paint({ kind }: Detail, text: string, look: Look): string {
  return kind === 'exception' || kind === 'error' ? look.error(text) : look.faint(text)
}
