/** The colours of a terminal and a pipe. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createContext } from './context.ts'

it.each([
  [{}, 0],
  [{ FORCE_COLOR: '0' }, 0],
  [{ FORCE_COLOR: '1' }, 1],
  [{ FORCE_COLOR: '2' }, 2],
  [{ FORCE_COLOR: '3' }, 3],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, 1],
  [{ CLICOLOR_FORCE: '1' }, 1],
  [{ CLICOLOR_FORCE: '0' }, 0],
  [{ CLICOLOR_FORCE: '1', NO_COLOR: '1' }, 0],
])('a pipe with %j has colours of level %j', (env, level) => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const context = createContext({ env, stdin, stdout, stderr }, new AbortController().signal)
  expect(context.screen().colour.level).toBe(level)
})
