/** `otrace tail`: spans as they arrive. */
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { addConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { addFilterFlags, type FilterFlags, filterWords } from '../../options/filters.ts'
import { many } from '../../options/option.ts'
import { readOptions } from '../../options/options.ts'
import { addEndFlags, addLiveFormat, type LiveFlags } from '../../options/output.ts'
import { withoutFlags } from '../../options/unused.ts'
import { toJson, write } from '../../output/output.ts'
import type { BoundQuery } from '../../query/compose/bound-query.ts'
import type { Window } from '../../query/window.ts'
import { type Arrivals, type Arrived, follow } from '../../session/follow/follow.ts'
import { endAfter, lateness, refuseUnfilled, sayIfQuiet } from '../../session/follow/notes.ts'
import { sayLater, waitedForNote } from '../../session/notes/names.ts'
import { withSession } from '../../session/open.ts'
import { builtInQuery, quietRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'
import { spanLine, type TailLine, traceLine } from './line.ts'

interface Flags extends LiveFlags, FilterFlags {
  show?: string[]
  errors?: boolean
  traces?: boolean
  utc?: boolean
}

const HOUR = 3_600_000_000_000n

export function tailCommand(context: Context): Command {
  const command = new Command('tail').description(
    'Print spans as they arrive, until ctrl-C. A span arrives when it has ended, so children come before their parents.\n\n' +
      'On the local store, spans are found by their arrival, however late, unless they are merged with a large part of older ones at once. On other servers, tail polls for spans that ended in the last minute and started in the last hour, and misses those that come later. Each version of a span is printed once.\n\n' +
      'Columns of ndjson: time, trace_id, span_id, parent_id, service, name, kind, status, message, duration (ns), lag (ns from its end to its arrival), and one per key of --show.',
  )
  addLiveFormat(command)
    .option('--show <keys>', 'attributes to show, separated by commas (repeatable)', many)
    .option('--errors', 'only failed spans or traces, the same as --error')
    .option('--traces', 'one line a trace, when its root has ended; filters choose roots')
    .option('--utc', 'times in UTC')
  addEndFlags(command, { heading: 'End', records: 'lines', empty: 'nothing arrived' })
  addFilterFlags(command)
  addConnectionFlags(command)
  addExamples(
    command,
    [
      'otrace tail --service shop --show user.id',
      'otrace tail --errors -o ndjson --for 1m',
      'otrace tail --traces --min-duration 100ms',
    ],
    [
      'otrace trace <trace_id> - the trace of a span',
      'otrace wait <trace_id> - until all its spans have arrived',
    ],
  )
  withoutFlags(command, ['weight'], 'has nothing to apply to: spans are listed', 'leave it out')
  return command.action(async () => {
    const flags = command.opts<Flags>()
    const { error, ...filters } = command.opts()
    flags.errors ||= error
    // A trace failed when any of its spans did.
    const given = { ...filters, error: flags.errors && !flags.traces }
    // Each version is a line of its own, as it arrives.
    await withSession(readOptions(given, context), context, ({ source, ...session }) =>
      tail({ ...session, source: { ...source, repeats: undefined } }, flags),
    )
  })
}

async function tail(session: Session, flags: Flags): Promise<void> {
  const { context, source } = session
  refuseUnfilled(session)
  const show = (flags.show ?? []).flatMap((keys) => keys.split(',')).map((key) => key.trim())
  const ending = endAfter(flags.for, context.signal)
  const late = lateness('span', context.say, source.schema.repeats !== undefined)
  const screen = context.screen(flags.utc)
  const whole = !context.stdout.isTTY
  let printed = 0
  const most = flags.max ?? Number.POSITIVE_INFINITY
  const noted = sayLater(context, waitedForNote(session, show))
  const words = filterWords({ ...flags, error: flags.errors })
  const arrived = sayIfQuiet(session, flags.traces ? 'traces' : 'spans', words)
  const read = spansReader(session, show)
  try {
    for await (const batch of follow(
      session,
      { table: source.table, signal: 'traces', read },
      ending,
    )) {
      arrived()
      const lines: TailLine[] = flags.traces
        ? await traceLines(session, batch, flags.errors ?? false)
        : batch.map(({ row, lag }) => ({ row, lag, show }))
      const shown = lines.slice(0, most - printed)
      // Rows behind the last line of --max are not shown, and a trace's other spans come before its root.
      const isCut = shown.length < lines.length
      const end = isCut ? batch.findIndex(({ row }) => row === shown.at(-1)!.row) + 1 : undefined
      for (const one of batch.slice(0, end)) late.add(one)
      const text = shown.map((line) => {
        if (flags.output === 'ndjson') return `${toJson(record(line))}\n`
        return `${(flags.traces ? traceLine : spanLine)(line, screen, whole)}\n`
      })
      printed += text.length
      await write(context.stdout, text.join(''))
      late.report()
      if (printed >= most) break
    }
  } finally {
    arrived()
    late.report(true)
  }
  if (printed === 0) await noted
  if (flags.failIfEmpty && printed === 0) throw notFound('--fail-if-empty: nothing arrived')
}

/** Takes the place of the parts in a statement that is composed once: it is the same for each read. */
const PARTS: string[] = []

function spansReader(session: Session, show: string[]) {
  let ofParts: BoundQuery | undefined
  return ({ parts, since }: Arrivals) => {
    if (!parts || since !== undefined)
      return quietRows(session, spansQuery(session, show, { parts, since }))
    ofParts ??= spansQuery(session, show, { parts: PARTS })
    const params = Object.entries(ofParts.params).map(([name, value]) => [
      name,
      value === PARTS ? parts : value,
    ])
    return quietRows(session, { ...ofParts, params: Object.fromEntries(params) })
  }
}

function spansQuery(session: Session, show: string[], { parts, since }: Arrivals): BoundQuery {
  const { source, context } = session
  const conditions = [...source.filters.conditions]
  if (parts) conditions.push({ filter: 'arrived' as const, value: parts })
  const window: Window | undefined =
    since === undefined ? undefined : { from: since - HOUR, to: context.now() + HOUR, bucket: 60 }
  const given = { show, since: String(since ?? 0n) }
  const filters = { ...source.filters, conditions }
  const known = { recent: since !== undefined }
  return builtInQuery('internal/live/spans.sql', given, { ...source, filters, window }, known)
}

/** The roots of a batch, with what is stored of their traces so far. */
async function traceLines(
  session: Session,
  batch: Arrived[],
  failed: boolean,
): Promise<TailLine[]> {
  const roots = batch.filter(({ row }) => row.parent_id === '')
  if (roots.length === 0) return []
  const ids = roots.map(({ row }) => String(row.trace_id))
  const now = session.context.now()
  const window = { from: now - 24n * HOUR, to: now + HOUR, bucket: 60 }
  const source = { ...session.source, window }
  const rows = await quietRows(session, builtInQuery('internal/live/traces.sql', { ids }, source))
  const byId = new Map(rows.map((row) => [row.trace_id, row]))
  return roots
    .map(({ row, lag }) => ({ row, lag, show: [], trace: byId.get(row.trace_id!) }))
    .filter(({ trace }) => !failed || Number(trace?.errors ?? 0) > 0)
}

function record({ row, lag, show, trace }: TailLine) {
  const { key: _, ended: __, shown, ...rest } = row
  const values = (shown ?? []) as string[]
  const shownValues = Object.fromEntries(show.map((key, i) => [key, values[i] ?? '']))
  const { spans, errors, services } = trace ?? {}
  return {
    ...rest,
    lag: Number(lag),
    ...shownValues,
    ...(trace ? { spans, errors, services } : {}),
  } as never
}
