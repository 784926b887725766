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

it('a pager that fails is named', async () => {
  const screen = new PassThrough()
  const stdout = Object.assign(screen, { rows: 1 })
  const pager = openPager('exit 3', { env: {}, stdout, stderr: screen }, () => {})
  pager.stdout.write('a row\nanother\n')
  await pager.close()
  expect(String(screen.read())).toBe(
    'the pager ended with exit code 3: exit 3\n  → see PAGER, or add --no-pager\n',
  )
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
