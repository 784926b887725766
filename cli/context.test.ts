/** The colours of a terminal and a pipe. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createContext } from './context.ts'

it.each([
  [{}, false],
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [{ CLICOLOR_FORCE: '1' }, true],
  [{ CLICOLOR_FORCE: '0' }, false],
  [{ CLICOLOR_FORCE: '1', NO_COLOR: '1' }, false],
])('a pipe with %j has colours: %j', (env, coloured) => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const context = createContext({ env, stdin, stdout, stderr }, new AbortController().signal)
  expect(context.screen().colour.level > 0).toBe(coloured)
})
