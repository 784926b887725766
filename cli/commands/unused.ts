/** Flags that would change nothing, which would make an answer look as if they had: refused with a reason; used by commands. */
import type { Command } from 'commander'
import { OtraceError } from '../errors.ts'

/**
 * Refuses what was typed of some flags.
 * @param names as commander stores them: `minDuration`, and `weight` for --no-weight
 * @param why follows the flag: `--since chooses among traces, and the id names one`
 * @throws OtraceError (exit 2)
 */
export function refuseTyped(
  command: Command,
  names: readonly string[],
  why: string,
  hint: string,
): void {
  const typed = command.options.find((option) => {
    const name = option.attributeName()
    return names.includes(name) && command.getOptionValueSource(name) === 'cli'
  })
  if (typed) throw new OtraceError('usage', `${typed.long} ${why}`, hint)
}

/** Leaves flags that a command never has a use for out of its help, and refuses them. */
export function withoutFlags(
  command: Command,
  names: readonly string[],
  why: string,
  hint: string,
): void {
  for (const option of command.options)
    if (names.includes(option.attributeName())) option.hideHelp()
  command.hook('preAction', () => refuseTyped(command, names, why, hint))
}

/**
 * A page is an answer's only form.
 * @throws OtraceError (exit 2) for another one, or a file without a name
 */
export function refuseOtherForms(command: Command, html: string): void {
  if (html === '') {
    throw new OtraceError('usage', '--html is empty', 'name the file, such as trace.html')
  }
  const why = 'and --html are two forms of the answer'
  refuseTyped(command, ['json', 'output'], why, 'give one of them')
}
