/** Devices, pipes and links in a checkout's folder never stop a command. */
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

it.each([
  [join('queries', 'odd.sql'), ['odd']],
  [join('dashboards', 'odd.yaml'), ['dashboard', 'odd']],
  ['checks.yaml', ['check']],
  ['config.json', ['services']],
])('a device as .otrace/%s is an error of its command', async (file, command) => {
  const cwd = mkdtempSync(join(folder.path, 'odd-'))
  const path = join(cwd, '.otrace', file)
  mkdirSync(join(path, '..'), { recursive: true })
  // Unlike /dev/zero and a pipe, it has an end.
  symlinkSync('/dev/null', path)
  const run = await runHere(command, { cwd, env: { OTRACE_URL: 'http://127.0.0.1:1' } })
  expect(run.stderr).toContain(`otrace: cannot read ${join('.otrace', file)}: not a regular file`)
  expect(run.exit).toBe(2)
  if (file !== 'config.json') expect((await runHere(['--help'], { cwd })).exit).toBe(0)
})
