/** One recorded minute of the shop's telemetry, for reproducible documentation. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { driveTraffic, startShop } from '../cli/commands/shop/process.ts'
import { type Collector, start } from '../collector/main.ts'

const file = new URL('recording.otlp.gz', import.meta.url)

/** When the recording ends, for OTRACE_NOW. */
export const RECORDED_UNTIL = '2026-11-22T16:11:20Z'

/** Starts a collector on an empty data directory, and sends it the recording. */
export async function startRecorded(dataDir: string): Promise<Collector> {
  const collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
  // As one: 107 requests take seconds of CPU time to store.
  const response = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(Buffer.concat([...recordedRequests()])),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  await allStored(collector)
  return collector
}

/** Waits until every received span can be queried. */
export async function allStored(collector: Collector): Promise<void> {
  const left = () => collector.status().traces.received - collector.status().traces.stored
  while (left() > 0) await sleep(20)
}

/** OTLP requests for traces, in protobuf. */
export function* recordedRequests(): Generator<Buffer> {
  const bytes = gunzipSync(readFileSync(file))
  // Each follows its length: 4 bytes, big endian.
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    yield bytes.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
}

/** Records again: `npx tsx test/recording.ts`. Then set RECORDED_UNTIL by hand. */
async function record(): Promise<void> {
  const parts: Buffer[] = []
  const receiver = createServer(async (request, response) => {
    const body = await readAll(request)
    if (request.url === '/v1/traces') {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(body.length)
      parts.push(length, body)
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()))
  const otlp = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const shop = await startShop(otlp, 0, 'slow-disk')
  const pace = { seconds: 60, rate: 4, seed: 1 }
  const traffic = await driveTraffic(shop, otlp, pace, new AbortController().signal, () => {})
  await shop.stop()
  receiver.close()
  writeFileSync(file, gzipSync(Buffer.concat(parts), { level: 9 }))
  process.stdout.write(`${traffic.answered} requests until ${traffic.ended}\n`)
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await record()
