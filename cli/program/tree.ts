/** The command tree: the typed command, or a program that names its commands. */
import { Command, CommanderError, Help } from 'commander'
import { packageVersion } from '../../package.ts'
import { commandsOf, fileCommand, TOPICS, WRITTEN, writtenCommand } from '../catalogue.ts'
import type { RunProgram } from '../commands/watch/command.ts'
import type { Context } from '../context.ts'
import { usage } from '../errors.ts'
import { parserError } from '../options/parser-error.ts'
import { type Surroundings, screenWidth } from '../output/process.ts'
import { didYouMean } from '../query/did-you-mean.ts'
import type { QueryFiles } from '../query/files.ts'
import { LEAST, PROGRAM_OPTIONS, programHelp } from './help.ts'
import { meant, meantCommand } from './meant.ts'
import type { Known } from './stray-word.ts'

interface Parts {
  /** The typed command, or the command whose help is typed. */
  typed: string | undefined
  /** Reads the query files, or those of one name. */
  read(only?: string): Promise<QueryFiles>
  context(): Promise<Context>
  run: RunProgram
}

/**
 * Parses and runs `otrace <argv>`.
 * @throws CommanderError for arguments that are not those of the command, and what the command throws
 */
export async function parse(
  argv: string[],
  surroundings: Surroundings,
  parts: Parts,
): Promise<void> {
  const { stdout, stderr } = surroundings
  const program = await createProgram(parts, screenWidth(surroundings))
  const { commands } = program
  for (const command of [program, ...commands, ...commands.flatMap((each) => each.commands)]) {
    command.configureHelp({
      ...command.configureHelp(),
      commandDescription: (shown) => unfolded(shown.description()),
      minWidthToWrap: LEAST,
      formatItem: formatHelpItem,
    })
    command.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => screenWidth(surroundings),
    })
  }
  await program.parseAsync(helpFor(program, argv), { from: 'user' }).catch(async (error) => {
    const [command = program] = commands
    const sub = command.commands.find((each) => argv.includes(each.name())) ?? command
    const reworded =
      error instanceof CommanderError
        ? await meant(error, sub, argv, known(argv, parts))
        : undefined
    if (reworded) throw usage(reworded.message, reworded.hint)
    const isEarly = error instanceof CommanderError && error.code === 'commander.unknownOption'
    if (!isEarly || command !== program || error.message.includes('Did you mean')) throw error
    throw usage(parserError(error).message, 'write the command first: otrace slow --since 1h')
  })
}

/** What words of a line may name: the questions, and from a served store its services and operations. */
function known(argv: string[], { read, context }: Parts): Known {
  return {
    async questions() {
      const asking = WRITTEN.filter(({ group }) => group === 'Look' || group === 'Investigate')
      return [...asking, ...(await read()).queries].map(({ name }) => name)
    },
    async stored(kind) {
      const { storedValues } = await import('../commands/completion/values.ts')
      const quiet = { ...(await context()), say: () => {} }
      return storedValues(kind, '', argv, quiet).catch(() => [])
    },
  }
}

/** A flag and its text; on a narrow screen the text goes below. */
function formatHelpItem(term: string, terms: number, text: string, helper: Help): string {
  const { helpWidth = 80 } = helper
  if (helpWidth - terms - 4 >= LEAST || text === '') {
    return Help.prototype.formatItem.call(helper, term, terms, text, helper)
  }
  const below = helper.boxWrap(text, helpWidth - 6).replaceAll('\n', '\n      ')
  return `  ${term}\n      ${below}`
}

/** Without the source's line breaks inside a paragraph: help wraps to the terminal. Lists and indented lines stay. */
const unfolded = (text: string) => text.replace(/([^\n:])\n(?=[^\s-])/g, '$1 ')

/**
 * `help nope` fails like `nope`, where commander would show the general help, and `help config init` is that of the
 * part.
 * @throws OtraceError (exit 2) for more words
 */
function helpFor({ commands }: Command, argv: string[]): string[] {
  const [first, second, ...more] = argv
  if (first !== 'help' || second === undefined) return argv
  const known = commands.find((command) => command.name() === second)
  if (!known) return [second]
  const words = more.filter((word) => !word.startsWith('-'))
  const part = known.commands.find((command) => command.name() === words[0])
  const extra = words[part ? 1 : 0]
  if (extra !== undefined) {
    const of = part ? `${second} ${part.name()}` : second
    throw usage(`too many words after the command ${of}: ${extra}`, `otrace help ${of}`)
  }
  return part ? [second, part.name(), '--help'] : argv
}

/** The program with the typed command; without any command if it is unknown. */
async function createProgram(
  { typed, read, context, run }: Parts,
  width: number,
): Promise<Command> {
  const program = new Command('otrace')
    .version(packageVersion(), ...PROGRAM_OPTIONS.version)
    .option(...PROGRAM_OPTIONS.queries)
    .option(...PROGRAM_OPTIONS.noPager)
    .addHelpCommand(new Command('help').argument('[command]').helpOption(false))
    .showSuggestionAfterError()
  program.hook('preAction', async (_, action) => {
    const top = topOf(action, program)
    const { group } = WRITTEN.find(({ name }) => name === top.name()) ?? {}
    if (group === 'Check' || group === 'Set up') return
    ;(await import('../options/defaults.ts')).applyDefaults(action, await context())
  })
  const written = WRITTEN.find(({ name }) => name === typed)
  const commands = commandsOf(read, run, context)
  if (written) {
    const made = { commands, read, run, context: await context() }
    program.addCommand(await writtenCommand(written, made), { hidden: written.hidden ?? false })
    return program
  }
  if (typed !== undefined) {
    const { queries, broken } = await read(typed)
    for (const query of queries) program.addCommand(await fileCommand(query, await context()))
    if (queries.length === 0 && broken[0]) program.addCommand(brokenCommand(broken[0]))
    if (program.commands.length > 0) return program
  }
  const { queries } = await read()
  program.helpInformation = () => programHelp(queries, width)
  const names = new Set([...WRITTEN, ...queries].map(({ name }) => name))
  program.on('command:*', ([unknown = '']: string[]) => {
    const topic = didYouMean(unknown, TOPICS)
    const meant = meantCommand(unknown) ?? didYouMean(unknown, names) ?? (topic && `help ${topic}`)
    throw usage(
      `unknown command '${unknown}'`,
      `${meant ? `did you mean otrace ${meant}? ` : ''}otrace --help lists the commands and topics`,
    )
  })
  return program
}

/** The command directly below the program. */
function topOf(command: Command, program: Command): Command {
  const { parent } = command
  return parent === null || parent === program ? command : topOf(parent, program)
}

/** The command of a malformed query file: it fails with the reason. */
function brokenCommand({ name, error }: QueryFiles['broken'][number]): Command {
  return new Command(name)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw error
    })
}
