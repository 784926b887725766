/** ClickHouse's drivers on the collector's endpoint, recorded and live. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, start } from '../../collector/main.ts'
import { temporaryFolder } from '../folder.ts'
import { DRIVERS, drive } from './drivers.ts'
import { type Exchange, repeat, sha256 } from './exchange.ts'
import { fillStore } from './rows.ts'

const recorded: Exchange[] = JSON.parse(
  readFileSync(new URL('recorded.json', import.meta.url), 'utf8'),
)
const folder = temporaryFolder()
let collector: Collector

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: folder.path, ...ports })
  await fillStore(collector)
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})

describe.each(DRIVERS)('%s', (driver) => {
  const exchanges = recorded.filter((each) => each.driver === driver)

  it('gets the answers that it could read', async () => {
    expect(exchanges.length).toBeGreaterThan(12)
    for (const exchange of exchanges) {
      const { status, bytes } = await repeat(collector.addresses.clickhouse, exchange)
      expect({ status, body: exchange.body }).toEqual({
        status: exchange.status,
        body: exchange.body,
      })
      const found = exchange.sha256 === undefined ? {} : { sha256: sha256(bytes) }
      expect({ ...exchange, ...found }, exchange.body).toEqual(exchange)
      expect(bytes.length > 0 || exchange.body === '').toBe(true)
    }
  })

  // Set OTRACE_TEST_DRIVERS=1 where Go's modules, the Python package and JDBC's classes are installed.
  it.skipIf(!process.env.OTRACE_TEST_DRIVERS)(
    'itself reads every table and type',
    async () => {
      const port = Number(new URL(collector.addresses.clickhouse).port)
      const lines = (await drive(driver, port)).trim().split('\n')
      expect(lines).toEqual([
        expect.stringMatching(/^rows \d+$/),
        ...['rows 2', 'rows 1', 'rows 1', 'rows 1', 'rows 1', 'rows 1'],
        ...['rows 1', 'rows 1', 'rows 1000'],
        ...['error 47', 'error 62', 'error 164', 'error 395'],
      ])
    },
    120_000,
  )
})

describe('errors have the codes of ClickHouse', () => {
  it.each([
    ['hello there', 62, 400],
    ["INSERT INTO otel_logs (Body) VALUES ('x')", 164, 400],
    ['DROP TABLE otel_logs', 164, 400],
    ['SELECT missing', 47, 404],
    ['SELECT 1 FROM missing', 60, 404],
  ])('%s: %s', async (body, code, status) => {
    const asked = { method: 'POST', path: '/', headers: {}, body }
    const plain = await repeat(collector.addresses.clickhouse, asked)
    expect(plain.status).toBe(status)
    expect(plain.headers['x-clickhouse-exception-code']).toBe(String(code))
    expect(plain.bytes.toString()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: `))
    const framed = await repeat(collector.addresses.clickhouse, { ...asked, path: '/?compress=1' })
    // After a checksum: LZ4, and both sizes.
    expect(framed.bytes[16]).toBe(0x82)
    expect(framed.bytes.readUInt32LE(17)).toBe(framed.bytes.length - 16)
    expect(framed.bytes.readUInt32LE(21)).toBe(plain.bytes.length)
  })
})
