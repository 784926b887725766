/** Prints the critical path over many traces. */
import type { Options } from '../../options/options.ts'
import { writeResult } from '../../output/output.ts'
import { withProgress } from '../../output/progress.ts'
import type { Cell, Column, Row } from '../../result.ts'
import { noSpans } from '../../session/empty-result.ts'
import { cameAgainNote } from '../../session/notes/came-again.ts'
import { withSimpleNames } from '../../session/sampling.ts'
import type { Session } from '../../session/session.ts'
import {
  newNames,
  readTraceIds,
  readWindowOperations,
  readWindowTraces,
} from '../../session/why/read.ts'
import { notesOf } from '../../session/why/why.ts'
import { formatUnit, plural, type Unit } from '../../units/units.ts'
import { criticalPaths, type PathPart, withOthers } from '../../why/critical/critical.ts'
import type { Both } from '../../why/finding.ts'
import { chooseSides, type Selection } from '../../why/sides.ts'

/** Operations to show to people. */
const USUAL = 15
/** Columns of a comparison, which a terminal leaves out where a side has no request. */
const COMPARED = ['slow', 'others', 'difference', 'share', 'more_calls', 'slower_calls']
/** Columns that a terminal has no room for, unless they are named, and one that only a wide one has. */
const UNSHOWN = ['self', 'trace_id']
const WIDE = { column: 'drag', from: 130 }

const COLUMNS: [string, Unit?][] = [
  ['service'],
  ['name'],
  ['self', 'ns'],
  ['slow', 'ns'],
  ['others', 'ns'],
  ['difference', 'ns'],
  ['share', 'percentunit'],
  ['slow_calls', 'short'],
  ['other_calls', 'short'],
  ['more_calls', 'ns'],
  ['slower_calls', 'ns'],
  ['drag', 'ns'],
  ['trace_id'],
]

/**
 * Reads the traces of the window and prints their critical path.
 * @throws OtraceError (exit 5) without a request in the window
 */
export async function printCritical(
  session: Session,
  { window, windowText, output }: Options,
  selection: Selection,
  limit?: number,
): Promise<void> {
  const { context } = session
  const isTerminal = output.format === 'terminal'
  const names = newNames()
  const read = await withProgress(context.stderr, async (tell) => {
    const simple = await withSimpleNames(session, [window!])
    tell('counting spans…')
    const found = await readWindowOperations(simple, window!)
    return readWindowTraces(simple, window!, names, { found, after: true, tell })
  })
  if (read.rows.count === 0) {
    throw await noSpans(session)
  }
  const rows = chooseSides(read.rows, selection, names)
  const { parts: found, requests, durations } = criticalPaths(rows, names.operations)
  const traces = found.flatMap(({ trace }) => trace ?? [])
  const idOf = await readTraceIds(session, read, traces)
  const parts = found.map((part) => ({ ...part, trace: part.trace && idOf(part.trace) }))
  const gap = durations[1] - durations[0]
  const most = limit ?? (isTerminal ? USUAL : parts.length)
  const shown = withOthers(parts, most)
  const screen = context.screen(output.utc, output.fullIds)
  const unshown = unshownAt(screen.width, requests)
  const isShown = (name: string) => !isTerminal || output.columns || !unshown.includes(name)
  const columns = COLUMNS.filter(([name]) => isShown(name)).map(
    ([name, unit]): Column => ({
      name,
      type: unit ? 'Float64' : 'String',
      unit,
    }),
  )
  const result = {
    title: `Critical path · ${windowText}`,
    columns,
    rows: shown
      .map((part) => withoutEmptySide(rowOf(part, gap), requests))
      .map((row) => (isTerminal ? { ...row, share: rounded(row.share) } : row)),
  }
  await writeResult(context.stdout, result, output, 'table', screen)
  const ns = (value: number) => formatUnit(Math.round(value), 'ns')
  const [others, slow] = requests
  const means =
    slow === 0
      ? `${plural(others, 'request')}, ${ns(durations[0])} on average; none is slow`
      : others === 0
        ? `${plural(slow, 'request')}, ${ns(durations[1])} on average; ${slow === 1 ? 'it is' : 'all are'} slow`
        : `${plural(requests[1], 'slow request')}, ${ns(durations[1])} on average, and ${plural(requests[0], 'other')}, ${ns(durations[0])}: the times of all operations add up to these`
  const [first] = parts
  const example =
    first?.trace === undefined
      ? []
      : [`a slow request, in which ${first.name} takes longest: otrace trace ${first.trace}`]
  const once = (await cameAgainNote(session, { traces: true })) ?? []
  for (const line of [means, ...example, ...notesOf(read, 'window'), once].flat()) context.say(line)
}

function unshownAt(width: number, [others, slow]: Both<number>): string[] {
  if (others === 0 || slow === 0) {
    return [...COMPARED, others === 0 ? 'other_calls' : 'slow_calls', 'trace_id']
  }
  return width < WIDE.from ? [...UNSHOWN, WIDE.column] : UNSHOWN
}

/** A side without requests has no times, and nothing is compared with it. */
function withoutEmptySide(row: Row, [others, slow]: Both<number>): Row {
  if (others > 0 && slow > 0) return row
  const both = { difference: null, share: null, more_calls: null, slower_calls: null }
  return slow === 0
    ? { ...row, ...both, slow: null, slow_calls: null }
    : { ...row, ...both, others: null, other_calls: null }
}

/** A share in hundredths of a percent: less is noise. */
const rounded = (share: Cell | undefined) =>
  typeof share === 'number' ? Math.round(share * 10_000) / 10_000 || 0 : (share ?? null)

function rowOf(part: PathPart, gap: number): Row {
  const { service, name, self, times, calls, moreCalls, slowerCalls, drag, trace } = part
  const difference = times[1] - times[0]
  const whole = Math.round
  // The others are of many services, and their drags have no sum.
  const many = Number.isNaN(drag)
  return {
    ...{ service: many ? null : service, name },
    ...{ self: whole(self), slow: whole(times[1]), others: whole(times[0]) },
    difference: whole(difference),
    share: gap > 0 ? difference / gap : null,
    slow_calls: calls[1],
    other_calls: calls[0],
    more_calls: whole(moreCalls),
    slower_calls: whole(slowerCalls),
    drag: many ? null : whole(drag),
    trace_id: trace ?? '',
  }
}
