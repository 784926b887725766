/** The child process of `otrace run`: environment, signals and exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { usage } from '../../errors.ts'
import type { Janitor } from './janitor.ts'
import { leftovers, MARK } from './leftovers.ts'

/** Time for the child to exit after a signal before it is killed. */
const STOP_WITHIN_MS = 10_000

/** Time for background processes of the command to end. */
const LEFTOVERS_WITHIN_MS = 2000

/** Points an OpenTelemetry SDK at the collector; the short delay leaves few spans for the end. */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  otlp: string,
  clickhouse: string,
  attributes: Record<string, string> = {},
): NodeJS.ProcessEnv {
  const own = Object.entries(attributes).map((pair) => pair.join('='))
  const all = [env.OTEL_RESOURCE_ATTRIBUTES, ...own].filter(Boolean).join(',')
  return {
    ...env,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: env.OTEL_TRACES_EXPORTER || 'otlp',
    OTEL_BSP_SCHEDULE_DELAY: env.OTEL_BSP_SCHEDULE_DELAY || '200',
    OTRACE_URL: clickhouse,
    ...(all ? { OTEL_RESOURCE_ATTRIBUTES: all } : {}),
  }
}

export interface ChildOptions {
  env: NodeJS.ProcessEnv
  /** Aborted with the name of the signal to pass on. */
  signal: AbortSignal
  /** Ctrl-C of a terminal reaches the child without otrace. */
  tty: boolean
  janitor: Janitor
}

/** The exit code of a process that ends by a signal. */
export const codeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal]

/**
 * Runs a command to its end; signals reach it and what it started.
 * @returns its exit code, 128 + n for signal n
 * @throws OtraceError (exit 2) for a command that cannot be started
 */
export async function runChild(
  command: string[],
  { env, signal, tty, janitor }: ChildOptions,
): Promise<number> {
  signal.throwIfAborted()
  // One word with spaces is a line for the shell. A terminal's ctrl-C reaches its whole group,
  // so only elsewhere does the child have a group of its own.
  const shell = command.length === 1 && /\s/.test(command[0]!)
  const [file = '', ...args] = command
  const mark = randomUUID()
  const marked = { ...env, [MARK]: mark }
  // Its process id comes only after it has begun.
  janitor.watch(undefined, { mark })
  const child = spawn(file, args, { env: marked, shell, stdio: 'inherit', detached: !tty })
  janitor.watch(child.pid, tty ? { mark } : 'group')
  const kill = (name: NodeJS.Signals) => killChild(child, name, !tty)
  const leave = () => kill('SIGKILL')
  process.on('exit', leave)
  let forced: NodeJS.Timeout | undefined
  const stop = () => {
    const name = signal.reason as NodeJS.Signals
    if (!tty || name !== 'SIGINT') kill(name)
    forced = setTimeout(leave, STOP_WITHIN_MS)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return code ?? (by ? codeOf(by) : 1)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not found' : `${error}`
    throw usage(`cannot run ${file}: ${reason}`, 'write the command after --')
  } finally {
    clearTimeout(forced)
    signal.removeEventListener('abort', stop)
    await (tty ? endLeftovers(mark) : endGroup(child))
    process.off('exit', leave)
    janitor.watch(undefined)
  }
}

/** Ends background processes of the command: its group. */
function endGroup(child: ChildProcess): Promise<void> {
  return end((name) => killChild(child, name, true))
}

/** Ends background processes of the command in the group of a terminal. */
function endLeftovers(mark: string): Promise<void> {
  return end((name) => {
    const found = leftovers(mark)
    for (const pid of found) killChild({ pid }, name, false)
    return found.length > 0
  })
}

/** @param kill sends a signal, 0 for none, to what is left, and says whether there was anything */
async function end(kill: (name: NodeJS.Signals | 0) => boolean): Promise<void> {
  const deadline = performance.now() + LEFTOVERS_WITHIN_MS
  let name: NodeJS.Signals = 'SIGTERM'
  while (kill(name)) {
    if (name === 'SIGKILL') return
    while (kill(0) && performance.now() < deadline) await sleep(20)
    name = 'SIGKILL'
  }
}

/** Whether the process, or some process of its group, is still there. */
function killChild(
  { pid }: Pick<ChildProcess, 'pid'>,
  name: NodeJS.Signals | 0,
  group: boolean,
): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(group ? -pid : pid, name)
  } catch {
    return false
  }
}
