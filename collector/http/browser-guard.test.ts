/** Requests that browsers send to loopback listeners. */
import { mkdtempSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-guard-'))
const OURS = 'http://ours.example'
let collector: Collector

beforeAll(async () => {
  collector = await start({
    dataDir: folder,
    otlpHttpPort: 0,
    clickhousePort: 0,
    corsOrigins: [OURS],
  })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(folder)
})

test.each([
  [{}, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'cross-site', origin: OURS }, true],
  [{ host: 'localhost' }, true],
  [{ host: '[::1]:8123' }, true],
  [{ host: 'host.docker.internal:4318' }, true],
  [{ host: 'host.containers.internal' }, true],
  [{ host: 'host.docker.internal.theirs.example' }, false],
  [{ host: 'theirs.example' }, false],
  [{ host: '127.0.0.1.theirs.example' }, false],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://theirs.example' }, false],
])('both listeners look at where a browser comes from: %j', async (headers, allowed) => {
  const { clickhouse, otlpHttp } = collector.addresses
  const answers = [
    await send(`${clickhouse}/?query=SELECT%201`, 'GET', headers),
    await send(`${otlpHttp}/v1/traces`, 'POST', {
      ...headers,
      'content-type': 'application/x-protobuf',
    }),
  ]
  const status = allowed ? 200 : 403
  expect(answers).toEqual(answers.map(() => ({ status, sniffing: 'nosniff' })))
})

/** fetch() sets these headers by itself. */
function send(url: string, method: string, headers: Record<string, string>) {
  return new Promise<{ status: number; sniffing: unknown }>((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      answer.resume()
      resolve({
        status: answer.statusCode!,
        sniffing: answer.headers['x-content-type-options'],
      })
    })
    sent.on('error', reject).end()
  })
}
