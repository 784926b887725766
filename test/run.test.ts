/** `otrace run`, `otrace wait` and `--fail-if-…`: waiting and exit codes. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it, onTestFinished, vi } from 'vitest'
import { packageRoot } from '../package.ts'
import { temporaryFolder } from './folder.ts'
import { killed } from './killed.ts'
import { otrace, runHere, start } from './otrace.ts'

const folder = temporaryFolder()
const project = fileURLToPath(new URL('test/instrumented/', packageRoot))
const env = { TMPDIR: folder.path }
// For the commands that run in this process.
process.env.TMPDIR = folder.path
const checks = join(folder.path, 'checks.yaml')
writeFileSync(checks, "checks: [{ expect: ['p(95) < 300ms', 'count >= 60'] }]\n")
afterAll(() => folder.remove())

const run = (...args: string[]) => runHere(['run', ...args], { env, cwd: project })
const left = (at = folder.path) => readdirSync(at).filter((name) => name.startsWith('otrace-run-'))

it('runs npm test with a collector of its own, checks its spans, and leaves nothing', async () => {
  const args = ['run', '--check', checks, '--', 'npm', 'test', '--silent']
  const done = await otrace(args, { env, cwd: project })
  expect(done.stderr).toContain('60 spans in 60 traces, 1 operation of app')
  expect(done.stdout).toContain('2 checks: 2 pass')
  expect(done.exit).toBe(0)
  expect(left()).toEqual([])
})

it('waits only shortly for a command that never connects', async () => {
  const done = await run('--check', 'no_n_plus_one', '--', 'true')
  expect(done.stdout).toContain('N+1: no span arrived in the window')
  expect(done.stderr).toMatch(/^no data after [\d.]+ s: 0 spans/m)
  expect(done.stderr).toContain('no span arrived')
  expect(done.stderr).not.toContain('window')
  expect(done.exit).toBe(5)
})

it("passes on the child's code, and else the verdict's", async () => {
  expect((await run('--check', checks, '--', 'node', 'app.js', '60', '7')).exit).toBe(7)
  const failed = await run('--check', checks, '--', 'node', 'app.js', '3')
  expect([failed.exit, failed.stderr]).toEqual([
    1,
    expect.stringContaining('add --keep <directory>'),
  ])
  expect((await run('--', 'no-such-command')).exit).toBe(2)
  expect(left()).toEqual([])
})

it('other commands can query a kept store, and a partial trace has its own verdict', async () => {
  const store = join(folder.path, 'kept')
  const file = join(folder.path, 'half.yaml')
  writeFileSync(file, 'checks: [{ expect: count >= 2 }]\n')
  const half = await run(
    '--keep',
    store,
    '--check',
    file,
    '--settle',
    '1s',
    '--',
    'node',
    'app.js',
    '2',
    '0',
    'orphan',
  )
  expect(half.stderr).toContain('half-arrived')
  expect(half.stdout).toContain('? not enough data  all spans have arrived')
  expect(half.stdout).toContain('2 checks: 1 not enough data, 1 pass')
  expect(half.exit).toBe(5)
  const ask = (...args: string[]) => runHere([...args, '--data', store], { env })
  const waited = await ask('wait', '--timeout', '1s', '--quiet', '500ms')
  expect(waited.stderr).toContain('2 without a root, 2 parents not stored')
  expect(waited.exit).toBe(5)
  const named = await ask('wait', '--service', 'nobody', '--timeout', '1s', '--quiet', '500ms')
  expect([named.exit, named.stderr.includes('no data')]).toEqual([5, true])
  expect((await ask('spans', '--fail-if-any')).exit).toBe(1)
  expect((await ask('spans', '--fail-if-empty')).exit).toBe(0)
  expect((await ask('spans', '--service', 'nobody', '--fail-if-empty')).exit).toBe(5)
})

it('--ab compares base and head in pairs', async () => {
  const file = join(folder.path, 'ab.yaml')
  writeFileSync(file, 'checks: [{ operation: work, slower: { than: ab } }]\n')
  const same = ['node', 'app.js', '10']
  const done = await run('--check', file, '--ab', '5', '--', ...same, '---', ...same)
  expect(done.stdout).toContain('5 pairs of blocks')
  expect(done.exit).toBe(0)
})

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it.each<[string, NodeJS.Signals[], string, number | string, string[]]>([
  ['SIGTERM reaches the command, whose code is passed on', ['SIGTERM'], '7', 7, ['SIGTERM']],
  ['SIGHUP ends otrace where the command ends well', ['SIGHUP'], '0', 129, ['SIGHUP']],
  ['ctrl-C reaches the command', ['SIGINT'], '0', 130, ['SIGINT']],
  ['a second ctrl-C does not wait for the command', ['SIGINT', 'SIGINT'], '', 'SIGINT', ['SIGINT']],
  ['SIGKILL leaves nothing either', ['SIGKILL'], '', 'SIGKILL', []],
])('%s', async (_, signals, own, exit, seen) => {
  // Another one at each try.
  const at = mkdtempSync(join(folder.path, 'signal-'))
  const file = join(at, 'pids.txt')
  const command = ['run', '--', 'node', 'wait.js', file, own]
  const child = start(command, { env: { TMPDIR: at }, cwd: project })
  onTestFinished(() => killed(child))
  const ended = once(child, 'exit')
  const patient = { timeout: 60_000, interval: 20 }
  await vi.waitUntil(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'), patient)
  const lines = () => readFileSync(file, 'utf8').trim().split('\n')
  const pids = lines()[0]!.split(' ').map(Number)
  expect(pids.map(alive)).toEqual([true, true])
  expect(left(at)).toHaveLength(1)
  for (const [i, signal] of signals.entries()) {
    if (i > 0) await vi.waitUntil(() => lines().length > 1, patient)
    child.kill(signal)
  }
  const [code, by] = await ended
  expect(code ?? by).toBe(exit)
  expect(lines().slice(1)).toEqual(seen)
  await vi.waitUntil(() => left(at).length === 0 && !pids.some(alive), patient)
})
