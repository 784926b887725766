/** Keys of a terminal, one by one, while a screen is drawn. */
import type { Surroundings } from './process.ts'

type Input = Surroundings['stdin'] & { setRawMode?: (raw: boolean) => unknown }

/** Keys that a raw terminal no longer turns into signals. */
const SIGNALS: Record<string, NodeJS.Signals> = {
  '\x03': 'SIGINT',
  '\x1a': 'SIGTSTP',
  '\x1c': 'SIGQUIT',
}

/** What each key does; arrows and pages as xterm sends them. */
const ACTIONS = {
  j: 'down',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\r': 'down',
  k: 'up',
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  ' ': 'page-down',
  f: 'page-down',
  '\x1b[6~': 'page-down',
  b: 'page-up',
  '\x1b[5~': 'page-up',
  g: 'top',
  '\x1b[H': 'top',
  G: 'bottom',
  '\x1b[F': 'bottom',
  q: 'quit',
} as const
export type Action = (typeof ACTIONS)[keyof typeof ACTIONS]

const KEY = /\x1b[[O][\d;]*[A-Za-z~]|[\s\S]/g

/**
 * Reads keys until the returned function is called, which leaves the terminal as it was found. Without a terminal, keys
 * are not read.
 */
export function followKeys(stdin: Input, act: (action: Action) => void): () => void {
  if (!stdin.isTTY || !stdin.setRawMode) return () => {}
  const typed = (bytes: Buffer | string) => {
    for (const [key] of String(bytes).matchAll(KEY)) {
      const signal = SIGNALS[key]
      if (signal) process.kill(process.pid, signal)
      else if (Object.hasOwn(ACTIONS, key)) act(ACTIONS[key as keyof typeof ACTIONS])
    }
  }
  const raw = () => stdin.setRawMode?.(true)
  const close = () => {
    stdin.off('data', typed)
    process.off('exit', close)
    process.off('SIGCONT', raw)
    stdin.setRawMode?.(false)
    stdin.pause()
  }
  raw()
  stdin.on('data', typed)
  stdin.resume()
  process.on('exit', close)
  // A shell has set its own mode in the meantime.
  process.on('SIGCONT', raw)
  return close
}

/** The first line to show after a key, of `count` lines of which `room` fit. */
export function scrolled(first: number, action: Action, count: number, room: number): number {
  const page = Math.max(1, room - 1)
  const wanted = {
    down: first + 1,
    up: first - 1,
    'page-down': first + page,
    'page-up': first - page,
    top: 0,
    bottom: count,
    quit: first,
  }[action]
  return Math.max(0, Math.min(wanted, count - room))
}
