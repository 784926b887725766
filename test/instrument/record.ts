/**
 * Records what the programs of docs/instrument.md send: `npx tsx test/instrument/record.ts`.
 *
 * They are installed below /srv/checkout, a path that tells nothing about the machine.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type AuditLine, LANGUAGES, runProgram } from './programs.ts'

const RESOURCES = 'io.opentelemetry.instrumentation.resources'
/** Nothing about the machine in the resource. */
const NAMELESS = {
  OTEL_NODE_RESOURCE_DETECTORS: 'env',
  OTEL_JAVA_DISABLED_RESOURCE_PROVIDERS: ['Host', 'HostId', 'Os', 'Process', 'ProcessRuntime']
    .map((name) => `${RESOURCES}.${name}ResourceProvider`)
    .join(','),
}

const recorded: Record<string, { audit: AuditLine[]; until: string; requests: string[] }> = {}
let requests: string[] = []
const receiver = createServer(async (request, response) => {
  const body = await buffer(request)
  if (request.url === '/v1/traces') requests.push(body.toString('base64'))
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
}).listen(0, '127.0.0.1')
await new Promise((resolve) => receiver.once('listening', resolve))
const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
for (const language of LANGUAGES) {
  requests = []
  const audit = await runProgram(language, `/srv/checkout/${language}`, endpoint, NAMELESS)
  recorded[language] = { audit, until: new Date().toISOString(), requests }
  process.stdout.write(`${language}: ${requests.length} requests\n`)
}
receiver.close()
const file = new URL('recorded.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(recorded, null, 1)}\n`)
