/** What `npm run generate` writes is what is committed. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { generated } from '../generate.ts'
import { packageRoot } from '../package.ts'

it.each([...generated()])('%s is not stale', (path, text) => {
  expect(readFileSync(new URL(path, packageRoot), 'utf8'), 'run `npm run generate`').toBe(text)
})
