/** `otrace spans`: a list of spans, with chosen attributes as columns. */

import { Command, Option } from 'commander'
import type { Context } from '../context.ts'
import { usage } from '../errors.ts'
import { addExamples } from '../options/examples.ts'
import { countOption } from '../options/option.ts'
import { addQueryFlags, readOptions } from '../options/options.ts'
import { withoutFlags } from '../options/unused.ts'
import type { Cell, Row } from '../result.ts'
import { withSession } from '../session/open.ts'
import { printResult } from '../session/print.ts'
import { builtInQuery } from '../session/run.ts'
import { mapRows, type Result } from '../store/client.ts'

interface Flags {
  show?: string[]
  order: string
  limit: number
}

const list = (text: string, before: string[] = []) => {
  const keys = text.split(',').map((key) => key.trim())
  if (keys.every((key) => key !== '')) return [...before, ...keys]
  throw usage(
    text.trim() === '' ? '--show is empty' : `--show '${text}' has an empty key`,
    'list attributes with: otrace attributes',
  )
}

export function spansCommand(context: Context): Command {
  const command = new Command('spans')
  command.description(
    'List spans, newest first, with chosen attributes as columns.\n\n' +
      'Columns: time, trace_id, span_id, service, name, kind, status, duration (ns), and one per key of --show.',
  )
  command
    .optionsGroup('Query:')
    .option('--show <keys>', 'attributes as columns, separated by commas (repeatable)', list)
    .addOption(
      new Option('--order <order>', 'order of the rows')
        .choices(['newest', 'slowest'])
        .default('newest'),
    )
    .addOption(countOption('-n, --limit <n>', 'maximum number of rows', 50))
  addQueryFlags(command)
  addExamples(
    command,
    [
      'otrace spans --service shop --show http.route,user.id',
      'otrace spans --error --order slowest --since 1h',
      'otrace spans --min-duration 1s --json',
    ],
    ['otrace trace <trace_id> - the trace of a span', 'otrace attributes - the keys for --show'],
  )
  const why = 'has nothing to apply to: spans are listed one by one'
  withoutFlags(command, ['weight'], why, 'leave it out')
  return command.action(async () => {
    const { show = [], order, limit } = command.opts<Flags>()
    await withSession(readOptions(command.opts(), context), context, (session) => {
      const given = { show, order, limit: limit + 1 }
      const statement = builtInQuery('internal/list/spans.sql', given, session.source)
      return printResult(session, statement, {
        title: 'Spans',
        panel: 'table',
        units: { duration: 'ns' },
        limit,
        attributes: Object.fromEntries(show.map((key) => [key, key])),
        reshape: (result) => spread(result, show),
      })
    })
  })
}

/** Gives each shown attribute its own column. */
function spread(result: Result, keys: string[]): Result {
  const fixed = result.columns.filter(({ name }) => name !== 'shown')
  const added = keys.map((name) => ({ name, type: 'String' }))
  const spreadRow = ({ shown, ...row }: Row): Row => {
    const values = shown as Cell[]
    for (const [i, key] of keys.entries()) row[key] = values[i] ?? ''
    return row
  }
  return { ...mapRows(result, spreadRow), columns: [...fixed, ...added] }
}
