/** Lays out the details of a span as lines below its name. */
import { cut, textWidth, wrapHanging } from '../../render/text.ts'
import type { Detail, DetailOptions } from './detail.ts'
import type { TraceTheme } from './theme.ts'

/** Lines of attributes under a span without `--attributes`. */
const PAIR_LINES = 2

/** The details that `--stack` shows in full; `--attributes` shows all in full. */
const FAILURES = new Set<Detail['kind']>(['exception', 'stack', 'error'])

/**
 * One line for each detail, cut to `width` columns; pairs share at most two lines, at the place of the first pair.
 * Details that the options select are wrapped instead of cut.
 */
export function detailLines(
  said: Detail[],
  width: number,
  { attributes: all, stack }: DetailOptions,
  look: TraceTheme,
): string[] {
  const pairs = said.filter(({ kind }) => kind === 'pair')
  return said.flatMap((one) => {
    if (all || (stack && FAILURES.has(one.kind)) || one.kind === 'why') {
      const indent = (MARKS[one.kind]?.length ?? 0) + 2
      return wrapHanging(marked(one), width, indent).map((line) => paint(one, line, look))
    }
    if (one.kind !== 'pair') return [paint(one, cut(marked(one), width), look)]
    return one === pairs[0] ? flowing(pairs, width).map((line) => look.faint(line)) : []
  })
}

/** A detail in the form shown beside a name. */
export function inlineDetail(one: Detail, look: TraceTheme): { text: string; width: number } {
  const text = marked(one)
  return { text: paint(one, text, look), width: textWidth(text) }
}

function flowing(pairs: Detail[], width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const [i, { text }] of pairs.entries()) {
    if (line !== '' && textWidth(line) + 2 + textWidth(text, width) > width) {
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
  why: '◆ why ',
}

function marked({ kind, text }: Detail): string {
  return (MARKS[kind] ?? '') + text
}

function paint({ kind }: Detail, text: string, look: TraceTheme): string {
  if (kind === 'why') return look.warning(text)
  return kind === 'exception' || kind === 'error' ? look.error(text) : look.faint(text)
}
