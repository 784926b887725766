/** What an unknown command or flag, or a word too many, may mean. */
import type { Command, CommanderError } from 'commander'
import { examplesOf } from '../options/examples.ts'
import { parserError, type Reworded } from '../options/parser-error.ts'
import { didYouMean } from '../query/did-you-mean.ts'
import { type Known, strayWord } from './stray-word.ts'

/** What other tools call a flag, and what it may be here. */
const SYNONYMS: Record<string, readonly string[]> = {
  '--limit': ['--values', '--bins', '--max', '--depth'],
  '-n': ['--bins', '--max', '--depth'],
  '--top': ['--limit', '--values'],
  '--max': ['--limit', '--values'],
  '--until': ['--to'],
  '--end': ['--to'],
  '--before': ['--to'],
  '--start': ['--from'],
  '--begin': ['--from'],
  '--group-by': ['--by'],
  '--filter': ['--where'],
  '--attribute': ['--attr'],
  '--tag': ['--attr'],
  '--format': ['--output'],
  '--step': ['--bucket'],
  '--interval': ['--every', '--bucket'],
  '--threshold': ['--over', '--min-duration'],
}

/** What other tools call a command, and what it is here. */
const COMMANDS: Record<string, readonly string[]> = {
  '--version': ['version'],
  '--help': ['man', 'usage', 'commands'],
  attributes: ['keys', 'tags', 'fields', 'labels'],
  check: ['assert', 'gate', 'test', 'verify'],
  config: ['configure', 'connect', 'init', 'login', 'profile', 'settings', 'setup'],
  copy: ['export', 'pull'],
  dashboard: ['live', 'monitor', 'overview', 'ui', 'web'],
  diff: ['compare'],
  doctor: ['debug', 'diagnose', 'health', 'ping'],
  errors: ['exceptions', 'failed', 'failures'],
  flame: ['profiler'],
  latency: ['duration', 'p50', 'p95', 'p99', 'percentiles', 'quantiles'],
  map: ['dependencies', 'deps', 'graph', 'topology'],
  rps: ['rate', 'throughput', 'traffic'],
  run: ['exec'],
  send: ['import', 'ingest', 'load', 'push', 'upload'],
  services: ['ps', 'stats', 'status', 'summary'],
  spans: ['find', 'get', 'grep', 'list', 'ls', 'search'],
  sql: ['query', 'select'],
  storage: ['df', 'disk', 'du', 'size', 'usage'],
  tail: ['follow', 'stream'],
  trace: ['open', 'show', 'view'],
  up: ['collector', 'daemon', 'receive', 'serve', 'server', 'start'],
  why: ['analyse', 'analyze', 'cause', 'explain'],
}

/** An unknown flag with the value after its `=`, and what the parser suggests for both. */
const UNKNOWN = /unknown option '(--?[\w-]+)(?:=(.*?))?'(?:\n\(Did you mean .*\?\))?$/s

/** The command, or the flag of the program, that an unknown command of other tools may mean. */
export const meantCommand = (typed: string): string | undefined =>
  Object.keys(COMMANDS).find((command) => COMMANDS[command]!.includes(typed.toLowerCase()))

/** An unknown flag or argument, in terms of the command's own; undefined for other errors. */
export async function meant(
  error: Pick<CommanderError, 'message' | 'code'>,
  command: Command,
  argv: readonly string[],
  known: Known,
): Promise<Reworded | undefined> {
  const flag = meantFlag(error, command)
  if (flag) return { message: parserError(error).message, hint: `did you mean ${flag}?` }
  // The parser takes a flag of one letter off what follows.
  const letter = argv.find((word) => error.message.endsWith(`'${word.replace(/^-\w=/s, '-=')}'`))
  const unknown = letter?.match(/^-\w=/) ? `unknown option '${letter}'` : error.message
  const [, typed = '', value] = UNKNOWN.exec(unknown) ?? []
  const printsRows = command.options.some(({ long }) => long === '--output')
  if (printsRows && ['-n', '--limit'].includes(typed))
    return {
      message: parserError(error).message,
      hint:
        command.name() === 'sql'
          ? 'write LIMIT in the statement'
          : 'leave it out, or see the first lines alone: | head -n 20',
    }
  const own = command.options.find(({ long, short }) => typed === long || typed === short)
  if (own && value !== undefined)
    return { message: `${typed} takes no value`, hint: `leave out =${value}` }
  if (typed === '--sql')
    return {
      message: `otrace ${command.name()} has no --sql: it runs more than one statement, or none`,
      hint: 'a query prints its statement: otrace spans --sql',
    }
  const [example] = examplesOf(command)
  if (error.code === 'commander.missingArgument' && example !== undefined)
    return { message: parserError(error).message, hint: `write it like ${example}` }
  const [word] = command.args
  if (error.code !== 'commander.excessArguments') return undefined
  if (command.commands.length === 0) return strayWord(command, argv, known)
  if (word === undefined) return undefined
  const names = command.commands.map((each) => each.name())
  const near = didYouMean(word, names)
  return {
    message: `unknown command '${command.name()} ${word}'`,
    hint: near ? `did you mean otrace ${command.name()} ${near}?` : `use ${names.join(', ')}`,
  }
}

/** The flag of a command that an unknown one of other tools may mean; undefined for other errors. */
function meantFlag(
  { message }: Pick<CommanderError, 'message'>,
  { options }: Command,
): string | undefined {
  const [, typed = ''] = /unknown option '(-[\w-]+)'$/.exec(message) ?? []
  return SYNONYMS[typed]?.find((one) => options.some((option) => option.long === one))
}
