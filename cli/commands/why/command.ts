/** `otrace why`: what changed between two windows, and where it begins. */
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { addQueryFlags } from '../../options/options.ts'
import { ROW_FLAGS } from '../../options/output.ts'
import { withoutFlags, withoutSql } from '../../options/unused.ts'
import { withSession } from '../../session/open.ts'
import { readWhyOptions } from './options.ts'

const DESCRIPTION = `Find out why requests became slow or fail: compares the traces of a window with those of a baseline.

Says what changed, then what explains it, most likely first: operations that are slower, services that are slower
throughout, time lost between caller and callee (network, queue, pool), more calls, operations where errors begin,
and calls and log lines that stopped. Log records and events of spans are read where the store has them.

Filters keep traces with at least one matching span. A request is a whole trace here, also where it enters a service
several times: otrace services then counts more. Above 3 million spans, traces are sampled by trace id.
A trace failed if a span has the status error (5xx alone is not one), and where no span at all has, if an exception or an error log is in it.

--slow and --errors compare requests within the window: the slow or failing ones with the rest. --baseline rest does so
with those that the filters choose.

Columns of ndjson and csv: kind, service, name, peer, attribute, detail, share, share_of (duration: the change in the mean, failing: the rise in failing requests), before and after (in unit), unit (ns, percentunit, short), interval (95 % limits of their difference), count (of spans after that show it), spans (compared, before and after), traces (ids of some), first_seen and last_seen (of the requests with an error), score (0 to 1), certain, repeated, sentence, next.`

const EXAMPLES = [
  'otrace why --since 15m',
  'otrace why --since 15m --baseline 1d',
  "otrace why --from 20m --to now --baseline 2h..1h --name 'POST /product/{id}'",
  'otrace why --slow p99 --since 1h',
  'otrace why --errors --since 1h -o markdown',
  'otrace why --since 1h --html why.html',
]

/** The command. */
export function whyCommand(context: Context): Command {
  const command = new Command('why').description(DESCRIPTION)
  addExamples(command, EXAMPLES, [
    'otrace trace <trace_id> - an example of a finding',
    'otrace diff - the same question about any two groups of spans',
  ])
  command
    .optionsGroup('Comparison:')
    .option('--baseline <window>', 'before, 1d (ago), <from>..<to>, or rest (default: before)')
    .option('--slow [threshold]', 'slow requests against the rest: p95 of their type, or 300ms')
    .option('--errors', 'failing requests against the rest')
    .option('--html <file>', 'write a self-contained page')
  addQueryFlags(command)
  const rows = 'has nothing to apply to: a report has no rows'
  withoutFlags(command, ['failIfEmpty', 'failIfAny', 'csvSafe', ...ROW_FLAGS], rows, 'leave it out')
  withoutSql(command)
  const once = 'has nothing to apply to: a span that the collector received again is compared once'
  withoutFlags(command, ['weight', 'dedupe', 'distinct'], once, 'leave it out')
  return command.action(async () => {
    const options = readWhyOptions(command, context)
    // Loaded here, so that other commands start without it.
    const { printWhy } = await import('./print.ts')
    await withSession(options, context, (session) => printWhy(session, options))
  })
}
