/** `otrace sql`: one statement as it is typed, with Grafana's macros; read-only like everything else. */
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { answer } from '../answer.ts'
import { type Asking, asking } from '../asking.ts'
import { addAskingFlags, type Globals, POPULATION_FLAGS } from '../config.ts'
import type { Context } from '../context.ts'
import { compose, type Statement } from '../query/compose.ts'
import { expandMacros } from '../query/macros.ts'
import { placeholders, reads } from '../query/sql.ts'
import { noStatement, readTyped, type Typed } from '../query/statement.ts'
import { weighs } from '../query/weighs.ts'
import { SPAN_COLUMNS } from '../query/where.ts'
import type { Row } from '../render/renderer.ts'
import type { Result } from '../store/store.ts'
import { refuseTyped } from './unused.ts'

const DESCRIPTION = `Run one SQL statement, read-only. It may read \`spans\` and \`red\` like a query file, or any table. The window and the flags of "Spans" apply to \`spans\` and \`red\`; for other tables the window is there as {from:DateTime64(9, 'UTC')}, {to:…} and {bucket:UInt32}, or through Grafana's macros: $__timeFilter(column), $__timeInterval(column), $__interval_s, $__fromTime, $__toTime.

The columns of \`spans\`, which "DESCRIBE spans" shows with their types: ${SPAN_COLUMNS.join(', ')}.`

/** The command. */
export function sqlCommand(context: Context): Command {
  const command = new Command('sql').summary('Run SQL, read-only')
  command
    .description(DESCRIPTION)
    .argument('[statement]', 'the statement; `-` or nothing reads it from stdin')
  command.option('--bucket <length>', 'the step of $__timeInterval (default: follows the window)')
  addAskingFlags(command)
  return command.action(async (given: string | undefined) => {
    const flags = command.opts<Globals>()
    const typed = readTyped(
      expandMacros(given === undefined || given === '-' ? await fromStdin() : given),
    )
    refuseUnused(command, typed)
    const { sql, described } = typed
    if (described) return asking(flags, context, (asked) => describe(asked, described))
    await asking(flags, context, (asked) => answer(asked, statementOf(asked, typed), LOOK), {
      spansNeeded: reads(sql, 'spans') || reads(sql, 'red'),
      typed: true,
    })
  })
}

const LOOK = { title: '', panel: 'table', units: {} } as const

function fromStdin(): Promise<string> {
  if (process.stdin.isTTY) throw noStatement()
  return text(process.stdin)
}

/** Settings are for the whole statement, and servers take them nowhere else. */
function statementOf({ source }: Asking, { sql, settings }: Typed): Statement {
  const withSettings = (composed: Statement): Statement => {
    const { unweighted } = composed
    return {
      ...composed,
      sql: settings === '' ? composed.sql : `${composed.sql}\n${settings}`,
      ...(unweighted ? { unweighted: () => withSettings(unweighted()) } : {}),
    }
  }
  return withSettings(compose(sql, {}, source))
}

/** The columns of a relation that is no table, as an answer of none of its rows has them. */
async function describe(asked: Asking, relation: string): Promise<void> {
  const composed = compose(`SELECT * FROM ${relation} LIMIT 0`, {}, asked.source)
  // Nobody is counted, so sampled spans need not be looked for.
  const { unweighted: _, ...statement } = composed
  await answer(asked, statement, { ...LOOK, reshape: columnsOf })
  if (asked.flags.sql) return
  const { database, table, profile } = asked.source
  asked.context.say(
    `${relation} is no table: otrace reads it from ${database}.${table} as the schema ${profile.name} (otrace doctor says how)\n  → otrace sql "SELECT * FROM ${relation} LIMIT 10"`,
  )
}

function columnsOf(result: Result): Result {
  const columns = ['name', 'type'].map((name) => ({ name, type: 'String' }))
  async function* rows(): AsyncGenerator<Row> {
    yield* result.rows
    for (const { name, type } of result.columns) yield { name, type }
  }
  return { ...result, columns, rows: rows() }
}

const WINDOW = ['since', 'from', 'to']
/** A flag that changes nothing would make a wrong number look right. */
function refuseUnused(command: Command, { sql, described }: Typed): void {
  if (described) {
    const why = `has nothing to apply to: the columns of ${described} are the same for all`
    refuseTyped(command, [...WINDOW, 'bucket', ...POPULATION_FLAGS], why, 'leave it out')
    return
  }
  const given = placeholders(sql)
  const named = (name: string) => given.has(name)
  if (reads(sql, 'spans') || reads(sql, 'red')) {
    if (!named('bucket') && !reads(sql, 'red')) {
      const why = 'has nothing to apply to: the statement has no step of time'
      refuseTyped(command, ['bucket'], why, 'group by one: $__timeInterval(time)')
    }
    if (!weighs(sql, command.opts<Globals>().where)) {
      const why = 'has nothing to apply to: the statement counts nothing by weight'
      refuseTyped(command, ['weight'], why, 'leave it out: count() counts rows')
    }
    return
  }
  refuseTyped(
    command,
    [...POPULATION_FLAGS, ...(WINDOW.concat('bucket').some(named) ? [] : [...WINDOW, 'bucket'])],
    'has nothing to apply to: the statement reads neither spans nor red',
    'read FROM spans, or say it in the WHERE: $__timeFilter(Timestamp) is the window',
  )
}
