/** Pictures of the terminal: coloured output as SVG, light and dark. */
import { classesOf, styledRuns } from '../cli/output/sgr.ts'
import { escapedHtml, textWidth } from '../cli/render/text.ts'
import { PAGE_COLOURS, PAGE_WARNINGS } from '../cli/render/theme.ts'

/** Commands with a picture: its name, and its columns. */
export const PICTURES: [name: string, command: string, columns: number][] = [
  ['dashboard', 'otrace dashboard --service shop --since 2m', 120],
  ['trace', 'otrace trace --slowest', 100],
  ['rps', 'otrace rps --since 2m', 80],
]

export const THEMES = ['light', 'dark'] as const
type Theme = (typeof THEMES)[number]

const PAPER = {
  light: { page: '#ffffff', text: '#1c2128', faint: '#6a737d', line: '#d8dde3' },
  dark: { page: '#14181d', text: '#dfe4ea', faint: '#98a2af', line: '#343d47' },
}

/** Pixels. A line is as high as box characters of most fonts, so that they touch. */
const CELL = { width: 8.4, height: 17, font: 14, padding: 16 }

/**
 * A terminal with a command and its output.
 * @param output text with SGR codes of 16 colours
 */
export function picture(command: string, output: string, columns: number, theme: Theme): string {
  const { page, text, faint, line } = PAPER[theme]
  const lines = [`\x1b[2m$ ${command}\x1b[22m`, ...output.trimEnd().split('\n')]
  const width = Math.ceil(columns * CELL.width + 2 * CELL.padding)
  const height = lines.length * CELL.height + 2 * CELL.padding
  const colours = { ...PAGE_COLOURS, ...PAGE_WARNINGS[theme] }
  const rules = Object.entries(colours).map(([code, colour]) => `.c${code} { fill: ${colour} }`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapedHtml(command)}">`,
    `<style>text { font: ${CELL.font}px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: ${text}; white-space: pre } .d { fill: ${faint} } ${rules.join(' ')} .b { font-weight: bold } .i { font-style: italic } .u { text-decoration: underline }</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="6" fill="${page}" stroke="${line}"/>`,
    ...lines.flatMap((each, row) => textsOf(each, CELL.padding + (row + 0.75) * CELL.height)),
    '</svg>\n',
  ].join('\n')
}

/** The words of a line at their columns: whatever the font, each run has the width of its cells. */
function textsOf(line: string, y: number): string[] {
  let column = 0
  return styledRuns(line).flatMap((run) => {
    const columns = textWidth(run.text)
    const before = textWidth(run.text) - textWidth(run.text.trimStart())
    const shown = run.text.trim()
    const x = CELL.padding + (column + before) * CELL.width
    column += columns
    if (shown === '') return []
    const names = classesOf(run)
    const style = names === '' ? '' : ` class="${names}"`
    const length = rounded(textWidth(shown) * CELL.width)
    return `<text x="${rounded(x)}" y="${rounded(y)}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${escapedHtml(shown)}</text>`
  })
}

const rounded = (value: number) => String(Math.round(value * 100) / 100)
