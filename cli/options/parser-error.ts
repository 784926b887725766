/** Rewords the errors of the argument parser. */
import type { CommanderError } from 'commander'
import { didYouMean } from '../query/did-you-mean.ts'

export interface Reworded {
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
  // (Did you mean --since?), (Did you mean one of --from, --for?)
  const guesses = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(more.join(' '))?.[1]?.split(', ')
  const [, typed = ''] = /'-*([^=']*)/.exec(first) ?? []
  // Of four letters, the parser takes three to be wrong.
  const meant = didYouMean(typed, guesses?.map((guess) => guess.replace(/^-+/, '')) ?? [])
  const guess = guesses?.find((one) => one.replace(/^-+/, '') === meant)
  return { message: first, hint: guess ? `did you mean ${guess}?` : '' }
}
