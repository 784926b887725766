/** Records what the ClickHouse exporter of a real Collector sends: `OTRACE_LONG=1 npx tsx test/otelcol/record.ts`. */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { temporaryFolder } from '../folder.ts'
import { startEngine } from '../schemas/engine.ts'
import { exporting, send, signalsOf } from './exporting.ts'
import { freePort, otelcol, startOtelcol } from './otelcol.ts'
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
folder.remove()
if (writer.errors.length > 0) throw new Error(writer.errors.join('\n'))
const file = new URL('recorded.json.gz', import.meta.url)
writeFileSync(file, gzipSync(JSON.stringify(writer.heard), { level: 9 }))
process.stdout.write(`${writer.heard.length} requests\n`)
