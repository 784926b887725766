/** `otrace queries`: the catalogue of questions. */
import { Command } from 'commander'
import { formatOf } from '../answer.ts'
import { addOutputFlags, type Globals } from '../config.ts'
import type { Context } from '../context.ts'
import type { OtraceError } from '../errors.ts'
import { writeAnswer } from '../output.ts'
import type { Question } from '../query/parse.ts'
import { withoutFlags } from './unused.ts'

/** The command that lists `questions`, and says which files could not be read. */
export function queriesCommand(
  questions: Question[],
  broken: { error: OtraceError }[],
  context: Context,
): Command {
  const command = new Command('queries').summary('List the questions there are')
  command.description('List the questions there are: the canned ones and those of your folders.')
  addOutputFlags(command)
  const why = 'has nothing to apply to: the list is made of files, and no store is asked'
  withoutFlags(command, ['sql', 'explain', 'verbose'], why, 'ask one of them: otrace slow --sql')
  return command.action(async () => {
    const flags = command.opts<Globals>()
    const columns = ['question', 'shows', 'panel', 'parameters', 'file'].map((name) => ({
      name,
      type: 'String',
    }))
    const rows = questions.map(({ name, title, panel, params, path }) => ({
      question: name,
      shows: title,
      panel,
      parameters: params.map((param) => param.name).join(' '),
      file: path,
    }))
    const shown = formatOf(flags) === 'terminal' ? columns.slice(0, 2) : columns
    const answer = { title: 'Questions', columns: shown, rows }
    await writeAnswer(answer, formatOf(flags), 'table', context.screen(flags.utc))
    for (const { error } of broken) context.say(`${error.message}; ${error.hint}`)
  })
}
