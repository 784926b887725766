/** An engine of a test file, filled anew for a second try. */
import { afterAll, beforeAll } from 'vitest'
import { type Engine, openEngine } from '../collector/engine/engine.ts'
import { temporaryFolder } from './folder.ts'
import { beforeSecondTry } from './second-try.ts'

/**
 * Opens the engine before the file's tests, and closes it after them.
 * @param fill gets it without the database `otel`, before the first test and each second try
 * @returns the folder of its files
 */
export function filledEngine(fill: (engine: Engine) => Promise<void>): string {
  const folder = temporaryFolder()
  let engine: Engine | undefined
  const refill = async () => {
    engine ??= await openEngine(folder.path)
    await engine.run('DROP DATABASE IF EXISTS otel SYNC')
    await fill(engine)
  }
  beforeAll(refill)
  beforeSecondTry(refill)
  afterAll(async () => {
    await engine?.close()
    folder.remove()
  })
  return folder.path
}
