/** Compares the traces of a window with those of a baseline. */
import { dedupeOf, NO_FILTERS } from '../../query/filters.ts'
import { DAY_NS, type Window } from '../../query/window.ts'
import { formatNumber, plural } from '../../units/units.ts'
import { type Analysis, analyse } from '../../why/analyse.ts'
import type { Seen } from '../../why/finding.ts'
import type { WhyReport } from '../../why/report.ts'
import { chooseSides, type Selection } from '../../why/sides.ts'
import type { TraceRow } from '../../why/tree.ts'
import { typesNamed } from '../../why/words/changes.ts'
import { cameAgainNote } from '../notes/came-again.ts'
import { builtInQuery, queryRows } from '../run.ts'
import { resolveSampling, withSimpleNames } from '../sampling.ts'
import type { Session } from '../session.ts'
import { tailNote } from '../tail-sampling/note.ts'
import { baselineAdvice, sideAdvice } from './empty-baseline.ts'
import {
  MOST_SPANS,
  newNames,
  readTraceIds,
  readWindowOperations,
  readWindowTraces,
  type WindowTraces,
} from './read.ts'
import { withOnlySome } from './read-attributes.ts'
import { readMatching } from './read-matching.ts'
import { withMessages } from './read-messages.ts'
import { withNewReleases } from './read-releases.ts'
import { withGarbageCollection } from './read-runtime.ts'

export interface Compared {
  window: Window
  /** Undefined compares requests within the window, by `selection`. */
  baseline?: Window
  /** `filters` are those that the filters choose, compared with those that they do not. */
  selection?: Selection | 'filters'
}

/**
 * The report without its windows in words.
 * @param tell says what is being done
 */
export async function compareWindows(
  given: Session,
  { window, baseline, selection: by }: Compared,
  tell: (text: string) => void,
): Promise<Omit<WhyReport, 'windows' | 'times' | 'lengths' | 'command'>> {
  const windows = [baseline, window].filter((one) => one !== undefined)
  const session = await withSimpleNames(by === 'filters' ? unfiltered(given) : given, windows)
  const names = newNames()
  tell('counting spans…')
  const counted = await Promise.all(windows.map((one) => readWindowOperations(session, one)))
  const readSides = async () => {
    const most = MOST_SPANS / windows.length
    const [own, earlier] = counted.toReversed()
    const side = { most, tell }
    const before =
      baseline &&
      (await readWindowTraces(session, baseline, names, { ...side, found: earlier!, after: false }))
    const after = await readWindowTraces(session, window, names, {
      ...side,
      found: own!,
      after: true,
    })
    return { before, after }
  }
  // The engine answers the others while this process takes the spans.
  const [{ before, after }, kept, once, ...sampled] = await Promise.all([
    readSides(),
    tailNote({ ...session, source: { ...session.source, window } }),
    cameAgainNote(session, { traces: true }),
    ...windows.map((one) => readSampled(session, one)),
  ])
  const { operations, lines } = names
  const read = before ? chained(before.rows, after.rows) : after.rows
  const selection =
    by === 'filters' ? { matching: await readMatching(given, after.read, after.oneIn) } : by
  const rows = selection ? chooseSides(read, selection, { operations, lines }) : read
  const notes = [before, after].flatMap((one, i) =>
    one ? notesOf(one, i === 0 && before ? 'baseline' : 'window') : [],
  )
  tell(`comparing ${formatNumber((before?.rows.count ?? 0) + after.rows.count)} traces…`)
  const byFailure = selection !== undefined && 'errors' in selection
  const chosen = selection !== undefined
  const found = analyse({ rows, operations, lines, chosen, byFailure })
  const about = { window, baseline }
  tell('looking at attributes of the findings…')
  const [some, idOf] = await Promise.all([
    withOnlySome(session, { ...about, rows, operations }, found.findings),
    readIdsOf(session, after, found),
  ])
  notes.push(...sampledNotes(sampled))
  if (once) notes.push(sentence(once))
  if (kept) notes.push(sentence(kept))
  const released = await withNewReleases(session, about, some)
  const caused = await withGarbageCollection(session, about, released, found.changed.mean)
  const told = await withMessages(session, about, caused)
  const begun = Number(window.from)
  const dated = window.from / DAY_NS !== (window.to - 1n) / DAY_NS
  const findings = told.map(({ seen, ...one }) => ({
    ...one,
    dated,
    traces: one.traces.map(idOf),
    ...(seen && { seen: since(seen, begun) }),
  }))
  const examples = Object.fromEntries(
    Object.entries(found.examples).map(([key, number]) => [key, idOf(number)]),
  )
  const { newTypes, goneTypes } = found.changed
  if (by === 'filters') notes.push(...apartNotes(newTypes, goneTypes))
  // Chosen requests are of some types only, by their choice.
  const changed = selection ? { ...found.changed, newTypes: [], goneTypes: [] } : found.changed
  const isEmpty = before !== undefined && before.rows.count === 0
  const advice = isEmpty
    ? await baselineAdvice(session, window, baseline!)
    : selection && sideAdvice(selection, changed.requests)
  if (!selection && session.source.filters.conditions.some(({ filter }) => filter === 'error'))
    notes.push(
      '--error chooses failing requests of both windows: --errors compares them with the rest.',
    )
  return {
    ...found,
    ...(advice && { advice }),
    changed,
    findings,
    examples,
    notes,
    begun,
    dated,
  }
}

