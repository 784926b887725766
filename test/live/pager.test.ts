/** Long output on a terminal goes through a pager. */
import { PassThrough } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import { openPager, pagerCommand } from '../../cli/output/pager.ts'
import { hasTmux, terminal } from './terminal.ts'

describe('the pager', () => {
  const command = (env: Record<string, string>, argv = ['spans'], isTTY = true) =>
    pagerCommand(argv, { env, stdout: { isTTY } as never })

  it('is OTRACE_PAGER, else PAGER, else less', () => {
    expect(command({})).toBe('less')
    expect(command({ PAGER: 'most' })).toBe('most')
    expect(command({ PAGER: 'most', OTRACE_PAGER: 'bat -p' })).toBe('bat -p')
  })

  it('is none where it is unwanted, or the command runs on', () => {
    for (const none of ['', 'cat']) expect(command({ OTRACE_PAGER: none })).toBeUndefined()
    expect(command({}, ['spans'], false)).toBeUndefined()
    expect(command({ TERM: 'dumb' })).toBeUndefined()
    for (const argv of [['tail'], ['watch', 'rps'], ['spans', '--no-pager'], ['logs', '-f']]) {
      expect(command({}, argv)).toBeUndefined()
    }
  })
})

it('notes come below the answer, and before it at once', async () => {
  const screen = new PassThrough()
  const pager = openPager('false', { env: {}, stdout: screen, stderr: screen }, () => {})
  pager.stderr.write('reading\n')
  expect(String(screen.read())).toBe('reading\n')
  pager.stdout.write('a row\n')
  pager.stderr.write('a note\n')
  pager.stdout.write('another row\n')
  await pager.close()
  expect(String(screen.read())).toBe('a row\nanother row\na note\n')
})

/** What is on the screen, and whether the user left, after `mb` MB of an answer and a note. */
async function paged(command: string, mb: number) {
  const screen = new PassThrough({ highWaterMark: 2 ** 30 })
  const stdout = Object.assign(screen, { rows: 1 })
  let quit = false
  const onQuit = () => {
    quit = true
  }
  const pager = openPager(command, { env: process.env, stdout, stderr: screen }, onQuit)
  const rows = Array.from({ length: mb * 100 }, (_, i) => `${i}\n`.padStart(10_000))
  for (const row of rows) await new Promise((resolve) => pager.stdout.write(row, resolve))
  pager.stderr.write('a note\n')
  await pager.close()
  return { text: String(screen.read()), answer: rows.join(''), quit }
}

it.each([
  ['exit 3', 'the pager ended with exit code 3'],
  ['kill -9 $$', 'the pager ended with exit code 137'],
  ['/etc', 'the pager ended with exit code 126'],
  ['nosuch-pager -R', 'no such pager'],
  ['~/nosuch-pager', 'no such pager'],
  ['"my pager"', 'no such pager'],
  ['A=1 nosuch-pager', 'no such pager'],
])('prints the answer where the pager is %s, and names it', async (command, said) => {
  for (const mb of [0.02, 2]) {
    const { text, answer, quit } = await paged(command, mb)
    const note = `a note\n${said}: ${command}\n  → see PAGER, or add --no-pager\n`
    // Of megabytes, a difference would be one, too.
    expect([text === answer + note, text.slice(answer.length), quit]).toEqual([true, note, false])
  }
})

it('does not print what a pager has read', async () => {
  const read = async (command: string, mb: number) => {
    const { text, quit } = await paged(command, mb)
    return [text.length < 200, quit]
  }
  expect(await read('cat >/dev/null', 3)).toEqual([true, false])
  // The user leaves it in the middle, and after ctrl-C.
  expect(await read('head -c 9 >/dev/null', 3)).toEqual([true, true])
  expect(await read('head -c 9 >/dev/null; exit 130', 3)).toEqual([true, true])
  // It shows much, and fails.
  expect(await read('head -c 2000000 >/dev/null; exit 1', 3)).toEqual([true, false])
})

describe.skipIf(!hasTmux)('in a terminal (needs tmux)', () => {
  const pane = hasTmux ? terminal({ PAGER: 'less' }) : undefined!
  afterAll(() => pane?.close())

  it('shows what does not fit, and leaves with q', async () => {
    pane.resize(80, 12)
    pane.run('otrace queries')
    await pane.until((text) => /\n:$/.test(text.trimEnd()), "the pager's prompt")
    pane.type('q')
    pane.run('echo back $?')
    await pane.until((text) => text.includes('back 0'), 'the shell')
  })

  it('prints everything where the pager is missing, and names it', async () => {
    pane.run('export PAGER=nosuch-pager')
    pane.run('otrace queries')
    await pane.until((text) => text.includes('no such pager: nosuch-pager\n'), 'the note')
    expect(pane.history()).toMatch(/slow +Slow requests/)
  })

  it('shows colours whatever LESS has', async () => {
    pane.run('export PAGER=less LESS=-S; clear')
    pane.run('otrace queries')
    await pane.until((text) => /\n:$/.test(text.trimEnd()), "the pager's prompt")
    expect(pane.text()).not.toContain('ESC[')
    pane.type('q')
    pane.run('unset LESS')
  })

  it('prints what fits, and everything with --no-pager', async () => {
    pane.run('otrace --version')
    pane.run('otrace queries --no-pager')
    pane.run('echo done $?')
    await pane.until((text) => text.includes('done 0'), 'the shell')
    expect(pane.history()).toMatch(/slow +Slow requests/)
  })
})
