/** The `Examples:` and `Next:` blocks at the end of a command's help. */
import type { Command } from 'commander'

const EXAMPLES = new WeakMap<Command, readonly string[]>()

/** The examples of a command's help. */
export const examplesOf = (command: Command): readonly string[] => EXAMPLES.get(command) ?? []

/**
 * @param examples whole command lines, as typed into a shell
 * @param next what to run afterwards: `otrace trace <trace_id> - one of them`
 */
export function addExamples(
  command: Command,
  examples: readonly string[],
  next: readonly string[] = [],
): Command {
  EXAMPLES.set(command, examples)
  const pairs = next.map((line) => line.split(/ - (.*)/s))
  const width = Math.max(0, ...pairs.map(([line = '']) => line.length))
  const following = pairs.map(([line = '', what = '']) =>
    `${line.padEnd(width)}  ${what}`.trimEnd(),
  )
  const block = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)]
  const text = [...block('Examples', examples), ...block('Next', following)]
  return command.addHelpText('after', text.join('\n'))
}
