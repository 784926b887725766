/** Prints the report of `why`. */
import { writePage } from '../../output/html-file.ts'
import { lines, write, writeAll, writeResult } from '../../output/output.ts'
import { withProgress } from '../../output/progress.ts'
import { shellLine } from '../../output/shell-line.ts'
import { isoText, type Window } from '../../query/window.ts'
import { noSpans } from '../../session/empty-result.ts'
import type { Session } from '../../session/session.ts'
import { compareWindows } from '../../session/why/why.ts'
import { formatRound } from '../../units/units.ts'
import type { Both } from '../../why/finding.ts'
import { FINDING_KEYS, jsonFinding, whyJson } from '../../why/json.ts'
import { whyPage } from '../../why/page/page.ts'
import { type WhyReport, type WindowTimes, whyMarkdown, whyTerminal } from '../../why/report.ts'
import type { WhyOptions } from './options.ts'

/**
 * Compares and prints.
 * @throws OtraceError (exit 5) without a request in the window
 */
export async function printWhy(session: Session, options: WhyOptions): Promise<void> {
  const { context } = session
  const { output, compared, baselineText, windowText } = options
  const done = await withProgress(context.stderr, (tell) => compareWindows(session, compared, tell))
  if (done.changed.requests[0] + done.changed.requests[1] === 0) {
    throw await noSpans(session)
  }
  const windows = [compared.baseline ?? compared.window, compared.window]
  const report: WhyReport = {
    ...done,
    windows: { before: baselineText, after: windowText },
    times: windows.map(timesOf) as Both<WindowTimes>,
    lengths: windows.map(lengthText) as Both<string>,
    command: (words) => shellLine(['otrace', ...words]),
  }
  if (options.html !== undefined) {
    await writePage(options.html, whyPage(report))
    return context.say(`wrote ${options.html}: open it in a browser`)
  }
  const screen = context.screen(output.utc)
  if (output.format === 'terminal') {
    const command = (words: string[]) => context.named(report.command(words))
    return writeAll(context.stdout, lines(whyTerminal({ ...report, command }, screen)))
  }
  if (output.format === 'markdown') return writeAll(context.stdout, lines(whyMarkdown(report)))
  if (output.format === 'json') return write(context.stdout, whyJson(report))
  const rows = report.findings.map((finding) => jsonFinding(report, finding))
  const columns = FINDING_KEYS.map((name) => ({ name, type: 'String' }))
  await writeResult(context.stdout, { title: '', columns, rows }, output, 'table', screen)
}

const iso = (time: bigint) => isoText(time).replace(/\.?0+(?=Z$)/, '')
const timesOf = ({ from, to }: Window): WindowTimes => ({ from: iso(from), to: iso(to) })

const lengthText = ({ from, to }: Window) => formatRound(Number(to - from), 'ns')
