/** `otrace flame`: where the time of many traces went, merged by call path. */
import { Command } from 'commander'
import { answer } from '../answer.ts'
import { asking } from '../asking.ts'
import { addAskingFlags, type Globals, readCount } from '../config.ts'
import type { Context } from '../context.ts'
import { FORMATS } from '../output.ts'
import { refuseOtherForms, refuseTyped, withoutFlags } from './unused.ts'

const FLAME_FORMATS = [...FORMATS, 'folded'] as const

export interface FlameFlags extends Omit<Globals, 'output'> {
  output?: (typeof FLAME_FORMATS)[number]
  traces: string
  limit: string
  html?: string
}

const DESCRIPTION = `Show where the time of many traces went: spans merged by their path of callers, with the time each was at work itself.

The flags of "Spans" choose where a path begins: --name 'POST /product/{id}' shows what happened beneath these spans. Without them
every trace counts from its root. Of more traces than --traces a sample is taken, the same each time, none preferred.

Columns: path, service, name, depth, calls, errors, total (ns), self (ns). -o folded is for other flame graph tools (µs).`

/** The command. */
export function flameCommand(context: Context): Command {
  const command = new Command('flame').summary('Show where the time of many traces went')
  command.description(DESCRIPTION)
  command
    .optionsGroup('Question:')
    .option('--traces <count>', 'most traces to read', '1000')
    .option('--limit <paths>', 'most paths to show in the terminal', '60')
    .option('--html <file>', 'write a page that needs no network: zoom, search, keyboard')
  addAskingFlags(command)
  command.options.find(({ long }) => long === '--output')?.choices([...FLAME_FORMATS])
  const why = 'has nothing to apply to: a span that was delivered twice is once in a flame'
  withoutFlags(command, ['distinct'], why, 'leave it out')
  return command.action(async () => {
    const flags = command.opts<FlameFlags>()
    const traces = readCount('--traces', flags.traces, 1000)
    const limit = readCount('--limit', flags.limit, 60)
    if (flags.html !== undefined) refuseOtherForms(command, flags.html)
    if (flags.html !== undefined || flags.json || (flags.output ?? 'terminal') !== 'terminal') {
      const why = 'is for the terminal: other forms have every path'
      refuseTyped(command, ['limit'], why, 'leave it out; --traces reads fewer traces')
    }
    const { output, ...rest } = flags
    const globals: Globals = output === 'folded' ? rest : { ...rest, ...(output ? { output } : {}) }
    // Loaded here, so that other commands start without it.
    const { flameTops, readFlame, tellFlame } = await import('../tell-flame.ts')
    await asking(globals, context, async (asked) => {
      if (flags.sql) {
        return answer(asked, flameTops(asked, traces), {
          title: 'Flame',
          panel: 'table',
          units: {},
        })
      }
      const flame = await readFlame(asked, traces)
      await tellFlame(asked, flame, flags, limit)
    })
  })
}
