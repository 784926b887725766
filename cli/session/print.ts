/** Prints the result of a query, or its SQL. */
import { notFound, OtraceError } from '../errors.ts'
import type { OutputOptions } from '../options/output.ts'
import { write, writeResult } from '../output/output.ts'
import { shellLine } from '../output/shell-line.ts'
import type { BoundQuery } from '../query/compose/bound-query.ts'
import { SPANS_COLUMNS } from '../query/filters/where-rules.ts'
import { isUnfiltered } from '../query/filters.ts'
import { PANELS, type Panel } from '../render/panels.ts'
import type { Column, Row } from '../result.ts'
import { flatRows, type Result, whenSent } from '../store/client.ts'
import type { Unit } from '../units/units.ts'
import { explainEmpty, type Sought } from './empty-result.ts'
import { absentKeyNote, unknownKeyNote } from './notes/attributes.ts'
import { cameAgainNote } from './notes/came-again.ts'
import { unknownNote } from './notes/names.ts'
import { leftOutNote, windowNotes } from './notes/window.ts'
import { costText, explain, statsText } from './query-stats.ts'
import { inBackground, isParallel } from './run.ts'
import { fromHours, resolveSampling } from './sampling.ts'
import type { Session } from './session.ts'
import { tailNote } from './tail-sampling/note.ts'

/** How a result is drawn, beside its columns. */
export interface Presentation {
  /** Empty for none. */
  title: string
  panel: Panel
  units: Record<string, Unit>
  /** Columns that the terminal marks values by; see `Table`. */
  samples?: string | undefined
  covered?: string | undefined
  /** See `Table`. */
  buckets?: (() => string[]) | undefined
  incomplete?: (() => string[]) | undefined
  /** Most rows to show; the query asks for one more, to see whether there are more. */
  limit?: number
  /** The attributes that columns are made of, by column: a note explains an empty one. */
  attributes?: Record<string, string>
  /** For the note on a result without rows. */
  sought?: Sought
  /** Changes columns and rows before they are written. */
  reshape?: (result: Result) => Result | Promise<Result>
  /** How exact the result is, and why every span is read. */
  rounded?: string | undefined
  reason?: string | undefined
  /** Resolves to another query, if the first turns out not to be the one that was meant. */
  revised?: (() => Promise<BoundQuery | undefined>) | undefined
}

/** Asks a query whose result printResult will read, unless other statements decide which query that is. */
export async function askAhead(session: Session, composed: BoundQuery): Promise<unknown> {
  const { unweighted, uncrossed, plainNames } = composed
  if (unweighted || uncrossed || plainNames) return undefined
  return askFor(session, fromHours(session, composed).query)
}

const askFor = ({ store, source, options: { output } }: Session, query: BoundQuery) =>
  store.ask(query, {
    database: source.database,
    measured: output.verbose || output.explain,
    // The terminal's columns need all rows, to be as wide as they are.
    kept: output.format === 'terminal',
  })

