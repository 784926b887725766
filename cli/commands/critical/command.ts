/** `otrace critical`: the critical path over many traces, slow ones against the others. */
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { countOption } from '../../options/option.ts'
import { addQueryFlags, type OptionFlags, readOptions } from '../../options/options.ts'
import { readSlow } from '../../options/slow.ts'
import { withoutFlags, withoutSql } from '../../options/unused.ts'
import { withSession } from '../../session/open.ts'

const DESCRIPTION = `Show where slow requests spend their time: the self time of each operation on the critical path, of slow and of other requests. The self times add up to the mean duration, and the differences to the difference of the means.

A difference is the sum of more calls and of slower calls. Drag is by how much a slow request would shorten at most without the operation's own time: less than that time where other spans run beside it. Asynchronous spans count as far as their parent runs.

Filters keep traces with at least one matching span. Above 3 million spans, traces are sampled by trace id.

Columns: service, name, self (ns a request), slow, others, difference, share (of the difference of the means), slow_calls, other_calls (a request), more_calls, slower_calls (ns), drag (ns), trace_id.`

/** The command. */
export function criticalCommand(context: Context): Command {
  const command = new Command('critical').description(DESCRIPTION)
  addExamples(
    command,
    [
      'otrace critical --since 1h',
      "otrace critical --since 1h --name 'POST /product/{id}' --slow p90",
      'otrace critical --slow 20ms --json',
    ],
    [
      'otrace trace <trace_id> - an example of an operation',
      'otrace why - what changed since the window before',
    ],
  )
  command
    .optionsGroup('Comparison:')
    .option('--slow [threshold]', 'slow requests: p95 of their type (default), or 300ms')
    .addOption(
      countOption(
        '-n, --limit <n>',
        'operations to show, the others as one row (default: 15 on a terminal)',
        15,
      ).default(undefined),
    )
  addQueryFlags(command)
  const why = 'has nothing to apply to: a span that the collector received again is read once'
  withoutFlags(command, ['weight', 'dedupe', 'distinct'], why, 'leave it out')
  withoutSql(command)
  const rows = 'has nothing to apply to: every request has a critical path'
  withoutFlags(command, ['failIfEmpty', 'failIfAny'], rows, 'leave it out')
  return command.action(async () => {
    const flags = command.opts<OptionFlags & { slow?: string | true; limit?: number }>()
    const options = readOptions(flags, context)
    const selection = readSlow(flags.slow ?? true)
    // Loaded here, so that other commands start without it.
    const { printCritical } = await import('./print.ts')
    await withSession(options, context, (session) =>
      printCritical(session, options, selection, flags.limit),
    )
  })
}
