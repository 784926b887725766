/** The command tree: the hand-written commands, and one command for each query file. */
import { existsSync, statSync } from 'node:fs'
import { Command } from 'commander'
import { packageVersion } from '../package.ts'
import { queryFolders, readCatalogue } from './catalogue.ts'
import { attributesCommand } from './commands/attributes.ts'
import { completionCommand } from './commands/completion.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { flameCommand } from './commands/flame.ts'
import { queriesCommand } from './commands/queries.ts'
import { questionCommand } from './commands/question.ts'
import { schemaCommand } from './commands/schema.ts'
import { spansCommand } from './commands/spans.ts'
import { sqlCommand } from './commands/sql.ts'
import { traceCommand } from './commands/trace.ts'
import { upCommand } from './commands/up.ts'
import { addAskingFlags } from './config.ts'
import type { Context } from './context.ts'
import { OtraceError } from './errors.ts'
import { nearest } from './query/nearest.ts'

/**
 * The whole program, ready to parse.
 * @param argv what was typed after `otrace`; folders of queries are looked for in it before anything else
 * @throws OtraceError (exit 2) for a folder of queries that is not there
 */
export function createProgram(argv: string[], context: Context): Command {
  const program = new Command('otrace')
    .description('Ask questions of OpenTelemetry spans in ClickHouse, embedded or remote.')
    .version(packageVersion(), '-V, --version')
    .option('--queries <folder>', 'one more folder of query files (or OTRACE_QUERIES)')
    .helpCommand('help [command]', 'what a command does and takes')
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })

  const named = foldersIn(argv)
  if (named.includes('')) {
    throw new OtraceError('usage', '--queries is empty', 'name a folder, or leave it out')
  }
  const folders = queryFolders(named, context.env)
  const file = folders.find((folder) => existsSync(folder) && !statSync(folder).isDirectory())
  if (file !== undefined) {
    throw new OtraceError(
      'usage',
      `${file} is no folder of queries, but a file`,
      'name the folder that it is in: --queries or OTRACE_QUERIES',
    )
  }
  const reserved = { flags: reservedFlags(), commands: new Set<string>(WRITTEN) }
  const { questions, broken, notes } = readCatalogue(folders, reserved)
  for (const note of notes) context.say(note)

  program.commandsGroup('Commands:')
  const written = {
    demo: demoCommand(questions, context),
    up: upCommand(context),
    trace: traceCommand(context),
    flame: flameCommand(context),
    spans: spansCommand(context),
    attributes: attributesCommand(context),
    sql: sqlCommand(context),
    doctor: doctorCommand(context),
    schema: schemaCommand(),
    queries: queriesCommand(questions, broken, context),
    completion: completionCommand(program),
  } satisfies Record<Exclude<(typeof WRITTEN)[number], 'help'>, Command>
  for (const command of Object.values(written)) program.addCommand(command)

  program.commandsGroup('Questions:')
  for (const question of questions) program.addCommand(questionCommand(question, context))
  const names = new Set(program.commands.map((command) => command.name()))
  for (const { name, error } of broken) {
    if (!names.has(name)) program.addCommand(brokenCommand(name, error), { hidden: true })
  }
  program.on('command:*', ([typed = '']: string[]) => {
    const meant = nearest(typed, names)
    throw new OtraceError(
      'usage',
      `unknown command '${typed}'`,
      `${meant ? `did you mean ${meant}? ` : ''}otrace --help lists the commands`,
    )
  })
  return program
}

/** The hand-written commands, whose names no query file may take. */
const WRITTEN = [
  'demo',
  'up',
  'trace',
  'flame',
  'spans',
  'attributes',
  'sql',
  'doctor',
  'schema',
  'queries',
  'completion',
  'help',
] as const

/** Stands for a query file that cannot be read: says why when it is asked. */
function brokenCommand(name: string, error: OtraceError): Command {
  return new Command(name)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw error
    })
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
  const names = addAskingFlags(new Command()).options.map(
    (option) => option.long?.replace(/^--/, '') ?? '',
  )
  return new Set([...names, 'help', 'bucket', 'queries'])
}
