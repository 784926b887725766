/** The local store of a collector that starts at the same time. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { writeAddressFile } from '../../collector/address-file.ts'
import { temporaryFolder } from '../../test/folder.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { openDirectory } from './local.ts'

const folder = temporaryFolder()
afterAll(folder.remove)

it('waits for a collector whose directory is not there yet', async () => {
  const dataDir = join(folder.path, 'data')
  const engine = join(dataDir, 'clickhouse')
  const opening = openDirectory(dataDir, { limits: DEFAULT_LIMITS })
  await sleep(60)
  mkdirSync(engine, { recursive: true })
  // Another process that lives.
  writeFileSync(join(engine, 'otrace.lock'), String(process.ppid))
  const addresses = { clickhouse: 'http://127.0.0.1:1', otlpHttp: 'http://127.0.0.1:2' }
  const about = { pid: process.pid, startedAt: '2026-11-22T16:00:00Z', version: '0' }
  await sleep(60)
  writeAddressFile(dataDir, { ...addresses, ...about })
  const store = await opening
  expect(store.place).toBe('http://127.0.0.1:1')
  await store.close()
})
