/** TLS, client certificates, HTTP/2 without TLS, and a restart. */
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { grpc, hasOpenssl, identityOf, makeCertificates, post } from '../../test/certificates.ts'
import { removeFolder } from '../../test/folder.ts'
import { hostApart } from '../../test/listening.ts'
import {
  BUILT,
  freePort,
  otelcol,
  pipeline,
  sendSpans,
  startOtelcol,
} from '../../test/otelcol/otelcol.ts'
import { readAddressFile } from '../address-file.ts'
import { type Collector, start } from '../main.ts'
import { writeNotices } from '../status.ts'

const binary = await otelcol()
const folder = mkdtempSync(join(tmpdir(), 'otrace-tls-'))
const path = (name: string) => join(folder, name)
const PORTS = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
const SPANS = { resourceSpans: [] }
let mutual: Collector

beforeAll(async () => {
  if (!hasOpenssl) return
  makeCertificates(folder)
  mutual = await start({
    dataDir: path('mutual'),
    ...PORTS,
    tls: { cert: path('server.pem'), key: path('server.key'), clientCa: path('ca.pem') },
  })
})
afterAll(async () => {
  await mutual?.stop()
  removeFolder(folder)
})

const identity = (name?: string) => identityOf(folder, name)

describe.skipIf(!hasOpenssl)('with --tls-client-ca (needs openssl)', () => {
  const urls = () => {
    const { otlpHttp, clickhouse } = mutual.addresses
    return [`${otlpHttp}/v1/traces`, `${clickhouse}/?query=SELECT%201`]
  }

  test('a sender and a reader with a certificate are answered', async () => {
    for (const url of urls()) {
      expect(url).toMatch(/^https:\/\/127/)
      const body = url.includes('traces') ? JSON.stringify(SPANS) : ''
      expect(await post(url, body, identity('sender'))).toBe(200)
    }
    expect(await grpc(mutual.addresses.otlpGrpc!, identity('sender'))).toBe('0')
  })

  test('a connection without a certificate, or with a strange or expired one, is refused', async () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => stderr.mockRestore())
    for (const who of [identity(), identity('stranger'), identity('expired')]) {
      for (const url of urls())
        expect(await post(url, '{}', who)).toMatch(/^(?:ERR_SSL|ECONNRESET|EPIPE)/)
      expect(await grpc(mutual.addresses.otlpGrpc!, who)).not.toBe('0')
    }
    // Of both OTLP ports. Readers see their error themselves.
    await expect.poll(() => mutual.status().rejected.TLS).toBe(6)
    const plain = mutual.addresses.otlpHttp!.replace('https:', 'http:')
    await expect(fetch(`${plain}/v1/traces`, { method: 'POST', body: '{}' })).rejects.toThrow()
    await expect.poll(() => mutual.status().rejected.TLS).toBe(7)
    let refused = 7
    for (const to of [mutual.addresses.otlpHttp!, mutual.addresses.clickhouse]) {
      await grpc(to, identity('sender'))
      await expect.poll(() => mutual.status().rejected.TLS).toBe(++refused)
      // HTTP/2 without TLS.
      connect(Number(new URL(to).port), '127.0.0.1')
        .on('error', () => undefined)
        .end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
      await expect.poll(() => mutual.status().rejected.TLS).toBe(++refused)
    }
    writeNotices()
    const said = stderr.mock.calls.map(([text]) => String(text)).join('')
    expect(said).toContain('another protocol: gRPC and HTTP have a port each')
    expect(said).toContain('no TLS, which this port needs: send to https://')
    expect(said).not.toMatch(/from unknown|error:|wrong version/)
  })

  test.skipIf(!binary)(`a real Collector sends with its certificate (${BUILT})`, async () => {
    const { otlpHttp, otlpGrpc } = mutual.addresses
    const tls = {
      ca_file: path('ca.pem'),
      cert_file: path('sender.pem'),
      key_file: path('sender.key'),
    }
    const port = await freePort()
    const exporters = {
      otlp_http: { endpoint: otlpHttp, tls },
      otlp_grpc: { endpoint: otlpGrpc!.replace('https://', ''), tls },
    }
    const running = await startOtelcol(binary!, pipeline(port, exporters), folder)
    await sendSpans(port, 'mutual', 10)
    const { clickhouse } = readAddressFile(path('mutual'))!
    const sql = "SELECT count(), uniqExact(SpanId) FROM otel_traces WHERE ServiceName = 'mutual'"
    const ask = async () =>
      (await fetch(`${clickhouse}/?query=${encodeURIComponent(sql)}`).then((a) => a.text())).trim()
    await expect.poll(ask).toBe('20\t10')
    expect(await running.stop()).toBe(0)
  })

  test('commands of this machine ask on a loopback port of their own', async () => {
    const { clickhouse } = readAddressFile(path('mutual'))!
    expect(clickhouse).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect(await (await fetch(`${clickhouse}/?query=SELECT%201`)).text()).toBe('1\n')
  })
})

test.skipIf(!hasOpenssl)(
  'files that do not belong together are refused by their flag (needs openssl)',
  async () => {
    const tls = { cert: path('server.pem'), key: path('server.key') }
    const refused = (other: object) =>
      start({ dataDir: path('none'), ...PORTS, tls: { ...tls, ...other } }).then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await refused({ key: path('sender.key') })).toMatch(/^--tls-key: not the key of/)
    expect(await refused({ cert: path('missing.pem') })).toMatch(
      /^--tls-cert: cannot read .*ENOENT/,
    )
    expect(await refused({ clientCa: path('server.key') })).toMatch(/^--tls-client-ca: not a PEM/)
  },
)

test.skipIf(!hasOpenssl)(
  'without TLS the gRPC port speaks HTTP/2 at once, and a sender goes on after a restart (needs openssl)',
  async () => {
    // One engine may be open in a process.
    await mutual.stop()
    const options = { dataDir: path('mutual'), ...PORTS, listen: hostApart }
    const first = await start(options)
    expect(await grpc(first.addresses.otlpGrpc!, {})).toBe('0')
    const otlpGrpcPort = Number(new URL(first.addresses.otlpGrpc!).port)
    const otlpHttpPort = Number(new URL(first.addresses.otlpHttp!).port)
    await first.stop()
    expect(await grpc(first.addresses.otlpGrpc!, {})).not.toBe('0')
    const second = await start({ ...options, otlpGrpcPort, otlpHttpPort })
    expect(await grpc(first.addresses.otlpGrpc!, {})).toBe('0')
    await second.stop()
  },
)
