/** The report of `why` as an HTML page, self-contained and without scripts. */

import { escapedHtml, printable } from '../../render/text.ts'
import { type Rise, shareOf, type WhyFinding } from '../finding.ts'
import {
  closing,
  dates,
  nextCommand,
  shownFindings,
  type WhyReport,
  whatChanged,
} from '../report.ts'
import { measured, nothing } from '../words/changes.ts'
import { evidence, hint, RISES } from '../words/evidence.ts'
import { sentence } from '../words/sentences.ts'

const STYLE = `
:root { color-scheme: light dark; --text: #1c2128; --page: #fff; --line: #d5dae0; --faint: #626b75; --soft: #f3f5f7;
  --before: #8b98a8; --after: #c2541b; }
@media (prefers-color-scheme: dark) { :root { --text: #e2e6ea; --page: #14171a; --line: #343a41; --faint: #98a2ad;
  --soft: #1c2024; --before: #6f7b88; --after: #f0925c; } }
* { box-sizing: border-box }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1.2rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .6rem }
p { margin: .3rem 0 } .faint { color: var(--faint) } code { font: 13px ui-monospace, Menlo, Consolas, monospace }
.changed { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
.changed td, .changed th { padding: .25rem .8rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line);
  font-weight: normal; white-space: nowrap }
.changed th { color: var(--faint) } .changed .bars { width: 45%; padding-right: 0 }
.bar { height: .45rem; border-radius: 2px; margin: .1rem 0; min-width: 2px; background: var(--before) }
.bar.after { background: var(--after) }
.whole { display: flex; height: 1.3rem; border-radius: 4px; overflow: hidden; background: var(--soft);
  border: 1px solid var(--line) }
.whole span { color: #fff; font-size: .8rem; line-height: 1.25rem; text-align: center; overflow: hidden }
ol { list-style: none; padding: 0; margin: 0 }
li { border: 1px solid var(--line); border-left: .35rem solid var(--line); border-radius: 5px; padding: .7rem 1rem;
  margin: .6rem 0; overflow-wrap: anywhere }
li strong { font-size: 1.02rem } li code { display: block; margin-top: .4rem; padding: .3rem .5rem; border-radius: 4px;
  background: var(--soft); white-space: pre-wrap; user-select: all }
.kind { float: right; color: var(--faint); font-size: .85rem; margin-left: 1rem }
@media (max-width: 45rem) { .changed td { white-space: normal } .changed .bars { display: none } .kind { float: none; display: block; margin: 0 } }
`
const COLOURS = ['#b8460e', '#a8741a', '#5f8030', '#2d7f8c', '#6562ad', '#9c4585']

/** The pieces of the page. Every text of the data is escaped. */
export function* whyPage(report: WhyReport): Generator<string> {
  const { changed, findings, windows, notes } = report
  const title = `${windows.before} → ${windows.after}`
  yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
  yield `<title>Why: ${text(title)}</title>\n<style>${STYLE}</style>\n`
  yield `<h1>What changed, and why</h1>\n<p class="faint">${text(title)}</p>\n`
  for (const line of dates(report)) yield `<p class="faint">${text(line)}</p>\n`
  yield* changedTable(report)
  const shown = shownFindings(findings)
  if (shown.length === 0) yield `<p><strong>${text(nothing(changed, report.advice))}</strong></p>\n`
  else {
    yield '<h2>Most likely first</h2>\n'
    yield* sharesBar('duration', shown)
    yield* sharesBar('failing', shown)
    yield '<ol>\n'
    for (const [i, finding] of shown.entries()) yield card(report, finding, i)
    yield '</ol>\n'
  }
  for (const line of [...closing(report, shown), ...notes])
    yield `<p class="faint">${text(line)}</p>\n`
  yield '</html>\n'
}

/** Quantiles with bars to scale, and the other changes as lines. */
function* changedTable(report: WhyReport): Generator<string> {
  const { quantiles, requests } = report.changed
  const lines = whatChanged(report)
  const ofQuantile = new RegExp(
    `^(?:${quantiles.map(({ level }) => `p${level * 100}`).join('|')}) `,
  )
  const longest = Math.max(
    1,
    ...quantiles.flatMap(({ before, after }) => [before.value, after.value]),
  )
  yield '<h2>What changed</h2>\n<table class="changed">\n'
  const sentences: string[] = []
  for (const line of lines.filter((one) => !ofQuantile.test(one))) {
    const [, name, rest] = /^(\w+)\s{2,}(.*)$/.exec(line) ?? []
    if (name === undefined) sentences.push(`<tr><td colspan="4">${text(line)}</td></tr>\n`)
    else yield `<tr><th>${text(name)}</th><td colspan="3">${text(rest!)}</td></tr>\n`
  }
  for (const { level, before, after } of quantiles) {
    const bars = [before, after].map(
      ({ value }, side) =>
        `<div class="bar${side === 1 ? ' after' : ''}" style="width:${((100 * value) / longest).toFixed(1)}%"></div>`,
    )
    yield `<tr><th>p${level * 100}</th><td>${text(measured(before, requests[0]))}</td><td>→ ${text(measured(after, requests[1]))}</td><td class="bars">${bars.join('')}</td></tr>\n`
  }
  yield* sentences
  yield '</table>\n'
}

/** The parts of the change that the findings explain, and the rest. */
function* sharesBar(rise: Rise, shown: WhyFinding[]): Generator<string> {
  const shares = shown.map((one) => (shareOf(one) === rise ? Math.max(0, one.share!) : 0))
  const sum = shares.reduce((total, share) => total + share, 0)
  if (sum <= 0) return
  const whole = Math.max(1, sum)
  yield `<p class="faint">Shares of the ${RISES[rise]}</p>\n<div class="whole">`
  for (const [i, share] of shares.entries()) {
    if (share > 0)
      yield `<span style="width:${((100 * share) / whole).toFixed(1)}%;background:${COLOURS[i % COLOURS.length]}">${i + 1}</span>`
  }
  yield '</div>\n'
}

function card(report: WhyReport, finding: WhyFinding, i: number): string {
  const cause = hint(finding)
  const facts = [...evidence(finding), ...(cause ? [`look at ${cause}`] : [])].join('; ')
  const colour = (finding.share ?? 0) > 0 ? COLOURS[i % COLOURS.length] : 'var(--line)'
  return `<li style="border-left-color:${colour}"><span class="kind">${text(finding.kind)}</span><strong>${i + 1}. ${text(sentence(finding))}</strong>
<p class="faint">${text(facts)}</p><code>${text(nextCommand(report, finding))}</code></li>\n`
}

const text = (value: string) => escapedHtml(printable(value))
