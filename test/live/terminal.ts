/** A real terminal: tmux with a server of its own. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { binary } from '../otrace.ts'

export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** A shell in a terminal of 80 x 24, in which `otrace` is the built binary. */
export function terminal(env: Record<string, string>) {
  const name = `otrace-test-${process.pid}-${Math.random().toString(36).slice(2)}`
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', name, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  const variables = Object.entries({
    LC_ALL: 'C.UTF-8',
    // A person types here, though npm may run the tests.
    npm_command: '',
    ...env,
    TZ: 'UTC',
    PS1: '$ ',
    TERM: 'xterm-256color',
  })
  const set = variables.flatMap(([key, value]) => ['-e', `${key}=${value}`])
  const shell = `bash --norc --noprofile`
  tmux('new-session', '-d', '-x', '80', '-y', '24', ...set, shell)
  const read = (format: string) => tmux('display-message', '-p', format).trim()
  const type = (...keys: string[]) => tmux('send-keys', ...keys)
  const text = () => tmux('capture-pane', '-p')
  const captured = () => promisify(execFile)('tmux', ['-L', name, 'capture-pane', '-p'])
  /** The whole scrollback of the normal screen. */
  const history = () => tmux('capture-pane', '-p', '-S', '-')

  async function until(holds: (text: string) => boolean, what: string): Promise<string> {
    const deadline = performance.now() + 120_000
    for (;;) {
      // Without blocking the collector of the test.
      const { stdout: now } = await captured()
      if (holds(now)) return now
      if (performance.now() > deadline) throw new Error(`never saw ${what}:\n${now}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  return {
    text,
    history,
    until,
    type,
    resize: (width: number, height: number) =>
      tmux('resize-window', '-x', String(width), '-y', String(height)),
    run: (command: string) =>
      type(command.replace(/^otrace/, `${process.execPath} ${binary}`), 'Enter'),
    /** The process of the pane's foreground command. */
    pid: () => {
      const shellPid = read('#{pane_pid}')
      return Number(execFileSync('pgrep', ['-P', shellPid], { encoding: 'utf8' }).trim())
    },
    /** Whether the terminal is as a shell leaves it. */
    state: () => {
      const [alternate, cursor, wrap] = read('#{alternate_on} #{cursor_flag} #{wrap_flag}').split(
        ' ',
      )
      return { alternate: alternate === '1', cursor: cursor === '1', wrap: wrap === '1' }
    },
    close: () => spawnSync('tmux', ['-L', name, 'kill-server']),
  }
}
