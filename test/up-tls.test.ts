/** `otrace up` over TLS as a process, with and without client certificates. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openUrl, readAll } from '../cli/store/client.ts'
import { DEFAULT_LIMITS } from '../cli/store/limits.ts'
import { grpc, hasOpenssl, identityOf, makeCertificates, post } from './certificates.ts'
import { removeFolder } from './folder.ts'
import { killed } from './killed.ts'
import { otrace, runHere, start } from './otrace.ts'
import { beforeSecondTry } from './second-try.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-up-tls-'))
const path = (name: string) => join(folder, name)
const TLS = ['--tls-cert', path('server.pem'), '--tls-key', path('server.key')]
const PORTS = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']

beforeAll(() => {
  if (hasOpenssl) makeCertificates(folder)
})
afterAll(() => removeFolder(folder))

describe.skipIf(!hasOpenssl).each([
  ['TLS', [], undefined],
  ['client certificates', ['--tls-client-ca', path('ca.pem')], 'sender'],
])('with %s (openssl makes the certificates)', (name, more, sender) => {
  const data = path(name)
  const who = () => identityOf(folder, sender)
  let daemon: ChildProcess
  let said = ''
  let [http, grpcUrl, clickhouse] = ['', '', '']

  async function begin(): Promise<void> {
    said = ''
    daemon = start(['up', ...PORTS, ...TLS, ...more, '--data', data])
    daemon.stderr!.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    let announced = ''
    for await (const text of daemon.stdout!.setEncoding('utf8')) {
      announced += text
      if (announced.includes('Ctrl-C')) break
    }
    ;[http = '', grpcUrl = '', clickhouse = ''] = [
      'OTLP over HTTP',
      'OTLP over gRPC',
      'ClickHouse HTTP',
    ].map((port) => new RegExp(`${port} +(https://\\S+)`).exec(announced)?.[1])
  }
  beforeAll(begin)
  // Its counts begin anew.
  beforeSecondTry(async () => {
    await killed(daemon)
    await begin()
  })
  afterAll(() => killed(daemon))

  it('senders and readers are answered on each port', async () => {
    expect(await post(`${http}/v1/traces`, '{}', who())).toBe(200)
    expect(await grpc(grpcUrl, who())).toBe('0')
    expect(await post(`${clickhouse}/?query=SELECT%201`, '', who())).toBe(200)
    const tls = ['--tls-ca', path('ca.pem')]
    const own = sender
      ? ['--tls-cert', path(`${sender}.pem`), '--tls-key', path(`${sender}.key`)]
      : []
    const asked = await runHere([
      'sql',
      'SELECT 1 AS one',
      '--json',
      '--url',
      clickhouse,
      ...tls,
      ...own,
    ])
    expect(asked).toMatchObject({ exit: 0, stdout: expect.stringContaining('"one":1') })
    const read = (file: string) => readFileSync(path(file))
    const identity = sender ? { cert: read(`${sender}.pem`), key: read(`${sender}.key`) } : {}
    const connection = { url: clickhouse, tls: { ca: read('ca.pem'), ...identity } }
    const store = openUrl({ ...connection, limits: DEFAULT_LIMITS })
    await readAll((await store.ask({ sql: 'SELECT 1', params: {} })).batches)
    expect(await store.collector()).toMatchObject({ brokenParts: 0 })
    await store.close()
    const local = await otrace(['sql', 'SELECT 1 AS one', '--json', '--data', data])
    expect(local).toMatchObject({ exit: 0, stdout: expect.stringContaining('"one":1') })
  })

  it('refusals are said once for each sender and reason, and counted in --status', async () => {
    const zip = (agent: string) =>
      post(`${http}/v1/traces`, 'x', who(), { 'content-encoding': 'compress', 'user-agent': agent })
    expect(await Promise.all(['one', 'one', 'two'].map(zip))).toEqual([415, 415, 415])
    expect(await post(`${http}/v1/traces`, 'x', who())).toBe(400)
    // A sender that does not trust the certificate, and one without TLS.
    expect(await post(`${http}/v1/traces`, '{}', { ca: [] })).toMatch(/^(?:SELF_SIGNED|UNABLE)/)
    await expect(fetch(`${http.replace('https', 'http')}/v1/traces`)).rejects.toThrow()
    if (sender) {
      for (const name of [undefined, 'stranger', 'expired'])
        expect(await post(`${http}/v1/traces`, '{}', identityOf(folder, name))).toMatch(
          /^(?:ERR_SSL|ECONN|EPIPE)/,
        )
    }
    const status = () => runHere(['up', '--status', '--data', data])
    const refused = `requests refused since the start: HTTP 415 ×3, HTTP 400 ×1, TLS ×${sender ? 4 : 1}\n`
    await expect.poll(async () => (await status()).stderr).toBe(refused)
    const json = JSON.parse((await runHere(['up', '--status', '--json', '--data', data])).stdout)
    expect(json).toHaveLength(3)
    await expect.poll(() => said).toContain('(HTTP 400)')
    const lines = said.split('\n').filter((line) => line.includes('(HTTP 415)'))
    // Their connections were opened at once, and are ready in any order.
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^otrace: refused a request from 127.0.0.1 \(one\): .*zstd/),
      expect.stringMatching(/^otrace: refused a request from 127.0.0.1 \(two\): .*zstd/),
    ])
  })
})

it.each([
  ['--tls-cert', path('server.pem'), '--tls-key'],
  ['--tls-key', path('server.key'), '--tls-cert'],
  ['--tls-client-ca', path('ca.pem'), '--tls-cert'],
])('%s alone is refused', async (flag, file, missing) => {
  expect(await runHere(['up', flag, file, '--data', path('none')])).toEqual({
    exit: 2,
    stdout: '',
    stderr: `otrace: TLS without ${missing}\n  → give both --tls-cert and --tls-key\n`,
  })
})
