/** A vitest reporter that names skipped tests, and those that passed only when retried. */
import type { Reporter, TestCase } from 'vitest/node'

export function listSkippedAndRetried(): Reporter {
  return {
    onTestRunEnd(modules) {
      const tests = modules.flatMap((module) => [...module.children.allTests()])
      const passed = tests.filter((test) => test.result().state === 'passed')
      list(
        'passed only when retried, to be fixed',
        passed.filter((test) => test.diagnostic()?.flaky),
        (test) => test.result().errors?.[0]?.message.split('\n')[0],
      )
      // A filter by name skips the other tests on purpose.
      if (process.argv.includes('-t')) return
      list(
        'skipped',
        tests.filter((test) => test.result().state === 'skipped'),
        (test) => {
          const result = test.result()
          return result.state === 'skipped' ? result.note : undefined
        },
      )
    },
  }
}

/** Prints how many tests there are, and a line for each. */
function list(
  what: string,
  tests: readonly TestCase[],
  reasonOf: (test: TestCase) => string | undefined,
): void {
  if (tests.length === 0) return
  const lines = tests.map((test) => {
    const reason = reasonOf(test)
    return `  ${test.module.relativeModuleId} > ${test.fullName}${reason ? ` (${reason})` : ''}`
  })
  process.stdout.write(`\n${what}: ${tests.length}\n${lines.join('\n')}\n`)
}
