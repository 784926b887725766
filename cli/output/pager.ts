/** Long output of a terminal, through `$PAGER` as in git. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
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
  let held = ''
  let lines = 0
  let below = ''
  let code: number | null = 0
  const stream = new Writable({
    decodeStrings: false,
    write(part: string | Buffer, _, done) {
      if (child) {
        if (left) done()
        else child.stdin?.write(part, () => done())
        return
      }
      held += part
      lines = held.split('\n').length
      if (lines > rows) start()
      done()
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
    child = spawn(orCat(command), {
      shell: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...env, LESS: less, LV: env.LV ?? '-c' },
    })
    // A pager that the user has left does not read to the end.
    child.stdin?.on('error', () => {})
    child.on('error', () => {
      left = true
    })
    child.on('close', (ended) => {
      left = true
      code = ended
      if (!stream.writableEnded) onQuit()
    })
    child.stdin?.write(held)
  }

  return {
    stdout: Object.assign(stream, { isTTY: true, columns }),
    stderr: Object.assign(notes, {
      isTTY: stderr.isTTY ?? false,
      columns: stderr.columns ?? columns,
    }),
    running: () => child !== undefined && !left,
    async close() {
      stream.end()
      child?.stdin?.end()
      if (!child) stdout.write(held)
      else if (!left) await once(child, 'close')
      stderr.write(below)
      // less is the default, and not everywhere.
      if (code && !(command === 'less' && code === MISSING))
        stderr.write(
          `${code === MISSING ? 'no such pager' : `the pager ended with exit code ${code}`}: ${command}\n  → see PAGER, or add --no-pager\n`,
        )
    },
  }
}

/** The exit code of shells for a command that they do not find. */
const MISSING = 127

/** The command for a shell, which prints what a missing pager would not. */
function orCat(command: string): string {
  const [, program] = /^\s*([\w./+-]+)(?:\s|$)/.exec(command) ?? []
  if (program === undefined) return command
  return `command -v ${program} >/dev/null 2>&1 || { cat; exit ${MISSING}; }; ${command}`
}
