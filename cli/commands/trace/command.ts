/** `otrace trace`: show one trace. */
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { withoutFlags } from '../../options/unused.ts'
import { withSession } from '../../session/open.ts'
import { failIf, printResult } from '../../session/print.ts'
import type { Session } from '../../session/session.ts'
import { readTraceId } from '../../session/trace/trace-id.ts'
import { jsonShape } from '../../trace/export/json-keys.ts'
import { addTraceFlags, noTrace, readTraceOptions } from './options.ts'

const DESCRIPTION = `Show one trace: what happened, in which order, where the time went, what failed, and what is missing.

The id may be cut to its first 8 digits or more, have dashes, or be a traceparent. Without one, --slowest, --latest or --error choose the
trace with the filters, within the window. With an id, --service and --min-duration filter its spans.

In the bars, █ is the critical path, which divides the root's duration among the spans it waited for. ━ is a span that runs beside it.
The keys of --json and -o ndjson are listed at the end.`

/** The command. */
export function traceCommand(context: Context): Command {
  const command = new Command('trace')
    .description(DESCRIPTION)
    .argument('[id]', 'trace id, the first digits of one, or a traceparent')
  addTraceFlags(command)
  addExamples(
    command,
    [
      'otrace trace --slowest --since 1h --service shop',
      'otrace trace --error --critical-path',
      'otrace trace --latest --grep COMMIT --json',
    ],
    [
      'otrace flame --name <span-name> - many such traces',
      'otrace logs --trace <trace_id> - its log records',
      'otrace journey <user-id> - what this user did',
    ],
  )
  command.addHelpText('after', `\n${jsonShape()}`)
  const why = 'has nothing to apply to: a trace shows each of its spans once'
  withoutFlags(command, ['dedupe', 'distinct', 'weight'], why, 'leave it out')
  return command.action(async (given: string | undefined) => {
    if (given?.trim() === '') throw noTrace('the trace id is empty')
    const id = given === undefined ? undefined : readTraceId(given)
    const options = readTraceOptions(command, id !== undefined, context)
    // Loaded here, so that other commands start without it.
    const { askTraceAhead, chooseTrace, findTrace, traceStatement } = await import(
      '../../session/trace/read-trace.ts'
    )
    const { printTrace } = await import('./print.ts')
    const { lookUpOwn } = await import('../../session/trace/locate-trace.ts')
    const { fixSkew, depth, waterfall } = options
    const finding = {
      fixSkew,
      now: new Date(Number(context.now() / 1_000_000n)).toISOString(),
      detail: depth,
      stacks: waterfall.stack,
      stored: id === undefined,
    }
    const ahead = id === undefined ? undefined : (known: Session) => lookUpOwn(known, id)
    const work = async (session: Session) => {
      const chosen = id ?? (await chooseTrace(session, options.slowest ? 'slowest' : 'latest'))
      if (options.output.sql) {
        return printResult(session, traceStatement(session, chosen), SQL_LOOK)
      }
      const found = await findTrace(session, chosen, finding)
      await printTrace(session, found, options)
      failIf(options.output, 1, 'trace')
    }
    const likely =
      id === undefined ? undefined : (known: Session) => askTraceAhead(known, id, finding)
    await withSession(options, context, work, { ahead, likely })
  })
}

const SQL_LOOK = { title: 'Trace', panel: 'table', units: {} } as const
