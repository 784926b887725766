/** Tests: one process a file, three at a time. */
import { defineConfig } from 'vitest/config'
import { listSkippedAndRetried } from './scripts/list-skipped-and-retried.ts'
import { LongestFirst } from './scripts/longest-first.ts'

export default defineConfig({
  test: {
    // Two processes cannot open one data directory, so every test file gets its own process.
    pool: 'forks',
    // More than the two cores that CI has, because tests often wait.
    maxWorkers: 3,
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
