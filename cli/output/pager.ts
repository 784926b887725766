/** Long output of a terminal, through `$PAGER` as in git. */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Writable } from 'node:stream'
import type { Surroundings } from './process.ts'

type Terminal = Surroundings['stdout'] & { rows?: number }

export interface Pager {
  stdout: Surroundings['stdout']
  /** Keeps notes below the answer: what comes while one is held back or read. */
  stderr: Surroundings['stderr']
  /** The pager runs, and ctrl-C is for it. */
  running(): boolean
  /** Writes what is left, and waits until the user has left the pager. */
  close(): Promise<void>
}

/** Commands that run on, or draw the screen themselves. */
const NEVER = /^(?:up|demo|watch|tail|run|wait|completion|mcp|shop|lsp)$/
const RUNS_ON = /^(?:--watch|--follow|-f|--no-pager)$/

/** The pager's command; undefined for none. */
export function pagerCommand(
  argv: string[],
  { env, stdout }: Pick<Surroundings, 'env' | 'stdout'>,
): string | undefined {
  const command = argv.find((word) => !word.startsWith('-')) ?? ''
  if (!stdout.isTTY || env.TERM === 'dumb' || NEVER.test(command)) return undefined
  if (argv.some((word) => RUNS_ON.test(word))) return undefined
  const named = env.OTRACE_PAGER ?? env.PAGER ?? 'less'
  return named === '' || named === 'cat' ? undefined : named
}

/**
 * A stdout that starts the pager with the first line that does not fit on the screen, and a stderr whose notes stay
 * below the answer.
 * @param onQuit called when the user leaves the pager while the command still writes
 */
export function openPager(
  command: string,
  { env, stdout, stderr }: Pick<Surroundings, 'env' | 'stdout' | 'stderr'>,
  onQuit: () => void,
): Pager {
  const { columns, rows = 24 } = stdout as Terminal
  let child: ChildProcess | undefined
  let left = false
  let failed = false
  let code = 0
  let held = ''
  let below = ''
  /** What the pager may not have read. */
  let unread: (string | Buffer)[] = []
  let taken = 0
  let closed = Promise.resolve()
  const stream = new Writable({
    decodeStrings: false,
    write(part: string | Buffer, _, done) {
      if (failed) stdout.write(part, () => done())
      else if (left) done()
      else if (child) pass(part, done)
      else {
        held += part
        if (held.split('\n').length > rows) start()
        done()
      }
    },
  })

  const notes = new Writable({
    decodeStrings: false,
    write(part: string | Buffer, _, done) {
      if (held === '') stderr.write(part)
      else below += part
      done()
    },
  })

  function start(): void {
    // -F leaves at once if all fits, -R keeps colours, -X keeps the text on the screen.
    const less = env.LESS === undefined ? 'FRX' : `-R ${env.LESS}`
    const started = spawn(quietly(command), {
      shell: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...env, LESS: less, LV: env.LV ?? '-c' },
    })
    // A pager that the user has left does not read to the end.
    started.stdin.on('error', () => {})
    started.on('error', () => {})
    closed = new Promise((resolve) => {
      started.on('close', (ended, signal) => {
        left = true
        code = ended ?? 128 + constants.signals[signal!]
        failed = isError(code) && taken <= MOST_UNREAD
        if (failed) for (const part of unread) stdout.write(part)
        else if (!isError(code) && !stream.writableEnded) onQuit()
        resolve()
      })
    })
    child = started
    pass(held, () => {})
  }

  function pass(part: string | Buffer, done: () => void): void {
    if (taken <= MOST_UNREAD) unread.push(part)
    child?.stdin?.write(part, (error) => {
      // Its end tells whether it failed or the user has left it.
      if (error) return void closed.then(done)
      taken += part.length
      if (taken > MOST_UNREAD) unread = []
      done()
    })
  }

  return {
    stdout: Object.assign(stream, { isTTY: true, columns }),
    stderr: Object.assign(notes, {
      isTTY: stderr.isTTY ?? false,
      columns: stderr.columns ?? columns,
    }),
    running: () => child !== undefined && !left,
    async close() {
      await new Promise<void>((resolve) => stream.end(resolve))
      child?.stdin?.end()
      if (!child) stdout.write(held)
      await closed
      stderr.write(below)
      // less is the default, and not everywhere.
      if (isError(code) && !(command === 'less' && code === MISSING))
        stderr.write(
          `${code === MISSING ? 'no such pager' : `the pager ended with exit code ${code}`}: ${command}\n  → see PAGER, or add --no-pager\n`,
        )
    },
  }
}

/** Exit codes of shells for a command that they do not find, and one that ctrl-C ended. */
const MISSING = 127
const INTERRUPTED = 130
const isError = (code: number) => code !== 0 && code !== INTERRUPTED

/** More than a pipe holds: a pager that took so much reads. */
const MOST_UNREAD = 2 ** 20

/** The command for a shell, which says nothing of a missing program. */
function quietly(command: string): string {
  const [, program] = /^\s*([\w./+-]+)(?:\s|$)/.exec(command) ?? []
  if (program === undefined) return command
  return `command -v ${program} >/dev/null 2>&1 || exit ${MISSING}; ${command}`
}
