/** Rewords the errors of the argument parser. */
import type { Command, CommanderError } from 'commander'
import { shellLine } from '../output/shell-line.ts'
import { didYouMean } from '../query/did-you-mean.ts'
import { many } from './option.ts'

interface Reworded {
  message: string
  /** Empty for none. */
  hint: string
}

/** `--since` of `-s, --since <duration>`. */
const long = (flags: string) => /--[\w-]+/.exec(flags)?.[0] ?? flags

/** `bash, zsh or fish` of `bash, zsh, fish`. */
const either = (choices: string) => choices.replace(/, ([^,]+)$/, ' or $1')

const REWORDED: readonly [pattern: RegExp, reword: (...parts: string[]) => Reworded][] = [
  [
    /^option '(.+)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    (flags, value, choices) => ({
      message: `invalid value '${value}' for ${long(flags!)}`,
      hint: `use ${either(choices!)}`,
    }),
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.+)'\. Allowed choices are (.*)\.$/s,
    (value, name, choices) => ({
      message: `invalid value '${value}' for <${name}>`,
      hint: `use ${either(choices!)}`,
    }),
  ],
  [
    /^option '(.+)' cannot be used with option '(.+)'$/,
    (one, other) => ({
      message: `${long(one!)} can't be used with ${long(other!)}`,
      hint: 'leave one of them out',
    }),
  ],
  [
    /^option '(.+)' argument missing$/,
    (flags) => ({
      message: `${long(flags!)} needs a value`,
      hint: `write it like ${/--.*/.exec(flags!)?.[0]}`,
    }),
  ],
  [
    /^missing required argument '(.+)'$/,
    (name) => ({ message: `missing argument: <${name}>`, hint: '' }),
  ],
  [
    /^too many arguments.* Expected (\d+) arguments? but got (\d+)\.$/,
    (expected, got) => ({
      message: `too many arguments: expected ${expected}, got ${got}`,
      hint: '',
    }),
  ],
]

/** The message and the hint of a parser's error. */
export function parserError({ message: text }: Pick<CommanderError, 'message'>): Reworded {
  const [first = '', ...more] = text.replace(/^error: /, '').split('\n')
  for (const [pattern, reword] of REWORDED) {
    const parts = pattern.exec(first)
    if (parts) return reword(...parts.slice(1))
  }
  // (Did you mean --since?)
  return { message: first, hint: more.join(' ').replace(/^\(D(.*)\)$/, 'd$1') }
}

/** What other tools call a flag, and what it may be here. */
const SYNONYMS: Record<string, readonly string[]> = {
  '--limit': ['--values', '--bins', '--max'],
  '-n': ['--values', '--bins', '--max'],
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

/** The command, or the flag of the program, that an unknown command of other tools may mean. */
export const meantCommand = (typed: string): string | undefined =>
  Object.keys(COMMANDS).find((command) => COMMANDS[command]!.includes(typed.toLowerCase()))

/** An unknown flag or argument, in terms of the command's own; undefined for other errors. */
export function meant(
  error: Pick<CommanderError, 'message' | 'code'>,
  command: Command,
  argv: readonly string[],
): Reworded | undefined {
  const flag = meantFlag(error, command)
  if (flag) return { message: parserError(error).message, hint: `did you mean ${flag}?` }
  const [, valued = '', value = ''] = /unknown option '(--[\w-]+)=(.*)'$/s.exec(error.message) ?? []
  if (command.options.some(({ long }) => long === valued))
    return { message: `${valued} takes no value`, hint: `leave out =${value}` }
  const [word] = command.args
  if (error.code !== 'commander.excessArguments') return undefined
  if (command.commands.length === 0) return strayWord(command, argv)
  if (word === undefined) return undefined
  const names = command.commands.map((each) => each.name())
  const near = didYouMean(word, names)
  return {
    message: `unknown command '${command.name()} ${word}'`,
    hint: near ? `did you mean otrace ${command.name()} ${near}?` : `use ${names.join(', ')}`,
  }
}

/** A word too many behind the value of a flag or a statement, which it probably belongs to. */
function strayWord(command: Command, argv: readonly string[]): Reworded | undefined {
  const { args, options, registeredArguments: expected } = command
  const stray = args[expected.length]!
  const message = `unexpected argument: ${stray}`
  if (expected.at(-1)?.name() === 'statement') {
    return { message, hint: `quote the statement: ${shellLine(['otrace', 'sql', args.join(' ')])}` }
  }
  const end = argv.indexOf(stray)
  const begin = argv.slice(0, end).findLastIndex((word) => word.startsWith('-'))
  const [flag = '', value, ...more] = argv.slice(begin, end + 1)
  const option = options.find(({ long, short }) => flag === long || flag === short)
  if (!option?.required || value === undefined || more.length === 0) return undefined
  const isPair = option.flags.includes('<key=value>')
  if (isPair && more.length === 1 && /^[^=!~<>]+$/.test(value)) {
    const pair = `${value.replace(/:$/, '')}=${stray.replace(/^[=:]+/, '')}`
    return { message, hint: `did you mean ${shellLine([flag, pair])}?` }
  }
  const repeats = option.parseArg === many && !isPair && !/span-name/.test(option.flags)
  return repeats
    ? {
        message,
        hint: `repeat the flag: ${shellLine([value, ...more].flatMap((each) => [flag, each]))}`,
      }
    : { message, hint: `quote what has spaces: ${shellLine([flag, [value, ...more].join(' ')])}` }
}

/** The flag of a command that an unknown one of other tools may mean; undefined for other errors. */
function meantFlag(
  { message }: Pick<CommanderError, 'message'>,
  { options }: Command,
): string | undefined {
  const [, typed = ''] = /unknown option '(-[\w-]+)'$/.exec(message) ?? []
  return SYNONYMS[typed]?.find((one) => options.some((option) => option.long === one))
}
