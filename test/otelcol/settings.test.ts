/** Settings of a real Collector's OTLP exporters, against our receiver. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Collector, start } from '../../collector/main.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { BUILT, freePort, otelcol, pipeline, sendSpans, startOtelcol } from './otelcol.ts'
import { sampling } from './sampling.ts'

const binary = await otelcol()
const folder = temporaryFolder()
let collector: Collector

beforeEach(async () => {
  if (binary) collector = await open('store')
})
afterEach(() => collector?.stop())
afterAll(() => folder.remove())

const open = (name: string, ports: [http: number, grpc: number] = [0, 0], more: object = {}) =>
  start({
    ...more,
    dataDir: join(folder.path, name),
    otlpHttpPort: ports[0],
    otlpGrpcPort: ports[1],
    clickhousePort: 0,
  })

/** The rows of a statement, as TSV. */
async function ask(sql: string): Promise<string> {
  const answer = await fetch(`${collector.addresses.clickhouse}/?query=${encodeURIComponent(sql)}`)
  return (await answer.text()).trim()
}

const HTTP = ['none', 'gzip', 'zstd', 'snappy', 'zlib', 'deflate', 'lz4', 'x-snappy-framed']
const GRPC = ['none', 'gzip', 'zstd', 'snappy']

describe.skipIf(!binary)(`a real Collector (${BUILT})`, () => {
  it('sends each span once in every encoding and compression', async () => {
    const [port, { otlpHttp, otlpGrpc }] = [await freePort(), collector.addresses]
    const over = (encoding: string) =>
      HTTP.map((compression) => [
        `otlp_http/${encoding}_${compression}`,
        { endpoint: otlpHttp, encoding, compression },
      ])
    const grpc = GRPC.map((compression) => [
      `otlp_grpc/${compression}`,
      { endpoint: otlpGrpc, compression, tls: { insecure: true } },
    ])
    const exporters = Object.fromEntries([...over('proto'), ...over('json'), ...grpc])
    const running = await startOtelcol(binary!, pipeline(port, exporters), folder.path)
    await sendSpans(port, 'each', 100)
    const count = () =>
      ask("SELECT count(), uniqExact(SpanId) FROM otel_traces WHERE ServiceName = 'each'")
    await expect.poll(count).toBe(`${100 * Object.keys(exporters).length}\t100`)
    expect(await running.stop()).toBe(0)
    expect(running.log()).not.toMatch(/Exporting failed|error/)
  })

  it.each(['otlp_http', 'otlp_grpc'])(
    'keeps a queue on disk over refusals and restarts, its own too: %s',
    async (kind) => {
      const ports: [number, number] = [await freePort(), await freePort()]
      const queue = join(folder.path, `queue-${kind}`)
      mkdirSync(queue)
      const exporter = {
        endpoint: `http://127.0.0.1:${ports[kind === 'otlp_http' ? 0 : 1]}`,
        tls: { insecure: true },
        sending_queue: { storage: 'file_storage' },
        retry_on_failure: { initial_interval: '50ms', max_interval: '200ms', max_elapsed_time: 0 },
      }
      const port = await freePort()
      const config = pipeline(
        port,
        { [kind]: exporter },
        { extensions: { file_storage: { directory: queue } } },
      )
      const stored = () =>
        ask(
          `SELECT count(), uniqExact(ServiceName), uniqExact(ServiceName, SpanId) FROM otel_traces WHERE startsWith(ServiceName, '${kind}')`,
        )
      // One engine in a process.
      const restart = async (more: object = {}) => {
        await collector.stop()
        collector = await open('store', ports, more)
      }
      let sent = 0
      const sendSome = async (count: number) => {
        for (let i = 0; i < count; i++) await sendSpans(port, `${kind} ${sent++}`, 10)
      }
      let running = await startOtelcol(binary!, config, folder.path)
      // There is no room for a request.
      await restart({ spoolLimit: 1 })
      await sendSome(5)
      await expect.poll(running.log).toContain('the spool is full')
      // As it is asked to, and not after 50 ms.
      expect(running.log()).toMatch(/Will retry the request after interval.*"interval": ?"2s"/)
      await restart()
      await expect.poll(stored).toBe('50\t5\t50')
      await Promise.all([sendSome(10), collector.stop()])
      await sendSome(5)
      await running.stop('SIGKILL')
      running = await startOtelcol(binary!, config, folder.path)
      await restart()
      await expect.poll(stored).toBe('200\t20\t200')
      expect(await running.stop()).toBe(0)
      expect(await stored()).toBe('200\t20\t200')
    },
  )

  it('samples in both modes, and the counts stand for all spans', async () => {
    const modes = { hash_seed: await freePort(), proportional: await freePort() }
    const config = sampling(modes, { endpoint: collector.addresses.otlpHttp })
    const running = await startOtelcol(binary!, config, folder.path)
    for (const [mode, port] of Object.entries(modes)) await sendSpans(port, mode, 1000)
    expect(await running.stop()).toBe(0)
    const count = () =>
      ask(
        "SELECT uniqExact(ServiceName) FROM otel_traces WHERE ServiceName IN ('hash_seed', 'proportional')",
      )
    await expect.poll(count).toBe('2')
    for (const mode of Object.keys(modes)) {
      const url = ['--url', collector.addresses.clickhouse]
      const args = ['services', '--service', mode, '--json', ...url]
      const [row] = JSON.parse((await runHere(args)).stdout)
      expect(row.requests).toBeGreaterThan(880)
      expect(row.requests).toBeLessThan(1120)
      const [plain] = JSON.parse((await runHere([...args, '--no-weight'])).stdout)
      expect(row.requests).toBe(4 * plain.requests)
    }
  })
})
