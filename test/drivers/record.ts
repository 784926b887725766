/**
 * Records the drivers' exchanges: `npx tsx test/drivers/record.ts`.
 *
 * It runs clickhouse-go, clickhouse-connect and the JDBC driver: OTRACE_TEST_JDBC is the class path of the last.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { start } from '../../collector/main.ts'
import { removeFolder } from '../folder.ts'
import { DRIVERS, drive, STATEMENTS } from './drivers.ts'
import { type Exchange, isOfVersion, repeat, sha256, statementOf } from './exchange.ts'
import { fillStore } from './rows.ts'

/** The others are Node's, or change nothing. */
const KEPT = /^(?:authorization|content-type|accept-encoding|x-clickhouse-.*|user-agent)$/

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-record-'))
const collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
await fillStore(collector)
const recorded = new Map<string, Exchange>()
let driver = ''
const proxy = createServer(async (request, response) => {
  const body = (await buffer(request)).toString()
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => KEPT.test(name)),
  ) as Record<string, string>
  const asked = { method: request.method ?? '', path: request.url ?? '', headers, body }
  const { status, headers: answered, bytes } = await repeat(collector.addresses.clickhouse, asked)
  const {
    'content-encoding': _,
    'content-length': __,
    'transfer-encoding': ___,
    ...rest
  } = answered
  response.writeHead(status, { ...rest, 'content-length': bytes.length })
  response.end(bytes)
  // Ids differ between runs and change nothing.
  const path = asked.path.replace(/([?&](?:query_id|session_id)=)[^&]*/g, '$1')
  const kept = isOfVersion(asked) ? {} : { sha256: sha256(bytes) }
  const key = `${driver} ${path} ${body}`
  if (!recorded.has(key)) recorded.set(key, { driver, ...asked, path, status, ...kept })
}).listen(0, '127.0.0.1')
await new Promise((resolve) => proxy.once('listening', resolve))
for (const name of DRIVERS) {
  driver = name
  const lines = await drive(name, (proxy.address() as AddressInfo).port)
  process.stdout.write(`${name}\n${lines.join('\n')}\n`)
  for (const exchange of recorded.values()) {
    const at = STATEMENTS.indexOf(statementOf(exchange))
    if (exchange.driver === name && at >= 0) exchange.read = lines[at] ?? ''
  }
}
proxy.close()
await collector.stop()
removeFolder(dataDir)
const file = new URL('recorded.json', import.meta.url)
writeFileSync(file, `${JSON.stringify([...recorded.values()], null, 2)}\n`)
