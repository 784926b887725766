/** The report of `why`: for a terminal, and as Markdown. */

import type { Screen } from '../render/renderer.ts'
import { note, printable, textWidth, wrapHanging } from '../render/text.ts'
import { theme } from '../render/theme.ts'
import { plural } from '../units/units.ts'
import type { Analysis } from './analyse.ts'
import { type Both, ERRORS, type WhyFinding } from './finding.ts'
import { changedLines, nothing } from './words/changes.ts'
import { evidence, explained, hint } from './words/evidence.ts'
import { sentence } from './words/sentences.ts'

/** Of a window, ISO-8601 UTC. */
export interface WindowTimes {
  from: string
  to: string
}

export interface WhyReport extends Analysis {
  /** Both windows in words. */
  windows: { before: string; after: string }
  times: Both<WindowTimes>
  /** Their durations: `15m`. */
  lengths: Both<string>
  /** Of the window, in ns since 1970. */
  begun: number
  /** Whether it is of several days in UTC. */
  dated: boolean
  /** What to compare with instead of a baseline without requests. */
  advice?: string
  /** What was sampled, cut or left out. */
  notes: string[]
  /** Makes a command line of arguments. */
  command(words: string[]): string
}

/** Findings to show to people. */
const SHOWN = 6
/** Of these, those with their evidence on a terminal: the first with all of it. */
const WHOLE = 3
/** Below this score, or this part of the best, a finding is left to --json. */
const WEAK = 0.02
const FAR = 0.1
/** The part of the change from which a finding that may be chance is shown behind one that is not. */
const MUCH = 0.2

/** The findings that people should read: not those that an earlier one explains, nor weak ones. */
export function shownFindings(findings: readonly WhyFinding[]): WhyFinding[] {
  const best = findings[0]?.score ?? 0
  const first = findings.findIndex(({ certain }) => certain)
  return findings
    .filter(
      ({ repeated, score, kind, certain, isCommon, share = 0 }, i) =>
        (certain || first === -1 || i < first || share >= MUCH) &&
        // A new error is worth a line beside any slowness, and so is what all operations share.
        !repeated &&
        // What a shown one is limited to is as much worth.
        (isCommon ||
          kind === 'only some' ||
          score >= Math.max(WEAK, FAR * best) ||
          (certain && ERRORS.has(kind))),
    )
    .slice(0, SHOWN)
}

/** The first digits of an id. Ids of 64 bits begin with 16 zeros, and are whole. */
const shortId = (id: string) => (id.startsWith('0000') ? id : id.slice(0, 16))

/** The command that shows a finding. */
export function nextCommand(
  { command, times: [, { from, to }] }: Pick<WhyReport, 'command' | 'times'>,
  { kind, traces, service, name, attribute }: WhyFinding,
): string {
  const within = (...words: string[]) => command([...words, '--from', from, '--to', to])
  if (kind === 'new version') return within('spans', '--service', service, '--resource', attribute!)
  if (kind === 'garbage collection') return within('gc', '--service', service)
  if (kind === 'one host') return within('spans', '--resource', attribute!)
  if (traces[0] !== undefined) return command(['trace', shortId(traces[0])])
  return within('spans', '--service', service, ...(name ? ['--name', name] : []))
}

/** The lines about the change itself. */
export function whatChanged({ changed, lengths, begun, findings, dated }: WhyReport): string[] {
  const isFound = findings.some(({ certain }) => certain)
  return changedLines(changed, lengths, begun, isFound, dated)
}

