/** Requests of a real OpenTelemetry Collector, in each encoding and compression. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'

interface Recorded {
  name: string
  headers: Record<string, string>
  /** base64 */
  body: string
}

const recorded: Recorded[] = JSON.parse(
  readFileSync(new URL('recorded-collector.json', import.meta.url), 'utf8'),
)
const dataDir = mkdtempSync(join(tmpdir(), 'otrace-exporter-'))
let collector: Collector
/** Requests that were answered. */
let taken = 0

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector?.stop()
  removeFolder(dataDir)
})

it.each(recorded)('takes $name, and answers in the same encoding', async ({ headers, body }) => {
  const answer = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(body, 'base64')),
  })
  expect(answer.status).toBe(200)
  taken++
  expect(answer.headers.get('content-type')).toContain(headers['content-type'])
})

it('stores the same span from all of them', async () => {
  expect(recorded).toHaveLength(14)
  const sql = `SELECT count() AS n, any(SpanName), any(Duration), any(SpanAttributes['k'])
    FROM otel_traces GROUP BY SpanName, Duration, SpanAttributes, ResourceAttributes FORMAT CSV`
  const url = `${collector.addresses.clickhouse}/?query=${encodeURIComponent(sql)}`
  const ask = async () => (await (await fetch(url)).text()).trim()
  await expect.poll(ask).toBe(`${taken},"GET /a",500000000,"7"`)
})
