/** The words to offer after a line: commands, flags, choices, and values of the store. */
import type { Command, Option } from 'commander'
import type { Context } from '../../context.ts'
import { offeredWords } from '../../options/option.ts'
import type { Offer } from './spelling.ts'
import type { ValueKind } from './values.ts'

/** The commands there are; one is made only when its flags are asked for. */
export interface Commands {
  /** What `otrace help` explains besides. */
  topics: readonly string[]
  list(): Promise<{ name: string; summary: string }[]>
  find(name: string): Promise<Command | undefined>
  /** The attribute whose values a query takes as its argument. */
  attributeOf(name: string): Promise<string | undefined>
}

/** Flags with values of the store, and the arguments of commands. */
const FLAGS: Record<string, ValueKind> = {
  '--service': 'services',
  '--name': 'names',
  '--event': 'events',
  '--attr': 'attributes',
  '--trace-attr': 'attributes',
  '--resource': 'resources',
  '--show': 'keys',
  '--by': 'keys',
  '--sum': 'keys',
  '--profile': 'profiles',
}
const ARGUMENTS: Record<string, ValueKind> = {
  top: 'keys',
  attributes: 'keys',
  dashboard: 'dashboards',
}

/**
 * The words that may stand at the cursor.
 * @param words those after `otrace` and before the cursor
 * @param current the word at the cursor, as far as it is typed
 */
export async function offer(
  words: string[],
  current: string,
  commands: Commands,
  context: Context,
): Promise<Offer[]> {
  const at = words.findIndex((word, i) => !word.startsWith('-') && words[i - 1] !== '--queries')
  const starting = ({ word }: Offer) => word.startsWith(current)
  const name = words[at]
  if (name === undefined || (name === 'help' && words.length === at + 1)) {
    const topics = name === 'help' ? commands.topics : []
    const all = [...(await commands.list()), ...topics.map((each) => ({ name: each, summary: '' }))]
    return all.map((each) => ({ word: each.name, about: each.summary })).filter(starting)
  }
  // Before the command is made, because loading its module takes half of the time.
  const stored = FLAGS[words.at(-1) ?? '']
  if (stored) return (await fromStore(stored, current, words, context)).filter(starting)
  let command = await commands.find(name)
  if (!command) return []
  const rest = words.slice(at + 1)
  const sub = command.commands.find((each) => each.name() === rest[0])
  if (sub) command = sub
  if (name === 'watch') {
    const inner = watched(rest, command)
    if (inner && !(inner.length === 0 && current.startsWith('-'))) {
      return offer(inner, current, commands, context)
    }
  }
  const [, flag, given] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? []
  const valued = optionOf(command, flag ?? words.at(-1))
  if (valued) {
    const choices = await valuesOf(valued, given ?? current, words, context)
    const before = flag === undefined ? '' : `${flag}=`
    return choices.map((each) => ({ ...each, word: before + each.word })).filter(starting)
  }
  if (current.startsWith('-')) return flagsOf(command).filter(starting)
  const subs = sub
    ? []
    : command.commands.map((each) => ({ word: each.name(), about: each.summary() }))
  return [...subs, ...(await argumentsOf(command, current, words, commands, context))].filter(
    starting,
  )
}

/** The line of the command that `watch` runs; undefined while a value of its own is typed. */
function watched(rest: string[], watch: Command): string[] | undefined {
  const [first] = rest
  if (first === undefined || !first.startsWith('-')) return rest
  const taken = optionOf(watch, first) ? 2 : 1
  return rest.length < taken ? undefined : watched(rest.slice(taken), watch)
}

/** The option that waits for its value after this word. */
function optionOf(command: Command, word: string | undefined): Option | undefined {
  return command.options.find(
    ({ long, short, required, optional }) =>
      word !== undefined && (long === word || short === word) && (required || optional),
  )
}

/** The options of its help. Hidden ones are refused, so they are not offered. */
function flagsOf(command: Command): Offer[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, description }) => ({ word: long ?? '', about: description }))
}

async function valuesOf(
  option: Option,
  current: string,
  words: string[],
  context: Context,
): Promise<Offer[]> {
  const offered = offeredWords(option)
  if (offered) return offered.map((word) => ({ word }))
  const kind = FLAGS[option.long ?? '']
  return kind ? fromStore(kind, current, words, context) : []
}

async function argumentsOf(
  command: Command,
  current: string,
  words: string[],
  commands: Commands,
  context: Context,
): Promise<Offer[]> {
  const name = command.name()
  const [argument] = command.registeredArguments
  if (!argument) return []
  if (argument.argChoices) return argument.argChoices.map((word) => ({ word }))
  const attribute = await commands.attributeOf(name)
  const kind = attribute === undefined ? ARGUMENTS[name] : { attribute }
  return kind ? fromStore(kind, current, words, context) : []
}

async function fromStore(kind: ValueKind, current: string, words: string[], context: Context) {
  const { storedValues } = await import('./values.ts')
  return (await storedValues(kind, current, words, context)).map((word) => ({ word }))
}