/** Whole lines, about half a screen. */
export function* whyTerminal(report: WhyReport, screen: Screen): Generator<string> {
  const { width, colour } = screen
  const { strong, dim, error } = theme(colour)
  const { changed, findings, windows, notes } = report
  yield dim(printable(`${windows.before}  →  ${windows.after}`))
  for (const line of whatChanged(report)) yield* wrapHanging(printable(line), width, 10)
  yield ''
  const shown = shownFindings(findings)
  if (shown.length === 0)
    for (const line of wrapHanging(nothing(changed, report.advice), width, 2)) yield strong(line)
  const said = new Set<string>()
  for (const [i, finding] of shown.entries()) {
    const paint = i === 0 && finding.certain ? error : (text: string) => text
    const [first = '', ...rest] = wrapHanging(`${i + 1}. ${printable(sentence(finding))}`, width, 3)
    yield paint(strong(first))
    for (const line of rest) yield paint(strong(line))
    if (i >= WHOLE) continue
    const cause = hint(finding)
    const facts = [
      ...evidence(finding, i > 0),
      ...(cause === '' || said.has(cause) ? [] : [`look at ${cause}`]),
    ]
    said.add(cause)
    const lines =
      facts.length === 0 ? [] : wrapHanging(`   ${printable(facts.join('; '))}`, width, 3)
    const next = nextCommand(report, finding)
    if (i === 0 || next !== nextCommand(report, shown[i - 1]!)) addCommand(lines, next, width)
    for (const line of lines) yield dim(line)
  }
  yield ''
  for (const line of closing(report, shown)) yield* note(printable(line), width).split('\n')
  for (const text of notes)
    for (const line of wrapHanging(printable(text), width, 2)) yield dim(line)
}

/** Behind the last line where it fits, else in a line of its own. */
function addCommand(lines: string[], command: string, width: number): void {
  const text = `   ${printable(command)}`
  const last = lines.pop() ?? ''
  if (textWidth(last + text) <= width) lines.push(last + text)
  else lines.push(last, text)
}

/** The lines after the findings: what they do not explain, and traces to open. */
export function closing(report: WhyReport, shown: WhyFinding[]): string[] {
  const { examples, command, findings } = report
  const left = findings.filter(({ repeated }) => !repeated).length - shown.length
  const { slow, typical } = examples
  const trace = (id: string) => command(['trace', shortId(id)])
  const more = left > 0 ? [`${plural(left, 'weaker finding')}: see --json.`] : []
  return [
    ...[[...explained(shown, report), ...more].join(' ')].filter(Boolean),
    ...(slow && typical ? [`Slow: ${trace(slow)}; typical: ${trace(typical)}`] : []),
  ]
}

/** For a ticket. */
export function* whyMarkdown(report: WhyReport): Generator<string> {
  const { changed, findings, windows, notes } = report
  const text = (line: string) => printable(line).replace(/[<>&*_~#`|[\]\\]/g, '\\$&')
  yield `### What changed: ${text(`${windows.before} → ${windows.after}`)}`
  yield ''
  for (const line of dates(report)) yield `- ${line}`
  for (const line of whatChanged(report)) yield `- ${text(line.replace(/\s+/g, ' '))}`
  yield ''
  const shown = shownFindings(findings)
  if (shown.length === 0) yield text(nothing(changed, report.advice))
  for (const [i, finding] of shown.entries()) {
    yield `${i + 1}. **${text(sentence(finding))}**  `
    yield `   ${text(evidence(finding).join('; '))}  `
    yield `   ${code(printable(nextCommand(report, finding)))}`
  }
  yield ''
  for (const line of [...closing(report, shown), ...notes]) yield `- ${text(line)}`
}

/** Both windows with their dates: a ticket is read later. */
export function dates({ times: [before, after] }: Pick<WhyReport, 'times'>): string[] {
  const [baseline, window] = [before, after].map(({ from, to }) =>
    `${from} to ${to}`.replaceAll('T', ' ').replaceAll('Z', ''),
  )
  return [...(baseline === window ? [] : [`Baseline: ${baseline} UTC`]), `Window: ${window} UTC`]
}

/** Code in marks that are more than any run of them in it. */
function code(text: string): string {
  const runs = text.match(/`+/g) ?? []
  const mark = '`'.repeat(runs.reduce((most, { length }) => Math.max(most, length), 0) + 1)
  return runs.length === 0 ? mark + text + mark : `${mark} ${text} ${mark}`
}
