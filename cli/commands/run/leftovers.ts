/** Background processes of a command in the process group of a terminal. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** The variable that every process of the command inherits. */
export const MARK = 'OTRACE_RUN'

/**
 * The other processes of this process's group with this mark in their environment. They share the group with otrace and
 * with what started it, so the group itself cannot be ended. None on Windows, which has no groups.
 */
export function leftovers(mark: string): number[] {
  const wanted = `${MARK}=${mark}`
  if (process.platform === 'win32') return []
  return process.platform === 'linux' ? fromProc(wanted) : fromPs(wanted)
}

function fromProc(wanted: string): number[] {
  const group = groupOf('self')
  // A container may have no /proc.
  if (group === undefined) return []
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || groupOf(name) !== group) return []
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0')
      return environment.includes(wanted) ? [Number(name)] : []
    } catch {
      // Another user's, or already gone.
      return []
    }
  })
}

/** The third field after the name, which may have spaces and parentheses. */
function groupOf(name: string): string | undefined {
  try {
    return /^.*\) \S (?:\d+) (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** `ps -E` adds the environment on macOS and the BSDs. */
function fromPs(wanted: string): number[] {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore']
    const options = { encoding: 'utf8', stdio, maxBuffer: 2 ** 26 } as const
    const rows = execFileSync('ps', ['-axEww', '-o', 'pid=,pgid=,command='], options).split('\n')
    const found = rows.map((row) => /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(row))
    const group = found.find((row) => row?.[1] === String(process.pid))?.[2]
    return found.flatMap((row) =>
      row && row[2] === group && row[3]!.split(' ').includes(wanted) ? [Number(row[1])] : [],
    )
  } catch {
    return []
  }
}
