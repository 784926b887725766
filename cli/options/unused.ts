/** Refuses flags that would have no effect, and says why. */
import type { Command, Option } from 'commander'
import { usage } from '../errors.ts'

/** The options of a command that were typed: of `--dedupe` and `--no-dedupe`, the last. */
export function typedOptions(command: Command): Option[] {
  return command.options.filter((option) => {
    const name = option.attributeName()
    const value: unknown = command.getOptionValue(name)
    return (
      command.getOptionValueSource(name) === 'cli' &&
      (typeof value !== 'boolean' || value !== option.negate)
    )
  })
}

/**
 * Refuses the given flags if they were typed.
 * @param names as commander stores them: `minDuration`, and `weight` for --no-weight
 * @param why follows the flag: `--since can't be used with a trace id`
 * @throws OtraceError (exit 2)
 */
export function refuseTyped(
  command: Command,
  names: readonly string[],
  why: string,
  hint: string,
): void {
  const typed = typedOptions(command).find((option) => names.includes(option.attributeName()))
  if (typed) throw usage(`${typed.long} ${why}`, hint)
}

/** Hides flags without meaning for a command from its help, and refuses them. */
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

/** Refuses --sql for an answer that is not the result of one statement. */
export function withoutSql(command: Command): void {
  const why = 'has nothing to print: the answer is computed from the rows of several statements'
  withoutFlags(command, ['sql'], why, '--explain and -v say what each statement reads')
}

/**
 * Checks the flag of an HTML page, which excludes every other format.
 * @throws OtraceError (exit 2) for another one, or a file without a name
 */
export function refuseOtherForms(command: Command, html: string): void {
  if (html === '') {
    throw usage('--html is empty', 'name the file, such as trace.html')
  }
  const why = "can't be used with --html"
  refuseTyped(command, ['json', 'output'], why, 'give one of them')
}
