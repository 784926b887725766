/** What a word too many on a command line may be: a part of a value, a flag, or a name. */
import type { Command } from 'commander'
import { many, offeredWords } from '../options/option.ts'
import type { Reworded } from '../options/parser-error.ts'
import { CLOCK } from '../options/window.ts'
import { shellLine } from '../output/shell-line.ts'
import { didYouMean } from '../query/did-you-mean.ts'
import { parseDuration } from '../units/parse.ts'

/** What words may name. */
export interface Known {
  /** The commands that answer a question. */
  questions(): Promise<string[]>
  /** Names in the store; none where it is not served. */
  stored(kind: 'services' | 'names'): Promise<string[]>
}

/** A sentence on the first word too many, and what to type instead. */
export async function strayWord(
  command: Command,
  argv: readonly string[],
  known: Known,
): Promise<Reworded> {
  const { args, registeredArguments: expected } = command
  const stray = args[expected.length]!
  const message = `unexpected argument: ${stray}`
  if (expected.at(-1)?.name() === 'statement') {
    return { message, hint: `quote the statement: ${shellLine(['otrace', 'sql', args.join(' ')])}` }
  }
  const words = args.slice(expected.length).join(' ')
  const instead =
    behindFlag(command, argv, stray) ??
    asOther(command, words.replace(LAST, '$1$2')) ??
    asOther(command, stray) ??
    (await asName(command, words, known))
  return { message, hint: instead ?? taken(command) }
}

/** A word behind the value of a flag, which it probably belongs to. */
function behindFlag({ options }: Command, argv: readonly string[], stray: string) {
  const end = argv.indexOf(stray)
  const begin = argv.slice(0, end).findLastIndex((word) => word.startsWith('-'))
  const [flag = '', value, ...more] = argv.slice(begin, end + 1)
  const option = options.find(({ long, short }) => flag === long || flag === short)
  if (!option?.required || value === undefined || more.length === 0) return undefined
  const isPair = option.flags.includes('<key=value>')
  if (isPair && more.length === 1 && /^[^=!~<>]+$/.test(value)) {
    const pair = `${value.replace(/:$/, '')}=${stray.replace(/^[=:]+/, '')}`
    return `did you mean ${shellLine([flag, pair])}?`
  }
  const repeats = option.parseArg === many && !isPair && !/span-name/.test(option.flags)
  return repeats
    ? `repeat the flag: ${shellLine([value, ...more].flatMap((each) => [flag, each]))}`
    : `quote what has spaces: ${shellLine([flag, [value, ...more].join(' ')])}`
}

/** Flags whose values have a shape of their own, and how the word stands in them; the command's first is meant. */
const SHAPES: readonly [shape: (word: string) => boolean, flag: string, as?: string][] = [
  [(word) => /^[1-5]\d\d$/.test(word), '--where', 'http_status = '],
  [(word) => /^\d+$/.test(word), '--limit'],
  [(word) => /^\d+$/.test(word), '--max'],
  [(word) => parseDuration(word) !== undefined, '--since'],
  [(word) => parseDuration(word) !== undefined, '--for'],
  [(word) => CLOCK.test(word) || /^\d{4}-\d\d-\d\d/.test(word), '--from'],
  [(word) => /^https?:/.test(word), '--url'],
  [(word) => /^[\w.:-]+(?:=|!=|~)./.test(word), '--attr'],
]

/** `last 5 minutes` */
const LAST = /^(?:last |past )?(\d+) ?([smhd])(?:ec|in|our|ay)\w*$/i

const ID = /^(?=.*\d)[0-9a-f]{8,32}…?$/i

/** A trace's id, a flag without its dashes, or a value without its flag; undefined for a name. */
function asOther(command: Command, stray: string): string | undefined {
  const { options, registeredArguments: expected } = command
  const path = pathOf(command)
  if (stray === 'help') return `did you mean otrace help ${path}?`
  const isById = expected.some((each) => each.name().endsWith('id'))
  // A user's may be any word.
  const isId =
    expected.some((each) => each.name() === 'user-id') || /^(?=.*\d)[\da-f]+…?$/i.test(stray)
  if (ID.test(stray) && !isById) return `did you mean otrace trace ${stray}?`
  const typed = stray.toLowerCase()
  const named = options.find(({ long }) => long === `--${typed}`)
  const chosen = options.find((option) => offeredWords(option)?.includes(typed))
  const [, flag, as = ''] =
    SHAPES.find(([fits, long]) => fits(stray) && options.some((each) => each.long === long)) ?? []
  if (named) return `did you mean ${named.flags.replace(/^-\w, /, '')}?`
  if (chosen) return `did you mean ${shellLine([chosen.long!, typed])}?`
  if (flag !== undefined) return `did you mean ${shellLine([flag, as + stray])}?`
  return isById && isId ? `one id at a time: otrace ${path} ${stray}` : undefined
}

/** A service or an operation of the store, or another command. */
async function asName(
  { options, registeredArguments: expected }: Command,
  words: string,
  known: Known,
): Promise<string | undefined> {
  const flags = (
    [
      ['--service', 'services'],
      ['--name', 'names'],
    ] as const
  ).filter(([flag]) => options.some(({ long }) => long === flag))
  for (const [flag, kind] of flags) {
    const names = await known.stored(kind)
    // A letter or two are near to too much.
    const near =
      words.length < 3
        ? names.find((name) => name === words)
        : (didYouMean(words, names) ?? names.find((name) => name.includes(words)))
    if (near !== undefined) return `did you mean ${shellLine([flag, near])}?`
  }
  if ((await known.questions()).includes(words)) return `one command at a time: otrace ${words}`
  const isName = /[/ ]/.test(words)
  const either = flags.slice(isName ? -1 : 0).map(([flag]) => shellLine([flag, words]))
  return expected.length > 0 || either.length === 0 || words === ''
    ? undefined
    : `did you mean ${either.join(', or ')}?`
}

/** What the command takes. */
function taken(command: Command): string {
  const path = pathOf(command)
  const names = command.registeredArguments.map((each) =>
    each.required ? `<${each.name()}>` : `[${each.name()}]`,
  )
  return names.length === 0
    ? `leave it out, or see: otrace ${path} --help`
    : `write it like otrace ${path} ${names.join(' ')}`
}

/** `queries new` */
function pathOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name()
}
