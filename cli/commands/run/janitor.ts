/** A process that cleans up after `otrace run`, even after SIGKILL. */
import { spawn } from 'node:child_process'
import { MARK } from './leftovers.ts'

export interface Janitor {
  /**
   * The process to end with otrace: its group, or with it all processes of otrace's group that have this mark in their
   * environment. Undefined for one that begins, with the mark, or for none.
   */
  watch(pid: number | undefined, others?: 'group' | { mark: string }): void
  /** Ends the janitor; otrace has cleaned up. */
  dismiss(): void
}

/**
 * Its input ends with otrace. Each line is what to kill then, `-` if unknown, and a mark; `$1` is what to remove.
 * Without a list of processes in /proc, `ps -E` adds the environment, as in leftovers.ts. What a process starts before
 * it is killed is found the next time.
 */
const SCRIPT = `
field() { [ -r "/proc/$1/stat" ] && read -r line <"/proc/$1/stat" && set -- \${line##*) } && echo "$3"; }
group=$(field $PPID || ps -o pgid= -p $PPID | tr -d ' ')
marked() {
  if [ -r /proc/$$/environ ]; then
    for file in $(grep -lF "${MARK}=$mark" /proc/[0-9]*/environ); do
      found=\${file#/proc/} found=\${found%/environ}
      [ "$(field "$found")" = "$group" ] || [ "$last" = - ] || continue
      echo "$found"
    done
  else
    ps -axEww -o pid=,pgid=,command= | while read -r pid pgid rest; do
      [ "$pgid" = "$group" ] || [ "$last" = - ] || continue
      case " $rest " in *" ${MARK}=$mark "*) echo "$pid" ;; esac
    done
  fi 2>/dev/null
}
while read -r pid mark; do last=$pid; lastmark=$mark; done
mark=$lastmark
if [ -n "\${last#-}" ]; then kill -s KILL -- "$last"; fi
for round in 1 2 3; do
  [ -n "$mark" ] || break
  found=$(marked)
  [ -n "$found" ] && kill -s KILL -- $found
done
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
    watch(pid, others) {
      const who = pid === undefined ? '-' : others === 'group' ? -pid : pid
      child.stdin.write(`${who} ${typeof others === 'object' ? others.mark : ''}\n`)
    },
    dismiss() {
      child.kill('SIGKILL')
    },
  }
}