/** Times since 1970 instead of since the beginning of the window. */
const since = ({ first, last, most, ...others }: Seen, begun: number): Seen => ({
  ...{ first: begun + first, last: begun + last, ...others },
  ...(most && { most: { ...most, from: begun + most.from, to: begun + most.to } }),
})

/** Without filters, but for how duplicates count. */
const unfiltered = ({ source, ...others }: Session): Session => ({
  ...others,
  source: { ...source, filters: { ...NO_FILTERS, ...dedupeOf(source.filters, NO_FILTERS) } },
})

const sentence = (note: string) => `${note[0]!.toUpperCase()}${note.slice(1)}.`

const chained = (...all: Iterable<TraceRow>[]): Iterable<TraceRow> => ({
  *[Symbol.iterator]() {
    for (const rows of all) yield* rows
  },
})

/** The ids of the traces that an analysis names by their numbers. Those named are the window's. */
function readIdsOf(session: Session, after: WindowTraces, { findings, examples }: Analysis) {
  const named = [...findings.flatMap(({ traces }) => traces), ...Object.values(examples)]
  return readTraceIds(session, after, named)
}

/** Types of request that only one side has, which are compared with nothing. */
function apartNotes(chosen: readonly string[], others: readonly string[]): string[] {
  const said = (types: readonly string[], whose: string) =>
    types.length === 0 ? [] : [`Only ${whose}, so compared with nothing: ${typesNamed(types)}.`]
  return [...said(chosen, 'among the chosen requests'), ...said(others, 'among the others')]
}

/** What of a window was not read. */
export function notesOf({ oneIn, traces, rows }: WindowTraces, name: string): string[] {
  const { count, cut, open } = rows
  const digits = (n: number) => n.toLocaleString('en-US')
  return [
    ...(oneIn > 1
      ? [
          `${digits(count)} of the ${name}'s ${digits(traces)} traces were read: one in ${oneIn}, by trace id.`,
        ]
      : []),
    ...(cut > 0
      ? [
          `${plural(cut, 'trace')} of the ${name} ${cut === 1 ? 'has' : 'have'} no root in it, and ${cut === 1 ? 'was' : 'were'} left out.`,
        ]
      : []),
    ...(open > 0
      ? [
          `${plural(open, 'trace')} of the ${name} ${open === 1 ? 'lasts' : 'last'} longer than what was read behind it: later spans of ${open === 1 ? 'it' : 'them'} are missing.`,
        ]
      : []),
  ]
}

/** Requests stored in a window, their adjusted count, and whether some represent more than others. */
interface Sampled {
  stored: number
  counted: number
  uneven: boolean
}

async function readSampled(session: Session, window: Window): Promise<Sampled> {
  const source = { ...session.source, window, weighted: true }
  const asked = builtInQuery('internal/why/sampled.sql', {}, source)
  const { query } = await resolveSampling({ ...session, source }, asked)
  const [row] = await queryRows({ ...session, source }, query)
  const [stored, counted] = [Number(row?.stored ?? 0), Number(row?.counted ?? 0)]
  return { stored, counted, uneven: Boolean(row?.uneven) }
}

/** What sampling means for the numbers of requests, by window: the baseline's first. */
export function sampledNotes(windows: readonly Sampled[]): string[] {
  const digits = (n: number) => Math.round(n).toLocaleString('en-US')
  const isSampled = ({ stored, counted }: Sampled) => counted > 1.01 * stored
  if (!windows.some(isSampled)) return []
  const said = windows.map((one, i) => {
    const name = windows.length === 1 || i === 1 ? 'window' : 'baseline'
    return isSampled(one)
      ? `the ${name}'s ${digits(one.stored)} requests represent about ${digits(one.counted)}`
      : `the ${name} is not sampled`
  })
  // A sampler that keeps all failures makes them most of what is stored.
  const shares = windows.some(({ uneven }) => uneven)
    ? 'are those of the stored requests, of which some represent more than others'
    : 'are not affected'
  return [`Sampled: ${said.join(', ')}. Shares and durations ${shares}.`]
}
