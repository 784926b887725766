/** Kills a process of a test, and waits until it writes no more. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Resolves when the process is gone; at once if there is none. */
export async function killed(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
