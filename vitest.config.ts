/** Tests: units share processes, and every other file has its own. */
import { configDefaults, defineConfig } from 'vitest/config'
import { listSkippedAndRetried } from './scripts/list-skipped-and-retried.ts'
import { LongestFirst } from './scripts/longest-first.ts'

const UNITS = ['cli/**/*.test.ts', 'test/golden/**/*.test.ts']

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        // They start no engine, and change nothing of their process: a start would take longer than their tests.
        test: { name: 'units', include: UNITS, isolate: false },
      },
      {
        extends: true,
        // An engine has one process, and reads its time zone once.
        test: {
          name: 'stores',
          include: ['**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...UNITS],
        },
      },
    ],
    // More than the two cores that CI has, because tests often wait.
    maxWorkers: 4,
    // A second try must not hide a test that fails at times: the end of the run names it.
    retry: process.env.CI ? 1 : 0,
    // Safety nets: a test waits by evidence.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 50 } },
    sequence: { sequencer: LongestFirst },
    env: { TZ: 'UTC', NO_COLOR: '', FORCE_COLOR: '' },
    reporters: ['default', listSkippedAndRetried()],
  },
})
