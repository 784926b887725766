import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // One data directory belongs to one process, so every test file gets its own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    env: { TZ: 'UTC', NO_COLOR: '', FORCE_COLOR: '' },
  },
})
