/** The command tree: the hand-written commands, and one command for each query file. */
import { Command } from 'commander'
import { packageVersion } from '../package.ts'
import { queryFolders, readCatalogue } from './catalogue.ts'
import { completionCommand } from './commands/completion.ts'
import { demoCommand } from './commands/demo.ts'
import { flameCommand } from './commands/flame.ts'
import { queriesCommand } from './commands/queries.ts'
import { questionCommand } from './commands/question.ts'
import { spansCommand } from './commands/spans.ts'
import { sqlCommand } from './commands/sql.ts'
import { traceCommand } from './commands/trace.ts'
import { upCommand } from './commands/up.ts'
import { addConnectionFlags, addOutputFlags, addPopulationFlags, addWindowFlags } from './config.ts'
import type { Context } from './context.ts'
import { OtraceError } from './errors.ts'

/**
 * The whole program, ready to parse.
 * @param argv what was typed after `otrace`; folders of queries are looked for in it before anything else
 * @throws OtraceError (exit 2) for a malformed query file
 */
export function createProgram(argv: string[], context: Context): Command {
  const program = new Command('otrace')
    .description('Ask questions of OpenTelemetry spans in ClickHouse, embedded or remote.')
    .version(packageVersion(), '-V, --version')
    .option('--queries <folder>', 'one more folder of query files (or OTRACE_QUERIES)')
    .helpCommand('help [command]', 'what a command does and takes')
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })

  const folders = queryFolders(foldersIn(argv), context.env)
  const { questions, notes } = readCatalogue(folders, reservedFlags())
  for (const note of notes) context.say(note)

  program.commandsGroup('Commands:')
  const written = [
    demoCommand(questions, context),
    upCommand(context),
    traceCommand(context),
    flameCommand(context),
    spansCommand(context),
    sqlCommand(context),
    queriesCommand(questions, context),
    completionCommand(program),
  ]
  for (const command of written) program.addCommand(command)

  program.commandsGroup('Questions:')
  const taken = new Set(program.commands.map((command) => command.name()))
  for (const question of questions) {
    if (taken.has(question.name) || question.name === 'help') {
      throw new OtraceError(
        'usage',
        `${question.path}: otrace has a command '${question.name}' of its own`,
        'give the file another name',
      )
    }
    program.addCommand(questionCommand(question, context))
  }
  return program
}

/** `--queries` decides which commands there are, so it is read before commander knows them. */
function foldersIn(argv: string[]): string[] {
  return argv.flatMap((word, i) => {
    if (word === '--queries') return argv[i + 1] === undefined ? [] : [argv[i + 1]!]
    return word.startsWith('--queries=') ? [word.slice('--queries='.length)] : []
  })
}

/** The long names of the flags that every question has. */
function reservedFlags(): Set<string> {
  const command = new Command()
  for (const add of [addWindowFlags, addPopulationFlags, addOutputFlags, addConnectionFlags]) {
    add(command)
  }
  const names = command.options.map((option) => option.long?.replace(/^--/, '') ?? '')
  return new Set([...names, 'help', 'bucket', 'queries'])
}
