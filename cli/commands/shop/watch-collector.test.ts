/** A collector that comes, goes and comes back. */
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { writeAddressFile } from '../../../collector/address-file.ts'
import { temporaryFolder } from '../../../test/folder.ts'
import { hostApart } from '../../../test/listening.ts'
import { awaitCollector, watchCollector } from './watch-collector.ts'

const folder = temporaryFolder()
afterAll(folder.remove)

it('waits for a collector that holds its store until it listens', async () => {
  const engine = join(folder.path, 'clickhouse')
  mkdirSync(engine)
  // Another process that lives.
  writeFileSync(join(engine, 'otrace.lock'), String(process.ppid))
  const said: string[] = []
  const found = awaitCollector(
    folder.path,
    (text) => {
      said.push(text)
      const addresses = { clickhouse: 'http://127.0.0.1:1', otlpHttp: 'http://127.0.0.1:2' }
      const about = { pid: process.pid, startedAt: '2026-11-22T16:00:00Z', version: '0' }
      writeAddressFile(folder.path, { ...addresses, ...about })
    },
    new AbortController().signal,
  )
  expect(await found).toBe('http://127.0.0.1:2')
  expect(said).toEqual(['waiting for the collector to start…'])
})

it('says once that the collector is gone, and that it is back', async () => {
  const listening = async (port: number) => {
    const server = createServer((socket) => socket.destroy()).listen(port, hostApart)
    await once(server, 'listening')
    return server
  }
  const first = await listening(0)
  const { port } = first.address() as AddressInfo
  const stop = new AbortController()
  const said: string[] = []
  const url = `http://${hostApart}:${port}`
  const watching = watchCollector(url, (text) => said.push(text), stop.signal, 5)
  await new Promise((closed) => first.close(closed))
  await expect.poll(() => said).toEqual([expect.stringContaining(`${url} does not answer`)])
  const second = await listening(port)
  await expect.poll(() => said.slice(1)).toEqual([`${url} answers again`])
  stop.abort()
  await watching
  second.close()
})
