/** Options of commander with parsed values. */
import { Option } from 'commander'
import { readCount } from '../units/parse.ts'

/** An option with a parsed value. */
export function option<T>(
  flags: string,
  help: string,
  read: (flag: string, text: string) => T,
): Option {
  const made = new Option(flags, help)
  return made.argParser((text) => read(made.long!, text))
}

/** An option for a whole number, with a default. */
export function countOption(flags: string, help: string, usual: number, most?: number): Option {
  return option(flags, help, (flag, text) => readCount(flag, text, usual, most)).default(usual)
}

/** Collects the values of a repeatable option. */
export const many = (value: string, before: string[] = []) => [...before, value]

const OFFERED = new WeakMap<Option, readonly string[]>()

/** An option whose words completion offers, and whose help does not list them. */
export function offering(made: Option, words: readonly string[]): Option {
  OFFERED.set(made, words)
  return made
}

/** The words that completion offers for an option. */
export const offeredWords = (made: Option): readonly string[] | undefined =>
  made.argChoices ?? OFFERED.get(made)
