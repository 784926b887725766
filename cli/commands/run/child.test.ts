/** What a command of `otrace run` leaves behind. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isAlive } from '../../../collector/address-file.ts'
import { temporaryFolder } from '../../../test/folder.ts'
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
