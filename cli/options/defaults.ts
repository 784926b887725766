/** The default service and window of the configuration, for commands about spans. */
import type { Command } from 'commander'
import { readPositiveDuration } from '../units/parse.ts'
import { readDefaults } from './settings.ts'

/** Notes once per command which default narrows the result. */
const noted = new WeakSet<object>()

/** Commands whose query has no window unless one is typed. */
const timeless = new WeakSet<Command>()

/** Leaves a command without the default window. */
export function withoutDefaultWindow(command: Command): void {
  timeless.add(command)
}

/**
 * Sets the flags that were not typed to the defaults of the environment and the configuration.
 * @throws OtraceError (exit 2) for a malformed configuration
 */
export function applyDefaults(
  command: Command,
  { env, say }: { env: NodeJS.ProcessEnv; say(text: string): void },
): void {
  const takes = (name: string) =>
    command.options.some((option) => option.attributeName() === name && !option.hidden)
  const isTyped = (name: string) => command.getOptionValue(name) !== undefined
  if (!takes('since') && !takes('service')) return
  // A trace is shown whole, and so are its log records.
  if (command.name() === 'trace' && command.args.length > 0) return
  const { service, since } = readDefaults(env, command.getOptionValue('profile'))
  if (since && takes('since') && !timeless.has(command)) {
    const isTimed = ['since', 'from', 'to'].some(isTyped)
    if (!isTimed) {
      readPositiveDuration(`since of ${since.from}:`, since.value)
      command.setOptionValueWithSource('since', since.value, 'config')
    }
  }
  // A statement says itself which spans it reads.
  const isWhole = command.name() === 'sql' || isTyped('trace')
  if (!service || !takes('service') || isTyped('service') || isWhole) return
  command.setOptionValueWithSource('service', [service.value], 'config')
  if (!noted.has(say)) {
    say(`only the service ${service.value}, by ${service.from}: for all of them, OTRACE_SERVICE=`)
  }
  noted.add(say)
}
