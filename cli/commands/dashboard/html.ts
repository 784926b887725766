/** A dashboard as an HTML page: the terminal's text with its colours, self-contained. */
import { classesOf, styledRuns } from '../../output/sgr.ts'
import { PANELS } from '../../render/panels.ts'
import type { Screen } from '../../render/renderer.ts'
import { escapedHtml } from '../../render/text.ts'
import { PAGE_COLOURS, PAGE_WARNINGS } from '../../render/theme.ts'
import { commandLines, type PanelResult } from './ask.ts'

/** Columns of a panel: one of a row of the page, one of two, or one on a phone. */
const COLUMNS = { wide: 172, narrow: 84, phone: 56 } as const
type Kind = keyof typeof COLUMNS

/** Below these, the page has one column of panels, and a narrow panel no room in the smallest letters. */
const TWO_COLUMNS = '1184px'
const NO_PHONE = '560px'

/** Width of a character in a monospaced font of size 1, a little more than that of any. */
const CHARACTER = 0.605

/** The text of a panel grows and shrinks with it. */
const sizes = Object.entries(COLUMNS)
  .map(
    ([kind, columns]) =>
      `.${kind} { font-size: clamp(8px, calc(100cqi / ${columns} / ${CHARACTER}), 17px) }`,
  )
  .join('\n')

const rules = (colours: Record<number, string>) =>
  Object.entries(colours).map(([code, colour]) => `.c${code} { color: ${colour} }`)

const STYLE = `
:root { color-scheme: light dark; --text: #1c2128; --page: #fff; --line: #d8dde3; --faint: #5f6875; }
${rules(PAGE_COLOURS).join('\n')}
${rules(PAGE_WARNINGS.light).join('\n')}
@media (prefers-color-scheme: dark) { :root { --text: #dfe4ea; --page: #14181d; --line: #343d47; --faint: #98a2af; }
${rules(PAGE_WARNINGS.dark).join('\n')} }
body { margin: 1.5rem; background: var(--page); color: var(--text); font: 14px system-ui, sans-serif; }
h1 { font-size: 1.2rem; margin: 0 0 1rem } h1 small { color: var(--faint); font-weight: normal }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr)); gap: 1rem; }
section { border: 1px solid var(--line); border-radius: 6px; padding: .7rem; min-width: 0; }
div { container-type: inline-size }
section.whole { grid-column: 1 / -1 }
pre { display: none; margin: 0; font: 12px/1.25 ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; overflow-x: auto }
${sizes}
.narrow, .whole .wide { display: block } .whole .narrow { display: none }
@media (width < ${TWO_COLUMNS}) { .whole .wide { display: none } .whole .narrow { display: block } }
@media (width < ${NO_PHONE}) { body { margin: .7rem } .narrow, .whole .narrow { display: none } .phone { display: block } }
.b { font-weight: bold } .d { color: var(--faint) } .i { font-style: italic } .u { text-decoration: underline }
`

/** @param screen colours are taken from it: level 1 */
export async function* dashboardPage(
  title: string,
  subtitle: string,
  results: PanelResult[],
  screen: Screen,
): AsyncGenerator<string> {
  yield `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n`
  yield `<title>${escapedHtml(title)}</title>\n<style>${STYLE}</style>\n<h1>${escapedHtml(title)} <small>${escapedHtml(subtitle)}</small></h1>\n<main>\n`
  for (const { panel, table } of results) {
    const render = await PANELS[panel.query.panel]()
    const drawn = (kind: Kind) => {
      const width = COLUMNS[kind]
      const text = render(table, { ...screen, width, unbounded: false, fullIds: true })
      const lines = commandLines(panel, width).map(
        (line) => `\n<span class="d">${escapedHtml(line)}</span>`,
      )
      return `<pre class="${kind}">${coloured(text)}${lines.join('')}</pre>\n`
    }
    const kinds: Kind[] = panel.wide ? ['wide', 'narrow', 'phone'] : ['narrow', 'phone']
    const whole = panel.wide ? ' class="whole"' : ''
    yield `<section${whole}><div>${kinds.map(drawn).join('')}</div></section>\n`
  }
  yield '</main>\n</html>\n'
}

function coloured(text: string): string {
  return styledRuns(text)
    .map((run) => {
      const names = classesOf(run)
      return names === ''
        ? escapedHtml(run.text)
        : `<span class="${names}">${escapedHtml(run.text)}</span>`
    })
    .join('')
}
