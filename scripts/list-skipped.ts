/** A vitest reporter that names each skipped test at the end of a run. */
import type { Reporter } from 'vitest/node'

export function listSkipped(): Reporter {
  return {
    onTestRunEnd(modules) {
      // A filter by name skips the other tests on purpose.
      if (process.argv.includes('-t')) return
      const skipped = modules.flatMap((module) =>
        [...module.children.allTests('skipped')].map((test) => {
          const result = test.result()
          const reason = result.state === 'skipped' && result.note ? ` (${result.note})` : ''
          return `  ${module.relativeModuleId} > ${test.fullName}${reason}`
        }),
      )
      if (skipped.length === 0) return
      process.stdout.write(`\nskipped: ${skipped.length}\n${skipped.join('\n')}\n`)
    },
  }
}
