/** Rewords the errors of the argument parser. */
import type { Command, CommanderError } from 'commander'
import { didYouMean } from '../query/did-you-mean.ts'

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

/** An unknown flag or argument, in terms of the command's own; undefined for other errors. */
export function meant(
  error: Pick<CommanderError, 'message' | 'code'>,
  command: Command,
): Reworded | undefined {
  const flag = meantFlag(error, command)
  if (flag) return { message: parserError(error).message, hint: `did you mean ${flag}?` }
  const [, valued = '', value = ''] = /unknown option '(--[\w-]+)=(.*)'$/s.exec(error.message) ?? []
  if (command.options.some(({ long }) => long === valued))
    return { message: `${valued} takes no value`, hint: `leave out =${value}` }
  const [word] = command.args
  const isStray = error.code === 'commander.excessArguments' && command.commands.length > 0
  if (!isStray || word === undefined) return undefined
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
