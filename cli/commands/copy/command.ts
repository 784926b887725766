/** `otrace copy`: the spans of a window or of a trace, from any store into another. */

import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { OtraceError } from '../../errors.ts'
import { addConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { addFilterFlags, FILTER_FLAGS } from '../../options/filters.ts'
import { readOptions } from '../../options/options.ts'
import { refuseTyped } from '../../options/unused.ts'
import { addWindowFlags, WINDOW_FLAGS } from '../../options/window.ts'
import { write } from '../../output/output.ts'
import { compose } from '../../query/compose/compose.ts'
import { readSql } from '../../query/files.ts'
import { isoText, type Window } from '../../query/window.ts'
import { explainEmpty } from '../../session/empty-result.ts'
import { withSession } from '../../session/open.ts'
import type { Session } from '../../session/session.ts'
import { findTrace } from '../../session/trace/read-trace.ts'
import { readTraceId } from '../../session/trace/trace-id.ts'
import { parseInstant, unixNanos } from '../../trace/model/instant.ts'
import { spanReader } from '../../trace/model/span-row.ts'
import { formatNumber, plural } from '../../units/units.ts'
import { partsOf } from './parts.ts'
import type { Target } from './receiver.ts'
import { type Sender, sender } from './sender.ts'
import { addTargetFlags, openTarget, type TargetFlags } from './target.ts'

const DESCRIPTION = `Copy the spans of a window or of a trace from any store into the local one, to look at an incident offline or to test against it.
The store to read is that of --url, --profile or --data. Spans go over OTLP, so attributes arrive as text where the store keeps text.

Spans that the local store already has are left out: after an interruption, the same command goes on. Another collector cannot be asked; start again with the --from that is printed.`

interface Flags extends TargetFlags {
  trace?: string
}

export function copyCommand(context: Context): Command {
  const command = new Command('copy').description(DESCRIPTION)
  addTargetFlags(command)
  command.option('--trace <id>', 'this trace, whole, by 8 digits of its id or more')
  addWindowFlags(command)
  addFilterFlags(command)
  addConnectionFlags(command)
  addExamples(
    command,
    [
      'otrace copy --profile prod --since 15m',
      'otrace copy --profile prod --trace 4bf92f35',
      'otrace copy --since 1h --into http://127.0.0.1:4318',
    ],
    ['otrace services --data <directory> - what was copied'],
  )
  return command.action(async () => {
    const { into, intoPassword, trace, ...flags } = command.opts<Flags>()
    const id = trace === undefined ? undefined : readTraceId(trace)
    if (id !== undefined) {
      const given = [...WINDOW_FLAGS, ...FILTER_FLAGS]
      refuseTyped(
        command,
        given,
        "can't be used with --trace",
        'leave it out: a trace is copied whole',
      )
    }
    const options = readOptions(flags, context)
    await withSession(options, context, async (session) => {
      const target = await openTarget({ into, intoPassword }, context, session.store.place)
      try {
        if (id === undefined) await copyWindow(session, target, options.window!, context)
        else await copyTrace(session, target, id, context)
        await target.stored?.()
      } finally {
        await target.close()
      }
    })
  })
}

async function copyWindow(
  session: Session,
  target: Target,
  window: Window,
  context: Context,
): Promise<void> {
  const parts = await partsOf(session, window)
  const total = parts.reduce((sum, { spans }) => sum + spans, 0)
  await target.expect?.(window)
  const copy = sender(target, isoText(window.from))
  try {
    for (const { from, to } of parts) {
      await copyPart(session, copy, { ...window, from, to })
      copy.until = isoText(to)
      const done = formatNumber(copy.sent + copy.known)
      await write(context.stdout, `until ${copy.until}: ${done} of ${plural(total, 'span')}\n`)
    }
  } catch (error) {
    const next = target.known
      ? 'the same command goes on from there'
      : `go on with --from ${copy.until} --to ${isoText(window.to)}`
    if (context.signal.aborted) context.say(`${copied(copy, target)}; ${next}`)
    else if (error instanceof OtraceError) {
      const hint = error.hint === undefined ? next : `${error.hint}; then ${next}`
      throw Object.assign(error, { hint })
    }
    throw error
  }
  context.say(copied(copy, target))
  if (total === 0) context.say(await explainEmpty(session))
}

async function copyPart(session: Session, copy: Sender, window: Window): Promise<void> {
  const { store, source } = session
  const statement = compose(readSql('internal/copy/spans.sql'), {}, { ...source, window })
  const { batches } = await store.ask(statement, { database: source.database, kept: false })
  const reader = spanReader()
  for await (const batch of batches) for (const row of batch) await copy.add(reader(row))
  await copy.end()
}

async function copyTrace(
  session: Session,
  target: Target,
  id: string,
  context: Context,
): Promise<void> {
  const { trace } = await findTrace(session, id, {})
  const rows = trace.spans.map(({ row }) => row).sort((a, b) => (a.time < b.time ? -1 : 1))
  const times = rows.map(({ time }) => nanosOf(time))
  await target.expect?.({ from: times[0]!, to: times.at(-1)! + 1n, bucket: 1 })
  const copy = sender(target, rows[0]!.time)
  for (const row of rows) await copy.add(row)
  await copy.end()
  context.say(copied(copy, target))
}

const nanosOf = (time: string) => BigInt(unixNanos(parseInstant(time)))

function copied({ sent, known, odd, early }: Sender, { place }: Target): string {
  const before = known > 0 ? `; ${formatNumber(known)} were there` : ''
  const changed = odd > 0 ? `; ${plural(odd, 'span')} with other ids (otrace.id.invalid)` : ''
  const timeless = early > 0 ? `; ${plural(early, 'span')} from before 1970 without the time` : ''
  return `${plural(sent, 'span')} copied to ${place}${before}${changed}${timeless}`
}
