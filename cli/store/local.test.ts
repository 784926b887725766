/** The local store of a collector that starts at the same time, and of one that runs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { writeAddressFile } from '../../collector/address-file.ts'
import { readColumns } from '../../collector/kept-columns.ts'
import { temporaryFolder } from '../../test/folder.ts'
import { readSchemas, readSql } from '../query/files.ts'
import type { Row } from '../result.ts'
import { readAll, type Store } from './client.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { openCollector, openDirectory } from './local.ts'
import { findSpansTable } from './spans-table.ts'

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
  // What a running collector found is said to each command.
  writeAddressFile(dataDir, { ...addresses, ...about, brokenParts: 2 })
  const said: string[] = []
  await (
    await openDirectory(dataDir, { limits: DEFAULT_LIMITS }, (text) => said.push(text))
  ).close()
  expect(said).toEqual(['2 broken parts are detached, and spans are missing: see otrace doctor'])
})

it('knows the columns of a running collector without asking for them', async () => {
  const dataDir = join(folder.path, 'running')
  const collector = await openCollector(dataDir)
  const store = await openDirectory(dataDir, { limits: DEFAULT_LIMITS })
  const columnsSql = readSql('internal/store/columns.sql')
  const sqls: string[] = []
  const ask: Store['ask'] = (query, options) => {
    sqls.push(query.sql)
    return store.ask(query, options)
  }
  const find = async () => {
    const facts = {
      sql: readSql('internal/store/facts.sql'),
      params: { from: '2026-11-01 00:00:00', to: '2026-11-02 00:00:00', services: [] },
    }
    const counted = Object.create(store, { ask: { value: ask } })
    const connection = { dataDir, limits: DEFAULT_LIMITS }
    return await findSpansTable(counted, connection, readSchemas, columnsSql, facts)
  }
  const asked = await store.ask({ sql: columnsSql, params: { database: '' } })
  const inOrder = (rows: Row[] = []) => rows.map((row) => JSON.stringify(row)).sort()
  expect(inOrder(store.columns?.())).toEqual(inOrder(await readAll(asked.batches)))
  const known = await find()
  expect(known.schema.name).toBe('otrace')
  expect(sqls.join()).not.toContain('system.columns')
  // Tables of another version, which asks.
  const [mark, kept] = ['tables-made', 'columns.json'].map(
    (name) => `${dataDir}/clickhouse/${name}`,
  )
  const made = readFileSync(mark!, 'utf8')
  writeFileSync(mark!, '{}')
  expect(await find()).toEqual(known)
  expect(sqls.join()).toContain('system.columns')
  const ofServer = (rows?: Row[]) => rows?.find(({ what }) => what === 'version')?.name
  await store.close()
  await collector.stop()
  // Those of an earlier version of the engine are asked for again.
  const rows = JSON.parse(readFileSync(kept!, 'utf8')).rows
  const version = String(ofServer(rows))
  writeFileSync(mark!, made.replace(version, '1.2.3.4'))
  writeFileSync(kept!, readFileSync(kept!, 'utf8').replaceAll(version, '1.2.3.4'))
  await (await openCollector(dataDir)).stop()
  expect(ofServer(readColumns(dataDir))).toBe(version)
})
