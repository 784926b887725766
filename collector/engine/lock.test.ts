/** Whose lock file counts, in a directory that several users may write to. */
import { chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/folder.ts'
import { startOf } from '../address-file.ts'
import { isHeld, lockDirectory } from './lock.ts'

const folder = temporaryFolder()
const path = join(folder.path, 'otrace.lock')
const own = process.getuid?.() ?? 0
/** The owner of the lock file: root's would hold for everybody, so root gives it away. */
const OWNER = own === 0 ? 4242 : own
const OTHER = OWNER + 1
/** A live process that is not this one. */
const HOLDER = [process.ppid, startOf(process.ppid)].join(' ').trim()

beforeEach(() => {
  rmSync(path, { force: true })
  writeFileSync(path, HOLDER)
  if (own === 0) chownSync(path, OWNER, OWNER)
})

afterAll(() => folder.remove())

it.each([
  ['its owner', OWNER, true],
  ['root', 0, true],
  ['another user', OTHER, false],
])('a live lock file holds for %s: %s', (_, user, held) => {
  expect(isHeld(folder.path, user)).toBe(held)
})

it('takes the lock from another user, and waits for its owner', async () => {
  expect(await lockDirectory(folder.path, { ms: 0, user: OWNER })).toBeUndefined()
  expect(readFileSync(path, 'utf8')).toBe(HOLDER)
  const release = await lockDirectory(folder.path, { ms: 60_000, user: OTHER })
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`))
  release?.()
})

it.runIf(startOf(process.pid) !== undefined)(
  'a lock file of another container, where the holder has the id of this process, is not its own',
  async () => {
    writeFileSync(path, `${process.pid} 1`)
    const release = await lockDirectory(folder.path, { ms: 60_000, user: OWNER })
    expect(readFileSync(path, 'utf8')).toMatch(`${process.pid} ${startOf(process.pid)} `)
    release?.()
  },
)

it.runIf(own === 0)('a lock file of root holds for everybody', () => {
  chownSync(path, 0, 0)
  expect(isHeld(folder.path, OTHER)).toBe(true)
})
