/** `otrace spans`: spans one by one, with chosen attributes as columns; hand-written because its columns vary. */
import { Command, Option } from 'commander'
import { answer } from '../answer.ts'
import { asking } from '../asking.ts'
import { addAskingFlags, type Globals, readCount } from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import type { Cell, Row } from '../render/renderer.ts'
import { statementOf } from '../rows-of.ts'
import type { Result } from '../store/store.ts'
import { withoutFlags } from './unused.ts'

interface Flags extends Globals {
  show: string[]
  order: string
  limit: string
}

const list = (text: string, before: string[]) => {
  const keys = text.split(',').map((key) => key.trim())
  if (keys.every((key) => key !== '')) return [...before, ...keys]
  throw new OtraceError(
    'usage',
    `--show '${text}' names ${keys.length === 1 ? 'no attribute' : 'nothing between two commas'}`,
    'write it like user.id,http.route; otrace attributes lists what there is',
  )
}

/** The command. */
export function spansCommand(context: Context): Command {
  const command = new Command('spans').summary('List spans with chosen attributes')
  command.description(
    'List spans, newest first, with chosen attributes as columns.\n\n' +
      'Columns: time, trace_id, span_id, service, name, kind, status, duration (ns), and one for each key of --show.',
  )
  command
    .optionsGroup('Question:')
    .option('--show <keys>', 'attributes to show, separated by commas (repeatable)', list, [])
    .addOption(
      new Option('--order <order>', 'which first').choices(['newest', 'slowest']).default('newest'),
    )
    .option('--limit <rows>', 'most rows to show', '50')
  addAskingFlags(command)
  const why = 'has nothing to apply to: spans are listed one by one'
  withoutFlags(command, ['weight'], why, 'leave it out')
  return command.action(async () => {
    const flags = command.opts<Flags>()
    const limit = readCount('--limit', flags.limit, 50)
    await asking(flags, context, (asked) => {
      const given = { show: flags.show, order: flags.order, limit: limit + 1 }
      const statement = statementOf('list/spans.sql', given, asked.source)
      return answer(asked, statement, {
        title: 'Spans',
        panel: 'table',
        units: { duration: 'ns' },
        limit,
        reshape: (result) => spread(result, flags.show),
      })
    })
  })
}

/** Gives every shown attribute a column of its own. */
function spread(result: Result, keys: string[]): Result {
  const fixed = result.columns.filter(({ name }) => name !== 'shown')
  const added = keys.map((name) => ({ name, type: 'String' }))
  return { ...result, columns: [...fixed, ...added], rows: spreadRows(result.rows, keys) }
}

async function* spreadRows(rows: AsyncIterable<Row>, keys: string[]): AsyncGenerator<Row> {
  for await (const { shown, ...row } of rows) {
    const values = shown as Cell[]
    for (const [i, key] of keys.entries()) row[key] = values[i] ?? ''
    yield row
  }
}
