/** Prints the report of `diff`. */
import type { Options } from '../../options/options.ts'
import { lines, write, writeAll, writeResult } from '../../output/output.ts'
import { withProgress } from '../../output/progress.ts'
import { shellLine } from '../../output/shell-line.ts'
import { equalTo, keyWord } from '../../query/filters/attribute-condition.ts'
import { note, printable } from '../../render/text.ts'
import { theme } from '../../render/theme.ts'
import type { Chosen } from '../../session/diff/counter.ts'
import { diffSpans } from '../../session/diff/diff.ts'
import { cameAgainNote } from '../../session/notes/came-again.ts'
import { moreNote } from '../../session/print.ts'
import type { Session } from '../../session/session.ts'
import type { Difference } from '../../why/diff/difference.ts'
import {
  DIFFERENCE_KEYS,
  type DiffReport,
  diffJson,
  diffNotes,
  diffRows,
  diffTable,
} from '../../why/diff/report.ts'

/** Differences to show to people. */
const USUAL = 12

export interface DiffAsked {
  options: Options
  /** Differences to show, if given. */
  limit?: number
  selection: Chosen
  against: Chosen
  /** The filters of both groups, as typed. */
  words: string[][]
  /** Their windows, as typed. */
  windows: string[][]
}

/** The note on spans that came again, of one group. */
function cameAgain(session: Session, { filters, window }: Chosen): Promise<string | undefined> {
  const { dedupe } = session.source.filters
  const chosen = dedupe === undefined ? filters : { ...filters, dedupe }
  return cameAgainNote({ ...session, source: { ...session.source, window, filters: chosen } })
}

/**
 * Compares and prints.
 * @throws OtraceError (exit 5) where a group has no spans
 */
export async function printDiff(
  session: Session,
  { options, limit, selection, against, words, windows }: DiffAsked,
): Promise<void> {
  const { context } = session
  const { output } = options
  const [own = [], others = []] = words
  const inWords = (some: string[]) => (some.length === 0 ? 'all spans' : shellLine(some))
  const apart = selection.window !== against.window
  const report: DiffReport = {
    ...(await withProgress(context.stderr, (tell) => diffSpans(session, selection, against, tell))),
    names: [inWords(own), `${inWords(others)}${apart ? ` ${windows[1]!.join(' ')}` : ''}`],
    limit: limit ?? USUAL,
    next: (one) => shellLine(['otrace', 'spans', ...own, ...filterOf(one), ...windows[0]!]),
  }
  const once = (await cameAgain(session, selection)) ?? (await cameAgain(session, against))
  if (once) context.say(once)
  const { format } = output
  const screen = context.screen(output.utc)
  if (format === 'terminal' || format === 'markdown') {
    const table = diffTable(report)
    if (table.rows.length > 0) await writeResult(context.stdout, table, { format }, 'table', screen)
    const { dim } = theme(screen.colour)
    const paint = format === 'terminal' ? dim : (text: string) => text
    const notes = diffNotes(report).flatMap((text) =>
      format === 'terminal'
        ? note(printable(text), screen.width).split('\n')
        : [`- ${printable(text)}`],
    )
    return writeAll(context.stdout, lines(['', ...notes.map((line) => paint(line))]))
  }
  if (limit !== undefined && report.differences.length > limit) {
    report.differences.length = limit
    context.say(moreNote(limit, 'difference'))
  }
  if (format === 'json') return write(context.stdout, diffJson(report))
  const rows = diffRows(report)
  const columns = DIFFERENCE_KEYS.map((name) => ({ name, type: 'String' }))
  await writeResult(context.stdout, { title: '', columns, rows }, output, 'table', screen)
}

/** The filter that a difference is, for a command line. */
function filterOf({ place, key, kind, value }: Difference): string[] {
  if (place === 'column') {
    if (key === 'status') return ['--where', `status = '${value}'`]
    return kind === 'number' ? [] : [`--${key}`, value!]
  }
  const flag = place === 'resource' ? '--resource' : '--attr'
  if (kind === 'number') return [flag, keyWord(key)]
  if (kind === 'value') return [flag, equalTo(key, value!)]
  const map = place === 'resource' ? 'resource' : 'attributes'
  return ['--where', `NOT mapContains(${map}, '${key.replace(/[\\']/g, '\\$&')}')`]
}
