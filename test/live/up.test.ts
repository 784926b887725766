/** `otrace up` on a terminal: new services, the status line, and a clean end. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryFolder } from '../folder.ts'
import { hasTmux, terminal } from './terminal.ts'

const folder = temporaryFolder()
const panes: ReturnType<typeof terminal>[] = []
afterAll(() => {
  for (const pane of panes) pane.close()
  folder.remove()
})

const span = (service: string, name: string) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
              spanId: '051581bf3cb55c13',
              name,
              startTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
              endTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n + 1000n),
            },
          ],
        },
      ],
    },
  ],
})

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)!

it.skipIf(!hasTmux)(
  'names each new service once, above a status line, and clears it (needs tmux)',
  async () => {
    const data = join(folder.path, 'store')
    const pane = terminal({ OTRACE_DATA: data })
    panes.push(pane)
    pane.run(
      'otrace up --spool-limit 2KB --otlp-http-port 0 --otlp-grpc-port 0 --clickhouse-port 0',
    )
    await pane.until(
      (text) => text.includes('0 received/s · 0 stored · 0 waiting · 0 refused'),
      'a status line',
    )
    const { otlpHttp, clickhouse } = JSON.parse(readFileSync(join(data, 'otrace.json'), 'utf8'))
    const post = (body: string, type = 'application/json') =>
      fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers: { 'content-type': type }, body })
    await post(JSON.stringify(span('shop', 'GET /one')))
    await pane.until((text) => text.includes('first span of shop: GET /one'), 'the first service')
    await post(JSON.stringify(span('shop', 'GET /two')))
    await post(JSON.stringify(span('cart\x1b[2J', 'GET /three')))
    await post(JSON.stringify(span('', 'GET /four')))
    await post('no', 'text/plain')
    expect((await post(JSON.stringify(span('shop', 'x'.repeat(3000))))).status).toBe(503)
    const text = await pane.until(
      (now) =>
        now.includes('first span of cart') &&
        now.includes('first span of (absent)') &&
        now.includes('the spool is full') &&
        /^\d+ received\/s · 4 stored · 0 waiting · 2 refused$/.test(lastLine(now)),
      'the second service, a refusal and the counts',
    )
    expect(text).toContain('→ otrace trace 5b8aa5a2d2c872e8321cf37308d69df2')
    expect(text.match(/first span of shop/g)).toHaveLength(1)
    expect(text).toContain('first span of (absent): GET /four')
    const flat = text.replaceAll(/\n\s*/g, ' ')
    expect(flat).toMatch(/refused a request from 127\.0\.0\.1 [^\n]*\(HTTP 415\)/)
    expect(flat).toMatch(/the spool is full \(HTTP 503\)/)
    // Its question about services waits behind the statements of others, and ctrl-C does not.
    const query = 'SELECT count() FROM numbers(1e12) WHERE cityHash64(number) = 7'
    const asked = [1, 2].map(() =>
      fetch(`${clickhouse}/?max_threads=1`, { method: 'POST', body: query }).catch(() => undefined),
    )
    await post(JSON.stringify(span('mail', 'GET /five')))
    await pane.until((now) => / 5 stored · 0 waiting · 2 refused$/.test(lastLine(now)), 'a count')
    pane.type('C-c')
    const end = await pane.until((now) => /stopping…\n.*[$#]/.test(now), 'the end')
    expect(end).not.toContain('received/s')
    expect(end).not.toContain('first span of mail')
    await Promise.all(asked)
  },
)
