/** What a command of `otrace run` leaves behind. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isAlive, startOf } from '../../../collector/address-file.ts'
import { temporaryFolder } from '../../../test/folder.ts'
import { temporaryStore } from '../../store/local.ts'
import { runChild } from './child.ts'

it.each([true, false])('background processes end with it (terminal: %s)', async (tty) => {
  const folder = temporaryFolder()
  const file = join(folder.path, 'pid')
  const janitor = { watch() {}, dismiss() {} }
  const { signal } = new AbortController()
  // Two levels, so that its parent is unknown.
  const command = ['sh', '-c', `(sh -c 'sleep 300 & echo $! > ${file}') & wait; exit 3`]
  expect(await runChild(command, { env: process.env, signal, tty, janitor })).toBe(3)
  await expect.poll(() => isAlive(Number(readFileSync(file, 'utf8')))).toBe(false)
  folder.remove()
})

it.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('and with otrace, however it ends (terminal: %s, known: %s)', async (tty, known) => {
  const folder = temporaryFolder()
  const file = join(folder.path, 'pids')
  // Its parent ends, and a second one is not a child of the shell.
  const command = [
    'sh',
    '-c',
    `(sh -c 'sleep 300 & sleep 300 & echo $! $$ > ${file}; wait') & wait`,
  ]
  const words = { tty, known, store: join(folder.path, 'store'), command }
  mkdirSync(words.store)
  const otrace = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', KILLED], {
    env: { ...process.env, WORDS: JSON.stringify(words) },
    cwd: new URL('.', import.meta.url),
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  const patient = { timeout: 60_000 }
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), patient).toMatch(/\n$/)
  const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number)
  expect(pids.map((pid) => isAlive(pid, startOf(pid)))).toEqual([true, true])
  otrace.kill('SIGKILL')
  const left = () => pids.some((pid) => isAlive(pid, startOf(pid))) || existsSync(words.store)
  await expect.poll(left, patient).toBe(false)
  folder.remove()
})

/** A process that runs the command as `otrace run` does. */
const KILLED = `
import { runChild } from './child.ts'
import { startJanitor } from './janitor.ts'
const { tty, known, store, command } = JSON.parse(process.env.WORDS)
const { signal } = new AbortController()
const { watch, dismiss } = startJanitor(store)
// It may end before it has said which process has begun.
const janitor = { dismiss, watch: (pid, others) => (known || !pid) && watch(pid, others) }
await runChild(command, { env: process.env, signal, tty, janitor })`

it.skipIf(process.getuid?.() === 0)('makes a store where files cannot be listed', async () => {
  const folder = temporaryFolder()
  chmodSync(folder.path, 0o300)
  const made = await temporaryStore(folder.path)
  chmodSync(folder.path, 0o700)
  expect(existsSync(made)).toBe(true)
  folder.remove()
})

it('removes the stores that killed commands left', async () => {
  const folder = temporaryFolder()
  const names = ['otrace-run-old', 'otrace-run-new', 'otrace-run-container', 'other']
  for (const name of names) mkdirSync(join(folder.path, name, 'clickhouse'), { recursive: true })
  // The process may be a live one that this one cannot see.
  const lock = join(folder.path, 'otrace-run-container', 'clickhouse', 'otrace.lock')
  writeFileSync(lock, '4194303 1 2:3 pid:[4]')
  for (const name of names.filter((one) => one !== 'otrace-run-new'))
    utimesSync(join(folder.path, name), 0, 0)
  const made = await temporaryStore(folder.path)
  const left = readdirSync(folder.path).map((name) => join(folder.path, name))
  expect(left.sort()).toEqual(
    [made, ...names.slice(1).map((name) => join(folder.path, name))].sort(),
  )
  folder.remove()
})