/** Runs a query and prints its result with notes beside it, or prints its SQL (--sql). */
export async function printResult(
  session: Session,
  composed: BoundQuery,
  look: Presentation,
): Promise<void> {
  const { store, source, options, context } = session
  const { output } = options
  const measured = output.verbose || output.explain
  const parallel = isParallel(session)
  const other = look.revised && inBackground(look.revised())
  const meant = parallel ? composed : ((await other) ?? composed)
  const resolved = await resolveSampling(session, meant, measured)
  const { note, looked } = resolved
  const hourly = fromHours(session, resolved.query)
  const { query, note: rounded = look.rounded, reason = look.reason } = hourly
  if (output.sql) return write(context.stdout, printed(query))
  if (output.explain) await explain(session, query)
  const asking = inBackground(askFor(session, query))
  const sent = whenSent()
  const notes = parallel ? inBackground(sent.then(() => windowNotes(session, query))) : undefined
  const leftOut = parallel ? inBackground(sent.then(() => leftOutNote(session, query))) : undefined
  const tail =
    parallel && composed.counts ? inBackground(sent.then(() => tailNote(session))) : undefined
  if (output.format === 'terminal') inBackground(sent.then(whenSent).then(PANELS[look.panel]))
  const better = parallel ? await other : undefined
  if (better) return printResult(session, better, { ...look, revised: undefined })
  const asked = await asking
  const result = (await look.reshape?.(asked)) ?? asked
  const columns = withUnits(result.columns, look.units, composed)
  const by = attributeOf(query)
  const empty = new Set(Object.keys(look.attributes ?? {}))
  const seen = { rows: 0, something: false, other: false, value: false, empty }
  const limit = look.limit ?? Number.POSITIVE_INFINITY
  const title = [look.title, look.title && options.windowText].filter(Boolean).join(' · ')
  const { samples, covered, buckets, incomplete } = look
  const rows = firstRows(flatRows(result.batches), limit, seen, by)
  await writeResult(
    context.stdout,
    { title, columns, rows, samples, covered, buckets, incomplete },
    output,
    look.panel,
    context.screen(output.utc, output.fullIds),
  )
  if (seen.rows > limit) context.say(moreNote(limit))
  if (!seen.something && look.title !== '') {
    context.say(await explainEmpty(session, look.sought))
  } else if (!seen.something) {
    // A statement that counts nothing answers 0.
    const unknown = isUnfiltered(session.source.filters) ? undefined : await unknownNote(session)
    if (unknown) context.say(unknown)
  } else if (by && !seen.value) {
    const unknown = await unknownKeyNote(session, [by])
    if (unknown) context.say(unknown)
  }
  for (const column of seen.something ? empty : []) {
    const key = look.attributes![column]!
    const words = shellLine(['otrace', 'attributes', key])
    const unlike = column === 'sum' && `no value of ${key} is a number: ${words} lists them`
    const text = (await unknownKeyNote(session, [key])) ?? unlike
    if (text) context.say(text)
  }
  if (seen.other) context.say('(other) is all but the most frequent values: see --values')
  if (seen.something) {
    for (const text of await (notes ?? windowNotes(session, query))) context.say(text)
  }
  const long = await (leftOut ?? leftOutNote(session, query))
  if (long) context.say(long)
  const absent = seen.something ? await absentKeyNote(session) : undefined
  if (absent) context.say(absent)
  const deduped = query.sql.includes(source.schema.repeats?.second ?? '\0')
  // `gc` reads the spans with counters.
  const counters = composed.sql.includes('known_keys')
  // Without rows a filter may have matched a version that another has replaced.
  const concerned = seen.something || !isUnfiltered(source.filters)
  const once = deduped && concerned && (await cameAgainNote(session, { counters }))
  if (once) context.say(once)
  if (note) context.say(note)
  const sampled = seen.something && composed.counts ? await (tail ?? tailNote(session)) : undefined
  if (sampled) context.say(sampled)
  if (rounded && seen.something) context.say(rounded)
  if (measured && reason) context.say(`every span is read: ${reason}`)
  if (measured) context.say(statsText(result.cost, store))
  if (measured && looked) context.say(`before it, statements that simplify it ${costText(looked)}`)
  failIf(output, seen.something ? Math.min(seen.rows, limit) : 0)
}

/** That --limit leaves rows out. */
export const moreNote = (limit: number, noun = 'row') =>
  `only the first ${limit === 1 ? `${noun} is` : `${limit} ${noun}s are`} shown: there are more, see --limit`

/**
 * A query alone as a check.
 * @param noun of what was found
 * @throws OtraceError (exit 5) with --fail-if-empty, (exit 1) with --fail-if-any
 */
export function failIf(
  { failIfEmpty, failIfAny }: OutputOptions,
  found: number,
  noun = 'row',
): void {
  if (failIfEmpty && found === 0) throw notFound(`--fail-if-empty: no ${noun}s`)
  if (!failIfAny || found === 0) return
  throw new OtraceError(
    'checkFailed',
    `--fail-if-any: there ${found === 1 ? `is a ${noun}` : `are ${found} ${noun}s`}`,
  )
}

/**
 * Columns with the units of their query.
 * @param named the column of --by, as the composed query names it
 */
export function withUnits(
  columns: Column[],
  units: Record<string, Unit>,
  { named }: { named?: string } = {},
): Column[] {
  return columns.map((column) => {
    const unit = units[column.name]
    const isNamed = column.name === named
    return { ...column, ...(unit && { unit }), ...(isNamed && { named: true as const }) }
  })
}

/** Empty buckets don't count: time series return a row for every bucket. */
async function* firstRows(
  rows: AsyncIterable<Row>,
  limit: number,
  seen: { rows: number; something: boolean; other: boolean; value: boolean; empty: Set<string> },
  by: string | undefined,
) {
  for await (const row of rows) {
    if (++seen.rows <= limit) yield row
    for (const column of seen.empty) {
      if ((row[column] ?? '') !== '') seen.empty.delete(column)
    }
    seen.other ||= row.series === '(other)' || row.value === '(other)'
    seen.value ||= by !== undefined && (row.series ?? row.value ?? row[by]) !== '(absent)'
    seen.something ||= Object.entries(row).some(([name, cell]) => name !== 'time' && Boolean(cell))
  }
}

/** The attribute of --by; undefined for a column of `spans`. */
function attributeOf({ params: { by } }: BoundQuery): string | undefined {
  const isColumn = SPANS_COLUMNS.some((name) => name === by)
  return typeof by === 'string' && by !== '' && !isColumn ? by : undefined
}

/** The SQL, with its parameters and settings as comments above it. */
function printed({ sql, params, settings = {} }: BoundQuery): string {
  const values = Object.entries(params).map(
    ([name, value]) => `-- ${name} = ${JSON.stringify(value)}`,
  )
  const set = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  const settingsLine = set.length === 0 ? [] : [`-- SETTINGS ${set.join(', ')}`]
  return `${[...values, ...settingsLine, sql].join('\n')}\n`
}
