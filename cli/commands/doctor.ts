/** `otrace doctor`: what otrace found, how it reads it, and what is worth mending. */
import { Command } from 'commander'
import { formatOf } from '../answer.ts'
import { asking } from '../asking.ts'
import { addConnectionFlags, addOutputFlags, addWindowFlags, type Globals } from '../config.ts'
import type { Context } from '../context.ts'
import { examine } from '../doctor/examine.ts'
import { report } from '../doctor/report.ts'
import { write, writeAnswer } from '../output.ts'
import { withoutFlags } from './unused.ts'

const DESCRIPTION = `Look at the connection, the server, the table of spans and the spans of the window, and say what is worth mending.

Columns: about, state (ok, note, warning), found, advice. Exit 0 whatever is found; 3 when there is no table of spans.`

/** The command. */
export function doctorCommand(context: Context): Command {
  const command = new Command('doctor').summary('Look at the store, and say what is worth mending')
  command.description(DESCRIPTION)
  addWindowFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  const why = 'has nothing to print: what the doctor asks follows from what it finds'
  withoutFlags(command, ['sql'], why, '--explain and -v say what each statement reads')
  return command.action(async () => {
    const flags = command.opts<Globals>()
    await asking(flags, context, async (asked) => {
      const findings = await examine(asked)
      const screen = context.screen(flags.utc)
      if (formatOf(flags) === 'terminal') return write(report(findings, screen))
      const columns = ['about', 'state', 'found', 'advice'].map((name) => ({
        name,
        type: 'String',
      }))
      const rows = findings.map(({ about, state, found, advice = '' }) => ({
        about,
        state,
        found,
        advice,
      }))
      const answer = { title: 'Doctor', columns, rows }
      await writeAnswer(answer, formatOf(flags), 'table', screen)
    })
  })
}
