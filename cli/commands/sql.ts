/** `otrace sql`: one statement as it is typed, with Grafana's macros; read-only like everything else. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { answer, asking } from '../asking.ts'
import { addConnectionFlags, addOutputFlags, addWindowFlags, type Globals } from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { compose } from '../query/compose.ts'
import { expandMacros } from '../query/macros.ts'
import { reads } from '../query/sql.ts'

/** The command. */
export function sqlCommand(context: Context): Command {
  const command = new Command('sql').summary('Run SQL, read-only')
  command
    .description(
      'Run one SQL statement, read-only. It may read `spans` and `red` like a query file, any table, and use the window as\n' +
        "{from:DateTime64(9, 'UTC')}, {to:…} and {bucket:UInt32}, or through Grafana's macros: $__timeFilter(column),\n" +
        '$__timeInterval(column), $__interval_s, $__fromTime, $__toTime.',
    )
    .argument('[statement]', 'the statement; `-` or nothing reads it from stdin')
  command.option('--bucket <length>', 'the step of $__timeInterval (default: follows the window)')
  addWindowFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  return command.action(async (typed: string | undefined) => {
    const flags = command.opts<Globals>()
    const text = typed === undefined || typed === '-' ? fromStdin() : typed
    const sql = expandMacros(text.trim().replace(/;\s*$/, ''))
    await asking(
      flags,
      context,
      (asked) =>
        answer(asked, compose(sql, {}, asked.source), { title: '', panel: 'table', units: {} }),
      { spansNeeded: reads(sql, 'spans') || reads(sql, 'red') },
    )
  })
}

function fromStdin(): string {
  if (process.stdin.isTTY) {
    throw new OtraceError(
      'usage',
      'no statement was given',
      'otrace sql "SELECT count() FROM spans"',
    )
  }
  return readFileSync(0, 'utf8')
}
