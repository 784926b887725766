/** Lines of a file: whole, and without reading ahead. */
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/folder.ts'
import { linesOf } from './lines.ts'

it('reads lines no further ahead than a block, whole over the blocks of the file', async () => {
  const folder = temporaryFolder()
  const file = join(folder.path, 'lines')
  const long = 'é'.repeat(100_000)
  writeFileSync(file, `a\n\n${`${long}\n`.repeat(60)}end`)
  const all: string[] = []
  for await (const line of linesOf(file)) all.push(line)
  expect(all).toEqual(['a', '', ...Array(60).fill(long), 'end'])

  const lines = linesOf(file)
  expect((await lines.next()).value).toBe('a')
  await setTimeout(200)
  // What was not read is gone.
  truncateSync(file)
  let length = 0
  for await (const line of lines) length += line.length
  expect(length).toBeLessThan(300_000)
  folder.remove()
})
