/** A collector for the tests of a file: started before them, stopped after them. */
import { join } from 'node:path'
import { afterAll, beforeAll, TestRunner } from 'vitest'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'

export function runningCollector() {
  const folder = temporaryFolder()
  const dataDir = join(folder.path, 'store')
  let collector: Collector

  beforeAll(async () => {
    const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
    collector = await start({ dataDir, ...ports })
  })
  afterAll(async () => {
    await collector?.stop()
    folder.remove()
  })

  /** Waits until every received row can be queried. */
  async function stored(signal: 'traces' | 'logs' = 'traces'): Promise<void> {
    const left = () => collector.status()[signal].received - collector.status()[signal].stored
    while (left() > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Sends OTLP as JSON, and waits until it is stored. */
  async function send(body: string, signal: 'traces' | 'logs' = 'traces'): Promise<void> {
    if (isSentBefore()) return
    const headers = { 'content-type': 'application/json' }
    const url = `${collector.addresses.otlpHttp}/v1/${signal}`
    const post = () => fetch(url, { method: 'POST', body, headers })
    let response = await post()
    // Refused on a busy machine: an SDK sends it again, too.
    for (let tries = 1; response.status === 503 && tries < 20; tries++) {
      await response.body?.cancel()
      await new Promise((resolve) => setTimeout(resolve, 1000))
      response = await post()
    }
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    await stored(signal)
  }

  /** Requests of each try of a test. */
  const requests = new Map<string, number>()

  /** Whether the first try of this test has sent the request: the second finds it stored. */
  function isSentBefore(): boolean {
    const test = TestRunner.getCurrentTest()
    if (!test) return false
    const retry = test.result?.retryCount ?? 0
    const nth = (requests.get(`${test.id} ${retry}`) ?? 0) + 1
    requests.set(`${test.id} ${retry}`, nth)
    return retry > 0 && nth <= (requests.get(`${test.id} ${retry - 1}`) ?? 0)
  }

  return { folder: folder.path, dataDir, addresses: () => collector.addresses, send, stored }
}
