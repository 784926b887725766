/** `otrace flame`: the time of many traces, merged by call path. */
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { withoutFlags } from '../../options/unused.ts'
import { cameAgainNote } from '../../session/notes/came-again.ts'
import { withSession } from '../../session/open.ts'
import { failIf, printResult } from '../../session/print.ts'
import { addFlameFlags, readFlameOptions } from './options.ts'

const DESCRIPTION = `Show where the time of many traces went: spans merged by their path of callers, with their self time.

The flags of "Spans" choose where a path begins: --name 'POST /product/{id}' shows what happened below these spans. Without them
every trace counts from its root. Beyond --traces, a uniform, repeatable sample is read.

Columns: path, service, name, depth, calls, errors (spans with the status error), total (ns), self (ns). -o folded writes stacks for other flame graph tools (µs).`

/** The command. */
export function flameCommand(context: Context): Command {
  const command = new Command('flame')
  command.description(DESCRIPTION)
  addFlameFlags(command)
  addExamples(
    command,
    [
      'otrace flame --since 1h --service shop',
      "otrace flame --name 'POST /product/{id}' --min-duration 50ms",
      'otrace flame -o folded',
    ],
    [
      'otrace trace --slowest --name <span-name> - the slowest one',
      'otrace operations - the same by name alone',
    ],
  )
  const why = 'has nothing to apply to: a span that was delivered twice is once in a flame'
  withoutFlags(command, ['dedupe', 'distinct'], why, 'leave it out')
  return command.action(async () => {
    const options = readFlameOptions(command, context)
    // Loaded here, so that other commands start without it.
    const { flameTops, readFlame } = await import('./read.ts')
    const { printFlame } = await import('./print.ts')
    await withSession(options, context, async (session) => {
      if (options.output.sql) {
        return printResult(session, flameTops(session, options.traces), {
          title: 'Flame',
          panel: 'table',
          units: {},
        })
      }
      const flame = await readFlame(session, options.traces)
      await printFlame(session, flame, options)
      const once = flame.traces > 0 && (await cameAgainNote(session, { traces: true }))
      if (once) context.say(once)
      failIf(options.output, flame.traces, 'trace')
    })
  })
}
