/** Tests: files share processes by what they start, and few have their own. */
import { configDefaults, defineConfig } from 'vitest/config'
import { listSkippedAndRetried } from './scripts/list-skipped-and-retried.ts'
import { LongestFirst } from './scripts/longest-first.ts'

/**
 * In the order of their start. A process that many files share loads the program once: one of its own costs a file
 * 0.4 s of CPU, and its imports as much. Within one, an engine may start after another has ended.
 */
const PROJECTS = {
  // They change the environment of their process, or take long: what one leaves behind harms no other.
  alone: ['**/*.test.ts'],
  // An engine reads its time zone once: here it is not UTC.
  schemas: [
    'test/{schemas,grafana}/*.test.ts',
    'test/{copy,project-queries}.test.ts',
    'test/otelcol/exporter.test.ts',
  ],
  // An engine each, of which a process has one at a time.
  engines: [
    'collector/**/*.test.ts',
    'test/{attributes-elsewhere,attributes-of-hours,check,compared,completion,diff,escapes}.test.ts',
    'test/{facts,failures,hours,long-texts,query-files,recorded,refusals,repeats}.test.ts',
    'test/{flame,passwords,trace,trace-large,wait,why,why-traps}.test.ts',
    'test/live/{map,percentile,tail}.test.ts',
  ],
  // They start no engine, and change nothing of their process.
  units: [
    'cli/**/*.test.ts',
    'compose/{,ci/}{ci,compose,loader,ports}.test.ts',
    'server/{clock,password,database/*,telemetry/semconv,traffic/{errands,tally}}.test.ts',
    'test/golden/**/*.test.ts',
    'test/{blocks,ci,contributing,dependencies,flame-page,layers,odd-files,page-layout,page-moves,pages,scale}.test.ts',
  ],
}
const { alone: _, ...shared } = PROJECTS

export default defineConfig({
  test: {
    pool: 'forks',
    projects: Object.entries(PROJECTS).map(([name, include]) => ({
      extends: true as const,
      test: {
        name,
        include,
        exclude: [
          ...configDefaults.exclude,
          ...(name === 'alone' ? Object.values(shared).flat() : []),
        ],
        isolate: name === 'alone',
      },
    })),
    // More than the two cores that CI has, because tests often wait.
    maxWorkers: 6,
    // A second try must not hide a test that fails at times: the end of the run names it.
    retry: process.env.CI ? 1 : 0,
    // Safety nets: a test waits by evidence.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 50 } },
    sequence: { sequencer: LongestFirst },
    env: {
      ...{ TZ: 'UTC', NO_COLOR: '', FORCE_COLOR: '' },
      // Node reads these certificates at each start, which takes 70 ms of CPU: for npm alone.
      NODE_EXTRA_CA_CERTS: '',
      NPM_CERTIFICATES: process.env.NODE_EXTRA_CA_CERTS ?? '',
    },
    reporters: ['default', listSkippedAndRetried()],
  },
})
