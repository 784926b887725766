/** `otrace check`: checks of spans, with verdicts and an exit code for CI. */

import { Command } from 'commander'
import type { Context } from '../context.ts'
import { addConnectionFlags } from '../options/connection.ts'
import { addExamples } from '../options/examples.ts'
import { addFilterFlags } from '../options/filters.ts'
import { addWindowFlags } from '../options/window.ts'
import { write } from '../output/output.ts'
import type { QueryFiles } from '../query/files.ts'
import type { GateFlags } from '../session/gate/gate.ts'

const DESCRIPTION = `Check expectations about spans, and exit with a code for CI.

Checks are in a file (.otrace/checks.yaml unless named), or are arguments: expectations, or a test of the file's words
such as 'no_n_plus_one: 10'. Each check prints its verdict, the number of calls, the interval, and the smallest effect
that it would have seen. \`error_rate\` is of calls with the status error; only \`otrace errors\` adds 5xx without it.

Exit codes: 0 pass, 1 fail, 5 no data, not enough data or unstable, 2 a malformed check or an unknown name,
3 no store, 4 ClickHouse refused a query.`

const EXAMPLES = [
  "otrace check 'p(95) < 300ms' 'error_rate < 1%' --service shop --since 10m",
  "otrace check 'no_n_plus_one: 10' 'complete_traces: true' --since 10m",
  'otrace check checks.yaml --junit report.xml',
  'otrace check --save-baseline baseline.json',
  'otrace check --json-schema > .otrace/checks.schema.json',
]

export function checkCommand(readFiles: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('check')
    .description(DESCRIPTION)
    .option('--json-schema', 'the JSON schema of check files, for editors')
    .argument('[file-or-expectations...]', 'a check file, or checks such as "p(95) < 300ms"')
  addExamples(command, EXAMPLES, [
    'otrace trace <trace_id> - a trace of a check that failed',
    'otrace run --check -- <command> - the same for the spans of one command',
  ])
  addReportFlags(command)
  command
    .optionsGroup('Baseline:')
    .option('--save-baseline <file>', 'file to add the durations of regression checks to')
    .option('--calibrate', 'A against A: false alarms of each regression check')
  addWindowFlags(command)
  addFilterFlags(command)
  addConnectionFlags(command)
  return command.action(async (given: string[]) => {
    // Loaded here, so that other commands start without it.
    if (command.opts<{ jsonSchema?: boolean }>().jsonSchema) {
      const { checkFileSchema } = await import('../gate/file/json-schema.ts')
      return write(context.stdout, `${JSON.stringify(checkFileSchema(), null, 2)}\n`)
    }
    const { readChecks, runGate } = await import('../session/gate/gate.ts')
    const file = readChecks(given)
    context.exitCode = await runGate(
      file,
      command.opts<GateFlags>(),
      (await readFiles()).queries,
      context,
    )
  })
}

/** Adds the flags of the gate's reports. */
function addReportFlags(command: Command): Command {
  return command
    .optionsGroup('Report:')
    .option('--json', 'one object a check')
    .option('--junit <file>', 'JUnit XML file')
    .option('--gitlab <file>', 'GitLab code quality file')
}
