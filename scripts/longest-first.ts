/** Starts the longest test files first, so that all workers end together. */
import { existsSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Longest first. Others follow in vitest's order. */
const LONGEST = `
  test/schemas/schemas.test.ts test/docs.test.ts test/run.test.ts test/shop-gate.test.ts test/check.test.ts
  test/schemas/printed.test.ts test/demo.test.ts test/package.test.ts server/traffic/main.test.ts server/main.test.ts
  test/trace-large.test.ts collector/receive/too-large.test.ts test/live/watch.test.ts test/lifetime.test.ts
  test/schemas/attributes.test.ts test/schemas/ties.test.ts test/schemas/lookup.test.ts collector/main.test.ts
`.match(/\S+/g)!

const missing = LONGEST.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))
if (missing.length > 0) throw new Error(`no test file: ${missing.join(', ')}`)

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`))
      return at < 0 ? LONGEST.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
