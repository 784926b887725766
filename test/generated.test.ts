/** What `npm run generate` writes is what is committed: the README's outputs are real, its catalogue and the dashboard whole. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { generated } from '../generate.ts'
import { packageRoot } from '../package.ts'

it('is not stale', async () => {
  for (const [path, text] of await generated()) {
    const committed = readFileSync(new URL(path, packageRoot), 'utf8')
    expect(committed, `${path} is stale: run \`npm run generate\``).toBe(text)
  }
}, 60_000)
