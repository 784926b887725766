/** `otrace queries`: the list of all queries, a new one, and a check of them. */

import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { addOutputFlags, readOutput } from '../../options/output.ts'
import { withoutFlags } from '../../options/unused.ts'
import { writeResult } from '../../output/output.ts'
import type { QueryFiles } from '../../query/files.ts'
import { checkQueriesCommand } from './check.ts'
import { newQueryCommand } from './new.ts'

/** Lists the queries on stdout, and the malformed files on stderr. */
export function queriesCommand(files: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('queries')
  command.description('List all queries: the built-in ones and those of your folders.')
  addOutputFlags(command)
  addExamples(
    command,
    [
      'otrace queries',
      'otrace queries new slow-clients',
      'otrace queries check',
      'otrace queries --queries ./queries --json',
    ],
    [
      'otrace help <command> - its columns, flags and examples',
      'otrace queries new <name> - a query of your own',
    ],
  )
  command.addCommand(newQueryCommand(files, context))
  command.addCommand(checkQueriesCommand(files, context))
  const why = 'has nothing to apply to: the list is made of files, and no store is asked'
  withoutFlags(command, ['sql', 'explain', 'verbose'], why, 'ask one of them: otrace slow --sql')
  return command.action(async () => {
    const output = readOutput(command.opts())
    const columns = ['query', 'shows', 'panel', 'parameters', 'file'].map((name) => ({
      name,
      type: 'String',
    }))
    const { queries, broken } = await files()
    const rows = queries.map(({ name, title, panel, params, path }) => ({
      query: name,
      shows: title,
      panel,
      parameters: params.map((param) => param.name).join(' '),
      file: path,
    }))
    const isShort = output.format === 'terminal' && !output.columns
    const shown = isShort ? columns.slice(0, 2) : columns
    const result = { title: 'Queries', columns: shown, rows }
    await writeResult(context.stdout, result, output, 'table', context.screen(output.utc))
    for (const { error } of broken) context.say(`${error.message}; ${error.hint}`)
  })
}
