/** A data directory whose collector asks each statement of another one once. */
import { afterAll, beforeAll } from 'vitest'
import { removeAddressFile, writeAddressFile } from '../collector/address-file.ts'
import type { Collector } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { remembering } from './remembering.ts'

/**
 * For tests of a store that no longer changes: every command asks for the columns of the spans table, and these take a
 * third of a short query.
 * @param addresses of the collector, which an earlier `beforeAll` starts
 */
export function rememberingStore(addresses: () => Collector['addresses']) {
  const folder = temporaryFolder()
  let answers: Awaited<ReturnType<typeof remembering>>
  beforeAll(async () => {
    const { clickhouse, otlpHttp = '' } = addresses()
    answers = await remembering(clickhouse)
    const startedAt = new Date().toISOString()
    const own = { clickhouse: answers.url, otlpHttp, startedAt, version: '' }
    writeAddressFile(folder.path, { pid: process.pid, ...own })
  })
  afterAll(() => {
    removeAddressFile(folder.path)
    answers?.stop()
    folder.remove()
  })
  return { dataDir: folder.path, url: () => answers.url, asked: () => answers.asked() }
}
