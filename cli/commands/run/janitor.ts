/** A process that cleans up after `otrace run`, even after SIGKILL. */
import { spawn } from 'node:child_process'

export interface Janitor {
  /** The process, or its group, to end with otrace; undefined for none. */
  watch(pid: number | undefined, group?: boolean): void
  /** Ends the janitor; otrace has cleaned up. */
  dismiss(): void
}

/** Its input ends with otrace. Each line is what to kill then; `$1` is what to remove. */
const SCRIPT = `
while read -r line; do last=$line; done
if [ -n "$last" ]; then kill -s KILL -- "$last"; fi
if [ -n "$1" ]; then rm -rf -- "$1"; fi`

/** @param folder a temporary folder; '' for none */
export function startJanitor(folder: string): Janitor {
  // Windows has no groups of processes, and the folder stays.
  if (process.platform === 'win32') return { watch() {}, dismiss() {} }
  // Detached, so that a signal to otrace's group does not reach it.
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'otrace-janitor', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  return {
    watch(pid, group = false) {
      child.stdin.write(`${pid === undefined ? '' : group ? -pid : pid}\n`)
    },
    dismiss() {
      child.kill('SIGKILL')
    },
  }
}
