/** The password of a connection: given, in a file, or the output of a command. */
import { execSync } from 'node:child_process'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { usage } from '../errors.ts'
import type { Setting, Settings } from './settings.ts'

/** Once per command, which may parse its flags more than once. */
const noted = new WeakSet<object>()

/** Outputs of password commands: a command may parse its flags more than once. */
const outputs = new Map<string, string>()

/**
 * The password: as given, the first line of its file, or of its command's output, whichever is nearest: a flag, a
 * variable of otrace, one of clickhouse-client, or a configuration file.
 * @throws OtraceError (exit 2) for two that are as near, a file that cannot be read, or a command that fails
 */
export function readPassword(
  settings: Settings,
  say: (text: string) => void = () => {},
): string | undefined {
  const { password, password_file: file, password_command: command } = settings
  const rank = ({ from }: Setting) =>
    [/^--/, /^OTRACE_/, /^CLICKHOUSE_/, /^/].findIndex((place) => place.test(from))
  const [first, second] = Object.entries({
    password,
    password_file: file,
    password_command: command,
  })
    .flatMap(([key, found]) => (found ? [{ key, ...found, rank: rank(found) }] : []))
    // A variable that is set to nothing is one that is not set.
    .sort((a, b) => a.rank - b.rank || Number(a.value === '') - Number(b.value === ''))
  if (first && second?.value && first.rank === second.rank) {
    const isFile = first.from === second.from
    const both = isFile ? `${first.key} and ${second.key}` : `${first.from} and ${second.from}`
    throw usage(
      isFile ? `${first.from} has both ${both}` : `${both} are both set`,
      'leave one of them out',
    )
  }
  if (first === undefined || first.key === 'password') return first?.value
  return first.key === 'password_file' ? fromFile(first.value, say) : fromCommand(first)
}

function fromFile(path: string, say: (text: string) => void): string {
  try {
    const text = firstLine(beginning(path))
    if (process.platform !== 'win32' && (statSync(path).mode & 0o044) !== 0 && !noted.has(say)) {
      noted.add(say)
      say(`other users can read the password in ${path}\n  → chmod 600 ${path}`)
    }
    return text
  } catch (error) {
    throw usage(
      `cannot read the password file ${path}: ${(error as NodeJS.ErrnoException).code}`,
      'check its path',
    )
  }
}

/** Far more than a password has. */
const MOST_BYTES = 65_536

/** The first line and maybe more, also of a pipe or of a device without an end. */
function beginning(path: string): string {
  const file = openSync(path, 'r')
  try {
    const read = Buffer.alloc(MOST_BYTES)
    let length = 0
    while (length < MOST_BYTES && !read.subarray(0, length).includes('\n')) {
      const more = readSync(file, read, length, MOST_BYTES - length, null)
      if (more === 0) break
      length += more
    }
    return read.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}

const COMMAND_WITHIN_MS = 60_000

function fromCommand({ value: command, from }: Setting): string {
  const known = outputs.get(command)
  if (known !== undefined) return known
  try {
    const stdio: ['inherit', 'pipe', 'inherit'] = ['inherit', 'pipe', 'inherit']
    const text = firstLine(
      execSync(command, { encoding: 'utf8', stdio, timeout: COMMAND_WITHIN_MS }),
    )
    outputs.set(command, text)
    return text
  } catch (error) {
    // The error has the command's output, and maybe the password.
    const { status } = error as { status?: number | null }
    throw usage(
      `password_command of ${from} failed${status ? ` with exit code ${status}` : ''}`,
      'run it in a shell',
    )
  }
}

const firstLine = (text: string) => text.split(/\r?\n/, 1)[0]!
