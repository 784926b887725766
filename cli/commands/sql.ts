/** `otrace sql`: one read-only SQL statement, with Grafana macros. */

import { text } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import type { Context } from '../context.ts'
import { usage } from '../errors.ts'
import { addExamples } from '../options/examples.ts'
import { FILTER_FLAGS } from '../options/filters.ts'
import { addQueryFlags, type Options, readOptions } from '../options/options.ts'
import { refuseTyped } from '../options/unused.ts'
import { addBucketFlag, WINDOW_FLAGS } from '../options/window.ts'
import { chooseColumns } from '../output/shaping.ts'
import { withoutSimpler } from '../query/compose/bound-query.ts'
import { compose } from '../query/compose/compose.ts'
import { SPANS_COLUMNS } from '../query/filters/where-rules.ts'
import { hasSteps } from '../query/has-steps.ts'
import { expandMacros } from '../query/macros.ts'
import { placeholders, reads } from '../query/sql-text.ts'
import { noStatement, readTyped, type TypedSql } from '../query/typed-sql.ts'
import { usesWeight } from '../query/uses-weight.ts'
import { lackingFor } from '../render/panels/needs.ts'
import { type Panel, panels } from '../render/panels.ts'
import type { Row } from '../result.ts'
import { withSession } from '../session/open.ts'
import { printResult, withUnits } from '../session/print.ts'
import { knownSource } from '../session/sampling.ts'
import type { Session } from '../session/session.ts'
import type { Result } from '../store/client.ts'
import { type Unit, units } from '../units/units.ts'

const DESCRIPTION = `Run one SQL statement, read-only. It may read \`spans\` and \`red\` like a query file, or any table. The window and the flags of "Spans" apply to \`spans\` and \`red\`; for other tables the window is there as {from:DateTime64(9, 'UTC')}, {to:…} and {bucket:UInt32}, or through Grafana's macros: $__timeFilter(column), $__timeInterval(column), $__interval_s, $__fromTime, $__toTime.

The columns of \`spans\`, which "DESCRIBE spans" shows with their types: ${SPANS_COLUMNS.join(', ')}.`

export function sqlCommand(context: Context): Command {
  const command = new Command('sql')
  command
    .description(DESCRIPTION)
    .argument('[statement]', 'SQL statement; read from stdin if it is `-` or missing')
  command
    .optionsGroup('Drawing:')
    .addOption(
      new Option('--panel <panel>', 'how a terminal draws the result')
        .choices(panels)
        .default('table'),
    )
    .addOption(
      new Option('--unit <column=unit>', `unit of a column: ${unitNames.join(', ')} (repeatable)`)
        .argParser(readUnit)
        .default({}, 'none'),
    )
  addBucketFlag(command, 'step of $__timeInterval')
  addQueryFlags(command)
  addExamples(
    command,
    [
      "otrace sql 'SELECT service, count() FROM spans GROUP BY service'",
      "otrace sql 'DESCRIBE spans'",
      'otrace sql --since 1h -o csv < report.sql',
      "otrace sql --panel timeseries --unit p95=ns 'SELECT bucket AS time, quantile(0.95)(duration) AS p95 FROM red GROUP BY time ORDER BY time'",
    ],
    ['otrace queries new <name> - a file for a statement worth keeping'],
  )
  return command.action(async (given: string | undefined) => {
    const { panel, unit } = command.opts<{ panel: Panel; unit: Record<string, Unit> }>()
    const options = readOptions(command.opts(), context)
    const text = given === undefined || given === '-' ? await fromStdin(context) : given
    const typed = readTyped(expandMacros(text))
    refuseUnused(command, typed, options)
    const { sql, described } = typed
    if (described) return withSession(options, context, (session) => describe(session, described))
    await withSession(
      options,
      context,
      (session) =>
        printResult(session, compose(sql, {}, knownSource(session)), {
          ...LOOK,
          panel,
          units: unit,
          reshape: (result) => drawable(result, panel, unit, session),
        }),
      {
        spansNeeded: reads(sql, 'spans') || reads(sql, 'red'),
        typed: true,
      },
    )
  })
}

