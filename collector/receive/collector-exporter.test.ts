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

const open = (name: string, more: object = {}) =>
  start({
    ...{ dataDir: join(dataDir, name), otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 },
    ...more,
  })

beforeAll(async () => {
  collector = await open('store')
})
afterAll(async () => {
  await collector?.stop()
  removeFolder(dataDir)
})

const send = ({ headers, body }: Recorded) =>
  fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(body, 'base64')),
  })

async function ask(sql: string): Promise<string> {
  const url = `${collector.addresses.clickhouse}/?query=${encodeURIComponent(sql)}`
  return (await (await fetch(url)).text()).trim()
}

it.each(recorded)('takes $name, and answers in the same encoding', async (request) => {
  const { headers } = request
  const answer = await send(request)
  expect(answer.status).toBe(200)
  taken++
  expect(answer.headers.get('content-type')).toContain(headers['content-type'])
})

it('stores the same span from all of them', async () => {
  expect(recorded).toHaveLength(14)
  const sql = `SELECT count() AS n, any(SpanName), any(Duration), any(SpanAttributes['k'])
    FROM otel_traces GROUP BY SpanName, Duration, SpanAttributes, ResourceAttributes FORMAT CSV`
  await expect.poll(() => ask(sql)).toBe(`${taken},"GET /a",500000000,"7"`)
})

// Its retry_on_failure sends the same bytes again, after the seconds of Retry-After.
it('names a time for what it has no room for, and takes it once then, after a restart too', async () => {
  const each = recorded.filter(({ name }) => /^(?:proto-zstd|json-gzip)$/.test(name))
  const restart = async (more: object) => {
    await collector.stop()
    collector = await open('full', more)
  }
  await restart({ spoolLimit: 1 })
  for (const request of each) {
    const answer = await send(request)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d?$/)
    expect(answer.headers.get('content-type')).toContain(request.headers['content-type'])
  }
  await restart({})
  for (const request of each) expect((await send(request)).status).toBe(200)
  const count = () => ask('SELECT count() FROM otel_traces')
  await expect.poll(count).toBe(`${each.length}`)
})
