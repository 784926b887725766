/**
 * Records what a real Collector's ClickHouse exporter sends, and what its sampler keeps.
 *
 * `OTRACE_LONG=1 npx tsx test/otelcol/record.ts`, where Go is.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { temporaryFolder } from '../folder.ts'
import { startEngine } from '../schemas/engine.ts'
import { exporting, send, signalsOf } from './exporting.ts'
import { freePort, otelcol, sendSpans, startOtelcol } from './otelcol.ts'
import { MODES, sampling } from './sampling.ts'
import { serveWriter } from './writer.ts'

const binary = await otelcol()
if (!binary) throw new Error('there is no Collector')
const folder = temporaryFolder()
const session = await startEngine(folder.path)
const writer = await serveWriter(folder.path)
const port = await freePort()
const collector = await startOtelcol(binary, exporting(port, writer.url, 'otel'), folder.path)
await send(signalsOf(), `http://127.0.0.1:${port}`)
// It sends what it holds before it ends.
await collector.stop()
writer.stop()
session.close()
if (writer.errors.length > 0) throw new Error(writer.errors.join('\n'))
const file = new URL('recorded.json.gz', import.meta.url)
writeFileSync(file, gzipSync(JSON.stringify(writer.heard), { level: 9 }))

// What the sampler lets through, as JSON.
const sampled: Record<string, string> = {}
const sink = createServer(async (request, response) => {
  const body = (await buffer(request)).toString()
  sampled[MODES.find((mode) => body.includes(`"${mode}"`))!] = body
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}).listen(0, '127.0.0.1')
await new Promise((resolve) => sink.once('listening', resolve))
const ports = { hash_seed: await freePort(), proportional: await freePort() }
const endpoint = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`
const config = sampling(ports, { endpoint, encoding: 'json', compression: 'none' })
const sampler = await startOtelcol(binary, config, folder.path)
for (const mode of MODES) await sendSpans(ports[mode], mode, 1000)
await sampler.stop()
sink.close()
folder.remove()
writeFileSync(
  new URL('sampled.json.gz', import.meta.url),
  gzipSync(JSON.stringify(sampled), { level: 9 }),
)
process.stdout.write(`${writer.heard.length} requests\n`)
