/** Second tries of tests that change their store. */
import { beforeEach } from 'vitest'

/** Prepares a second try of each test of a file, which otherwise meets what the first has changed. */
export function beforeSecondTry(prepare: () => unknown): void {
  beforeEach(async ({ task }) => {
    if (task.result?.retryCount) await prepare()
  })
}
