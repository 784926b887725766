/** `otrace doctor`: checks of the store and its spans, with fixes. */

import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { readOptions } from '../../options/options.ts'
import { addOutputFlags } from '../../options/output.ts'
import { withoutFlags } from '../../options/unused.ts'
import { addWindowFlags } from '../../options/window.ts'
import { write, writeResult } from '../../output/output.ts'
import { withSession } from '../../session/open.ts'
import { failIf } from '../../session/print.ts'
import { report } from './report.ts'
import { runChecks } from './run-checks.ts'

const DESCRIPTION = `Check the connection, the server, the spans table and the spans of the window, and suggest fixes.

Columns: about, state (ok, note, warning), found, advice.

Exit codes: 0 even with warnings, 1 for a warning with --fail-if-any, 3 without a spans table.`

export function doctorCommand(context: Context): Command {
  const command = new Command('doctor')
  command.description(DESCRIPTION)
  addWindowFlags(command)
  addOutputFlags(command)
  command.option('--fail-if-any', 'exit 1 if there are warnings')
  addConnectionFlags(command)
  addExamples(
    command,
    [
      'otrace doctor',
      'otrace doctor --since 1d --json',
      'otrace doctor --url http://localhost:8123 --database otel',
    ],
    ['otrace schema - the tables of a server', 'otrace storage - the size of the spans'],
  )
  const why = 'has nothing to print: the statements depend on the results of earlier ones'
  withoutFlags(command, ['sql'], why, '--explain and -v say what each statement reads')
  return command.action(async () => {
    const options = readOptions(command.opts(), context)
    await withSession(options, context, async (session) => {
      const findings = await runChecks(session)
      const { format, utc } = options.output
      const screen = context.screen(utc)
      const warnings = findings.filter(({ state }) => state === 'warning').length
      if (format === 'terminal') {
        const typed = findings.map((finding) =>
          finding.advice ? { ...finding, advice: context.named(finding.advice) } : finding,
        )
        await write(context.stdout, report(typed, screen))
        return failIf(options.output, warnings, 'warning')
      }
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
      const result = { title: 'Doctor', columns, rows }
      await writeResult(context.stdout, result, options.output, 'table', screen)
      failIf(options.output, warnings, 'warning')
    })
  })
}
