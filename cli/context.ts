/** What a command knows of the outside: environment, clock, terminal and ctrl-C; read once in main.ts and passed in. */
import { Chalk, supportsColor } from 'chalk'
import { readInstant } from './query/window.ts'
import type { Screen } from './render/renderer.ts'
import { note, printable } from './render/text.ts'

export interface Context {
  env: NodeJS.ProcessEnv
  /** Nanoseconds since 1970 UTC. */
  now(): bigint
  /** What stdout can show; times in UTC when asked for. */
  screen(utc?: boolean): Screen
  /** Aborted by ctrl-C. */
  signal: AbortSignal
  /** Says something about an answer, on stderr. */
  say(text: string): void
}

/** Columns assumed where nobody says: wide enough for a trace id and what belongs to it. */
const PIPE_WIDTH = 120

/** The context of this process. */
export function processContext(signal: AbortSignal): Context {
  const { env, stdout, stderr } = process
  const colour = new Chalk({ level: colourLevel(env, stdout.isTTY) })
  // Behind a pager stdout is a pipe, and stderr still the terminal.
  const width = stdout.columns || Number(env.COLUMNS) || stderr.columns || PIPE_WIDTH
  return {
    env,
    now: () => clock(env),
    screen: (utc = false) => ({
      width: Math.max(30, width),
      colour,
      timeZone: utc ? 'UTC' : new Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
    signal,
    say,
  }
}

/** Writes to stderr, whole lines for a program and broken between words for a terminal. */
export function say(text: string): void {
  const { columns } = process.stderr
  // Servers quote what is stored, and who stored it may have wished to write to this terminal.
  const plain = text.split('\n').map(printable).join('\n')
  process.stderr.write(`${columns ? note(plain, columns) : plain}\n`)
}

/** OTRACE_NOW holds the clock still, so that a script asks about the same window again. */
function clock(env: NodeJS.ProcessEnv): bigint {
  const now = BigInt(Date.now()) * 1_000_000n
  return env.OTRACE_NOW ? readInstant('OTRACE_NOW', env.OTRACE_NOW, now) : now
}

/** FORCE_COLOR wins over NO_COLOR (https://no-color.org), which chalk does not know. */
function colourLevel(env: NodeJS.ProcessEnv, isTTY: boolean): 0 | 1 | 2 | 3 {
  if (!env.FORCE_COLOR && (env.NO_COLOR || !isTTY)) return 0
  return supportsColor ? supportsColor.level : 0
}
