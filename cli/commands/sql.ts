/** `otrace sql`: one statement as it is typed, with Grafana's macros; read-only like everything else. */
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { answer, asking } from '../asking.ts'
import { addAskingFlags, addPopulationFlags, type Globals } from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { compose } from '../query/compose.ts'
import { expandMacros } from '../query/macros.ts'
import { placeholders, reads } from '../query/sql.ts'
import { SPAN_COLUMNS } from '../query/where.ts'

const DESCRIPTION = `Run one SQL statement, read-only. It may read \`spans\` and \`red\` like a query file, or any table. The window and the flags of "Spans" apply to \`spans\` and \`red\`; for other tables the window is there as {from:DateTime64(9, 'UTC')}, {to:…} and {bucket:UInt32}, or through Grafana's macros: $__timeFilter(column), $__timeInterval(column), $__interval_s, $__fromTime, $__toTime.

The columns of \`spans\`: ${SPAN_COLUMNS.join(', ')}.`

/** The command. */
export function sqlCommand(context: Context): Command {
  const command = new Command('sql').summary('Run SQL, read-only')
  command
    .description(DESCRIPTION)
    .argument('[statement]', 'the statement; `-` or nothing reads it from stdin')
  command.option('--bucket <length>', 'the step of $__timeInterval (default: follows the window)')
  addAskingFlags(command)
  const window = new Set(['since', 'from', 'to', 'bucket'])
  const population = new Set(
    addPopulationFlags(new Command()).options.map((option) => option.attributeName()),
  )
  return command.action(async (typed: string | undefined) => {
    const flags = command.opts<Globals>()
    const sql = await readStatement(typed)
    const spansNeeded = reads(sql, 'spans') || reads(sql, 'red')
    if (!spansNeeded) refuseUnused(command, sql, window, population)
    await asking(
      flags,
      context,
      (asked) =>
        answer(asked, compose(sql, {}, asked.source), { title: '', panel: 'table', units: {} }),
      { spansNeeded },
    )
  })
}

async function readStatement(typed: string | undefined): Promise<string> {
  const given = typed === undefined || typed === '-' ? await fromStdin() : typed
  const sql = expandMacros(given.trim().replace(/;\s*$/, ''))
  if (sql !== '') return sql
  throw noStatement()
}

function fromStdin(): Promise<string> {
  if (process.stdin.isTTY) throw noStatement()
  return text(process.stdin)
}

function noStatement(): OtraceError {
  return new OtraceError(
    'usage',
    'no statement was given',
    'otrace sql "SELECT count() FROM spans"',
  )
}

/** A flag that changes nothing would make a wrong number look right. */
function refuseUnused(
  command: Command,
  sql: string,
  window: Set<string>,
  population: Set<string>,
): void {
  const hasWindow = ['from', 'to', 'bucket'].some((name) => placeholders(sql).has(name))
  for (const option of command.options) {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) !== 'cli') continue
    if (population.has(name) || (window.has(name) && !hasWindow)) {
      throw new OtraceError(
        'usage',
        `${option.long} has nothing to apply to: the statement reads neither spans nor red`,
        'read FROM spans, or say it in the WHERE: $__timeFilter(Timestamp) is the window',
      )
    }
  }
}
