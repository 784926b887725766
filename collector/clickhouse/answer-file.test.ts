/** Files of answers: private, limited in memory, and removed after a kill. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { startOf } from '../address-file.ts'
import { AnswerFile, answersFolder } from './answer-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-answers-'))
afterAll(() => removeFolder(folder))

const answer = (process: string) => join(tmpdir(), `otrace-answer-${process}-test`)

test('a start removes the answers of killed processes, and no others', () => {
  const dead = answer('4194305-1')
  const reused = answer(`${process.pid}-1`)
  const alive = answer(`${process.pid}-${startOf(process.pid)}`)
  const left = join(folder, 'answers')
  for (const path of [dead, reused, alive]) writeFileSync(path, 'rows')
  answersFolder(folder)
  writeFileSync(join(left, 'rows'), 'rows')
  answersFolder(folder)
  const found = [dead, reused, alive].map(existsSync)
  rmSync(alive, { force: true })
  expect(found).toEqual([false, false, true])
  expect(readdirSync(left)).toEqual([])
})

test('a file is for this user alone, and goes with its answer', async () => {
  const file = await AnswerFile.create(answersFolder(folder), 1000)
  expect(statSync(file.path).mode & 0o777).toBe(0o600)
  expect(basename(file.path)).toContain(`otrace-answer-${process.pid}-${startOf(process.pid)}-`)
  await file.append('x'.repeat(1001))
  await expect(file.check()).rejects.toThrow('max bytes: 1000')
  await file.close()
  expect(existsSync(file.path)).toBe(false)
})
