/** Runs the program: its help, or one command; errors to exit codes. */
import { existsSync, statSync } from 'node:fs'
import type { CommanderError } from 'commander'
import { TOPICS, WRITTEN } from './catalogue.ts'
import type { Context } from './context.ts'
import { EXIT, OtraceError, usage } from './errors.ts'
import { configuredQueries } from './options/config-file.ts'
import { isByNpx, isRunnerLog, type Surroundings, screenWidth } from './output/process.ts'
import { builtQueries } from './program/built-queries.ts'
import { programHelp } from './program/help.ts'
import { queryFolders, readQueryFiles } from './query/files.ts'

/**
 * Runs `otrace <argv>` to its end.
 * @param signal aborted by ctrl-C
 * @returns the exit code; errors are reported on stderr
 */
export async function run(
  argv: string[],
  given: Surroundings,
  signal: AbortSignal,
): Promise<number> {
  const surroundings = isRunnerLog(given.env)
    ? (await import('./output/runner-log.ts')).withRunnerLog(argv, given)
    : given
  let made: Context | undefined
  const context = async () => {
    if (made) return made
    made = (await import('./context.ts')).createContext(surroundings, signal)
    if (isByNpx(surroundings.env, process.argv[1]!)) {
      made.named = (await import('./program/named-for-npx.ts')).namedForNpx()
    }
    return made
  }
  try {
    const topic = TOPICS.find((each) => argv[0] === 'help' && argv[1] === each)
    if (topic && argv.length > 2) {
      throw usage(`too many words after the topic ${topic}: ${argv[2]}`, `otrace help ${topic}`)
    }
    if (topic) {
      await (await import('./commands/topics/print.ts')).printTopic(topic, await context())
      return EXIT.ok
    }
    const folders = foldersOf(argv, surroundings.env)
    const read = await queryReader(folders, context)
    // The help of the program needs no parser, and starts in half the time without.
    if (asksHelp(argv)) {
      const built = folders.length === 0 ? builtQueries() : undefined
      const queries = built ?? (await read()).queries
      surroundings.stdout.write(programHelp(queries, screenWidth(surroundings)))
      return EXIT.ok
    }
    const { parse } = await import('./program/tree.ts')
    await parse(argv, surroundings, { typed: typedCommand(argv), read, context, run })
    return made?.exitCode ?? EXIT.ok
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    if (isParserError(error) && error.exitCode === 0) return EXIT.ok
    return reportError(error, argv, await context())
  }
}

/** Errors of commander, which the help does not load. */
const isParserError = (error: unknown): error is CommanderError =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')

/** Writes any error to stderr in a sentence. @returns the exit code */
export async function reportError(
  error: unknown,
  argv: string[],
  context: Context,
): Promise<number> {
  if (isParserError(error)) {
    const { parserError } = await import('./options/parser-error.ts')
    const { message, hint } = parserError(error)
    return printError(context, EXIT.usage, message, hint || `see: otrace ${commandIn(argv)}--help`)
  }
  if (error instanceof OtraceError)
    return printError(context, error.exit, error.message, error.hint)
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const detail = context.env.DEBUG === 'otrace' ? stack : 'see where with DEBUG=otrace'
  return printError(context, EXIT.bug, `a bug in otrace: ${message}`, detail)
}

/** Writes an error and its hint to stderr, and returns the exit code. */
export function printError(context: Context, exit: number, message: string, hint?: string): number {
  context.say(`otrace: ${message}${hint ? `\n  → ${hint}` : ''}`)
  return exit
}

/**
 * A reader of the query files, which says what replaces what.
 * @param folders of the user, which decide the commands there are
 */
async function queryReader(folders: string[], context: () => Promise<Context>) {
  const taken = {
    flags:
      folders.length === 0
        ? new Set<string>()
        : (await import('./options/options.ts')).reservedFlags(),
    commands: new Set([...WRITTEN.map(({ name }) => name), 'help']),
  }
  return async (only?: string) => {
    const found = readQueryFiles(folders, taken, only)
    for (const note of found.notes) (await context()).say(note)
    return found
  }
}

/** The words that are not options of the program. */
function wordsOf(argv: string[]): string[] {
  return argv
    .filter((word, i) => word !== '--queries' && argv[i - 1] !== '--queries')
    .filter((word) => !word.startsWith('--queries=') && word !== '--no-pager')
}

/** Whether the help of the program is typed. */
function asksHelp(argv: string[]): boolean {
  const [first, second] = wordsOf(argv)
  if (first === 'help') return second === undefined
  return first === undefined || first === '--help' || first === '-h'
}

/** The typed command, or the command whose help is typed; options come before it. */
function typedCommand(argv: string[]): string | undefined {
  const [first, second] = wordsOf(argv)
  const named = first === 'help' ? second : first
  return named?.startsWith('-') ? undefined : named
}

function commandIn([first = '']: string[]): string {
  return first.startsWith('-') || first === '' ? '' : `${first} `
}

/**
 * The folders of query files, from --queries before commander knows the commands.
 * @throws OtraceError (exit 2) for one that is a file
 */
function foldersOf(argv: string[], env: NodeJS.ProcessEnv): string[] {
  const named = argv.flatMap((word, i) => {
    if (word === '--queries') return argv[i + 1] === undefined ? [] : [argv[i + 1]!]
    return word.startsWith('--queries=') ? [word.slice('--queries='.length)] : []
  })
  if (named.includes('')) {
    throw usage('--queries is empty', 'name a folder, or leave it out')
  }
  const folders = queryFolders(
    named,
    env,
    configured(() => configuredQueries(env)),
  )
  const file = folders.find((folder) => existsSync(folder) && !statSync(folder).isDirectory())
  if (file === undefined) return folders
  throw usage(
    `not a folder of queries: ${file}`,
    'name its folder with --queries, OTRACE_QUERIES or the configuration',
  )
}

/** A malformed configuration is reported by the commands that read more of it, and leaves help readable. */
function configured(read: () => string[]): string[] {
  try {
    return read()
  } catch (error) {
    if (error instanceof OtraceError) return []
    throw error
  }
}
