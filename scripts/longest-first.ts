/** Starts one project after another, and its longest files first: all workers end together. */
import { existsSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Longest first. Others follow in vitest's order. */
const LONGEST = `
  test/schemas/schemas.test.ts test/run.test.ts test/docs.test.ts test/check.test.ts test/paste-back.test.ts
  collector/main.test.ts test/shop-gate.test.ts test/why.test.ts collector/receive/bombs.test.ts
  collector/ingest/durability.test.ts collector/ingest/load.test.ts test/live/dashboard.test.ts
  test/trace-large.test.ts test/package.test.ts test/up.test.ts test/demo.test.ts test/schemas/ties.test.ts
  collector/ingest/power-cut.test.ts test/schemas/printed.test.ts collector/clickhouse/check/functions.test.ts
  server/main.test.ts collector/clickhouse/event-loop.test.ts test/generated.test.ts test/live/watch.test.ts
  test/escapes.test.ts test/lifetime.test.ts test/trace.test.ts test/why-traps.test.ts test/recorded.test.ts
  collector/clickhouse/server.test.ts collector/receive/too-large.test.ts server/traffic/main.test.ts
`.match(/\S+/g)!

const missing = LONGEST.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))
if (missing.length > 0) throw new Error(`no test file: ${missing.join(', ')}`)

export class LongestFirst extends BaseSequencer {
  /** A process goes on with the next file only if that is of the same project. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = this.ctx.projects.map(({ name }) => name)
    const rank = ({ moduleId, project }: TestSpecification) => {
      const at = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`))
      return projects.indexOf(project.name) * 1000 + (at < 0 ? LONGEST.length : at)
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