const unitNames = Object.keys(units) as Unit[]

function readUnit(text: string, before: Record<string, Unit>): Record<string, Unit> {
  const [, column, named] = /^(.+)=(.*)$/s.exec(text) ?? []
  const unit = unitNames.find((name) => name === named)
  if (column !== undefined && unit !== undefined) return { ...before, [column]: unit }
  throw usage(
    `--unit '${text}' is not a column and its unit`,
    `write it like --unit duration=ns; the units are ${unitNames.join(', ')}`,
  )
}

/**
 * Says where a panel is drawn as a table.
 * @throws OtraceError (exit 2) for a unit of a column that the result lacks
 */
function drawable(
  result: Result,
  panel: Panel,
  unit: Record<string, Unit>,
  { context, options: { output } }: Session,
): Result {
  const named = Object.keys(unit)
  if (named.length > 0) chooseColumns(result.columns, named, '--unit')
  const lacking = lackingFor(panel, withUnits(result.columns, unit))
  if (lacking && output.format === 'terminal')
    context.say(`--panel ${panel} needs ${lacking}, so this is a table`)
  return result
}

const LOOK = { title: '', panel: 'table', units: {} } as const

function fromStdin({ stdin }: Context): Promise<string> {
  if (stdin.isTTY) throw noStatement()
  return text(stdin)
}

/** Prints the columns of `spans` or `red`, read from an empty result. */
async function describe(session: Session, relation: string): Promise<void> {
  // Sampled spans matter to counts alone.
  const statement = withoutSimpler(compose(`SELECT * FROM ${relation} LIMIT 0`, {}, session.source))
  await printResult(session, statement, { ...LOOK, reshape: columnsOf })
  if (session.options.output.sql) return
  const { database, table, schema } = session.source
  session.context.say(
    `${relation} is not a table: otrace reads it from ${database}.${table} as the schema ${schema.name} (see otrace doctor)\n  → otrace sql "SELECT * FROM ${relation} LIMIT 10"`,
  )
}

function columnsOf(result: Result): Result {
  const columns = ['name', 'type'].map((name) => ({ name, type: 'String' }))
  async function* batches(): AsyncGenerator<Row[]> {
    yield* result.batches
    yield result.columns.map(({ name, type }) => ({ name, type }))
  }
  return { ...result, columns, batches: batches() }
}

/** A flag without effect would make a wrong number look right. */
function refuseUnused(command: Command, { sql, described }: TypedSql, { filters }: Options): void {
  if (described) {
    const why = `has nothing to apply to: the columns of ${described} are the same for all`
    refuseTyped(command, [...WINDOW_FLAGS, 'bucket', ...FILTER_FLAGS], why, 'leave it out')
    return
  }
  const given = placeholders(sql)
  const named = (name: string) => given.has(name)
  if (reads(sql, 'spans') || reads(sql, 'red')) {
    if (!hasSteps(sql)) {
      const why = 'has nothing to apply to: the statement has no step of time'
      refuseTyped(command, ['bucket'], why, 'group by one: $__timeInterval(time)')
    }
    if (!usesWeight(sql, filters.where)) {
      const why = 'has nothing to apply to: the statement counts nothing by weight'
      refuseTyped(command, ['weight'], why, 'leave it out: count() counts rows')
    }
    return
  }
  refuseTyped(
    command,
    [
      ...FILTER_FLAGS,
      ...([...WINDOW_FLAGS, 'bucket'].some(named) ? [] : [...WINDOW_FLAGS, 'bucket']),
    ],
    'has nothing to apply to: the statement reads neither spans nor red',
    'read FROM spans, or say it in the WHERE: $__timeFilter(Timestamp) is the window',
  )
}
