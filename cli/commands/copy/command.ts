/** `otrace copy`: the spans of a window, from any store into the local one or to a collector. */

import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { OtraceError, usage } from '../../errors.ts'
import { addConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { addFilterFlags } from '../../options/filters.ts'
import { readOptions } from '../../options/options.ts'
import { addWindowFlags } from '../../options/window.ts'
import { write } from '../../output/output.ts'
import { compose } from '../../query/compose.ts'
import { readSql } from '../../query/files.ts'
import { isoText, type Window } from '../../query/window.ts'
import { withSession } from '../../session/open.ts'
import type { Session } from '../../session/session.ts'
import { spansOtlp } from '../../trace/export/otlp.ts'
import { type SpanRow, spanReader } from '../../trace/model/span-row.ts'
import { plural } from '../../units/units.ts'
import { openTarget, type Target } from './target.ts'

const DESCRIPTION = `Copy the spans of a window from any store into the local one, to look at an incident offline or to test against it.
The store to read is that of --url, --profile or --data. Spans go over OTLP, so attributes arrive as text where the store keeps text.

The window is copied in parts, and a line is printed after each. After an interruption, start again with the printed --from.`

/** Spans of one request. */
const BATCH = 1000
/** One part of the window, in nanoseconds. */
const PART = 300_000_000_000n

export function copyCommand(context: Context): Command {
  const command = new Command('copy').description(DESCRIPTION)
  command.option('--into <place>', 'OTLP/HTTP address or data directory (default: the local store)')
  addWindowFlags(command)
  addFilterFlags(command)
  addConnectionFlags(command)
  addExamples(
    command,
    [
      'otrace copy --profile prod --since 15m',
      `otrace copy --profile prod --since 1d --where "trace_id = '4bf92f3577b34da6a3ce929d0e0e4736'"`,
      'otrace copy --since 1h --into http://127.0.0.1:4318',
    ],
    ['otrace services --data <directory> - what was copied'],
  )
  return command.action(async () => {
    const { into, ...flags } = command.opts<{ into?: string }>()
    const options = readOptions(flags, context)
    await withSession(options, context, async (session) => {
      if (session.store.local && !/^https?:/.test(into ?? '')) {
        throw usage(
          'the local store cannot be copied into a directory',
          'name another store with --url or --profile, or an address with --into http://…',
        )
      }
      const target = await openTarget(into, context)
      try {
        await copyParts(session, target, options.window!, context)
      } finally {
        await target.close()
      }
    })
  })
}

async function copyParts(
  session: Session,
  target: Target,
  { from, to, bucket }: Window,
  context: Context,
): Promise<void> {
  let copied = 0
  for (let start = from; start < to; start += PART) {
    const end = start + PART < to ? start + PART : to
    try {
      copied += await copyPart(session, target, { from: start, to: end, bucket })
    } catch (error) {
      if (!(error instanceof OtraceError)) throw error
      const hint = `${error.hint ?? ''}; then go on with --from ${isoText(start)} --to ${isoText(to)}`
      throw Object.assign(error, { hint: hint.replace(/^; then/, 'then') })
    }
    await write(context.stdout, `until ${isoText(end)}: ${plural(copied, 'span')}\n`)
  }
  context.say(`${plural(copied, 'span')} copied to ${target.place}`)
}

/** @returns how many */
async function copyPart(session: Session, target: Target, window: Window): Promise<number> {
  const { store, source } = session
  const statement = compose(readSql('internal/copy/spans.sql'), {}, { ...source, window })
  const { batches } = await store.ask(statement, { database: source.database, kept: false })
  const reader = spanReader()
  let waiting: SpanRow[] = []
  let count = 0
  const send = async () => {
    if (waiting.length === 0) return
    await target.send('traces', [...spansOtlp(waiting)].join(''))
    count += waiting.length
    waiting = []
  }
  for await (const batch of batches) {
    for (const row of batch) {
      waiting.push(named(reader(row)))
      if (waiting.length >= BATCH) await send()
    }
  }
  await send()
  return count
}

/** Some schemas keep the name of the service apart from the resource. */
function named(row: SpanRow): SpanRow {
  if (row.service === '' || row.resource['service.name'] !== undefined) return row
  return { ...row, resource: { ...row.resource, 'service.name': row.service } }
}
