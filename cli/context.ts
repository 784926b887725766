/** The program's environment: variables, clock, terminal, streams and ctrl-C. */
import { Chalk, supportsColor } from 'chalk'
import { readInstant } from './options/window.ts'
import { withoutCommands } from './output/escape.ts'
import { isRunnerLog, isUnbounded, type Surroundings, screenWidth } from './output/process.ts'
import type { Screen } from './render/renderer.ts'
import { note, printable } from './render/text.ts'
import { offsetMinutes } from './render/time.ts'

export interface Context extends Surroundings {
  /** Nanoseconds since 1970 UTC. */
  now(): bigint
  /** Width, colours and time zone of stdout. */
  screen(utc?: boolean, fullIds?: boolean): Screen
  /** The exit code of a command that ends without an error; a check sets it. */
  exitCode: number
  /** Aborted by ctrl-C. */
  signal: AbortSignal
  /** The commands in a text of ours, as they are typed where this program runs. */
  named(text: string): string
  /** Writes a note to stderr. */
  say(text: string): void
}

export function createContext(surroundings: Surroundings, signal: AbortSignal): Context {
  const { env, stdout, stderr } = surroundings
  const colour = new Chalk({ level: colourLevel(env, stdout.isTTY ?? false) })
  const width = screenWidth(surroundings)
  const unbounded = isUnbounded(surroundings)
  const context: Context = {
    env,
    get stdin() {
      return surroundings.stdin
    },
    stdout,
    stderr,
    now: () => clock(env),
    screen: (utc = false, fullIds = false) => {
      let zone = utc ? 'UTC' : undefined
      return {
        width,
        colour,
        unbounded,
        fullIds,
        get timeZone() {
          zone ??= localZone()
          return zone
        },
      }
    },
    exitCode: 0,
    signal,
    named: (text) => text,
    say: (text) => say({ env, stderr }, context.named(text)),
  }
  return context
}

/** Writes a note. Wraps lines for a terminal only; makes escapes visible. */
export function say({ env, stderr }: Pick<Surroundings, 'env' | 'stderr'>, text: string): void {
  const { columns } = stderr
  const inert = isRunnerLog(env) ? withoutCommands(text) : text
  const plain = inert.split('\n').map(printable).join('\n')
  stderr.write(`${columns ? note(plain, columns) : plain}\n`)
}

/** OTRACE_NOW fixes the clock, so that a script can query the same window again. */
function clock(env: NodeJS.ProcessEnv): bigint {
  const now = BigInt(Date.now()) * 1_000_000n
  return env.OTRACE_NOW ? readInstant('OTRACE_NOW', env.OTRACE_NOW, now) : now
}

const MONTH = 30 * 86_400_000

/** UTC if TZ is empty or unknown, as in libc; ICU would name a zone that it rejects, such as `UTC+3`. */
function localZone(): string {
  // Loading the names of zones takes ICU 15 ms. A zone that was at UTC for four years is shown as UTC.
  const months = Array.from({ length: 48 }, (_, i) => new Date(Date.now() - i * MONTH))
  if (months.every((month) => month.getTimezoneOffset() === 0)) return 'UTC'
  try {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
    const known = timeZone && new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
    // POSIX counts `GMT+3` to the west, ICU to the east.
    const [now] = months as [Date]
    const isSame = known && offsetMinutes(now.getTime(), known) === -now.getTimezoneOffset()
    return isSame ? known : fixedZone(now)
  } catch {
    return fixedZone(months[0]!)
  }
}

/** The zone of whole hours from UTC at a time; UTC for other offsets. */
function fixedZone(at: Date): string {
  const west = at.getTimezoneOffset() / 60
  return Number.isInteger(west) && west !== 0 ? `Etc/GMT${west > 0 ? '+' : ''}${west}` : 'UTC'
}

/**
 * FORCE_COLOR overrides NO_COLOR, which chalk ignores, and that overrides CLICOLOR and CLICOLOR_FORCE.
 *
 * https://no-color.org and https://bixense.com/clicolors
 */
function colourLevel(env: NodeJS.ProcessEnv, isTTY: boolean): 0 | 1 | 2 | 3 {
  const { NO_COLOR: none, CLICOLOR: wanted, CLICOLOR_FORCE: insisted } = env
  const forced = env.FORCE_COLOR || (!none && insisted && insisted !== '0' ? '1' : '')
  if (!forced && (none || wanted === '0' || !isTTY)) return 0
  // As in Node: 1 are 16 colours, 2 are 256. Chalk asks the process's own variables and terminal alone.
  if (['0', 'false'].includes(forced)) return 0
  if (forced === '2' || forced === '3') return forced === '2' ? 2 : 3
  if (forced) return 1
  return supportsColor ? supportsColor.level : 0
}
