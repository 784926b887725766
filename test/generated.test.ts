/** The committed files equal the output of `npm run generate`. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { packageRoot } from '../package.ts'
import { generated } from '../scripts/generate.ts'

it('every generated file is up to date', async () => {
  for (const [path, text] of await generated()) {
    const committed = readFileSync(new URL(path, packageRoot), 'utf8')
    expect(committed, `${path} is stale: run \`npm run generate\``).toBe(text)
  }
})
