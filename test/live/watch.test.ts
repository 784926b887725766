/** `otrace watch`, in pipes and in a real terminal. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, start } from '../../collector/main.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { orders, otlpSpans } from './spans.ts'
import { hasTmux, terminal } from './terminal.ts'

const folder = temporaryFolder()
let collector: Collector
let url: string
const env = { OTRACE_URL: '', COLUMNS: '80' }

async function send(count: number): Promise<void> {
  const response = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    body: otlpSpans(orders(count), Date.now() - 60_000),
    headers: { 'content-type': 'application/json' },
  })
  expect(response.ok).toBe(true)
  const left = () => collector.status().traces.received - collector.status().traces.stored
  while (left() > 0) await new Promise((resolve) => setTimeout(resolve, 20))
}

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: join(folder.path, 'store'), ...ports })
  url = collector.addresses.clickhouse
  env.OTRACE_URL = url
  await send(4)
})
afterAll(async () => {
  await collector.stop()
  folder.remove()
})

/** A port in front of the store, which can go away. */
async function proxyTo(target: string): Promise<{ url: string; stop(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket.on('error', () => {}))
    }
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const stop = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

describe('in a pipe', () => {
  it('prints one output after the other, as the command alone prints it', async () => {
    const alone = await runHere(['services', '--json', '--since', '1h'], { env })
    const args = ['watch', '--count', '2', '--every', '10ms', 'services', '--json', '--since', '1h']
    const twice = await runHere(args, { env })
    const same = (text: string) => text.replace(/"rps":[^,]+/g, '')
    expect(same(twice.stdout)).toBe(same(alone.stdout + alone.stdout))
    expect(twice).toMatchObject({ exit: 0, stderr: '' })
  })

  it('has the exit code of the last run, and ends at a typing error', async () => {
    const failed = await runHere(
      ['watch', '--count', '1', 'slow', '--over', '1h', '--fail-if-empty'],
      { env },
    )
    expect(failed.exit).toBe(5)
    const typo = await runHere(['watch', 'slow', '--nope'], { env })
    expect(typo).toMatchObject({ exit: 2, stdout: '' })
    expect(typo.stderr).toContain("unknown option '--nope'")
  })

  it('ends where the first output has no store, or is refused', async () => {
    const none = { OTRACE_URL: 'http://127.0.0.1:1' }
    for (const command of ['watch services', 'dashboard --watch']) {
      const { exit, stdout, stderr } = await runHere(command.split(' '), { env: none })
      expect([exit, stdout], command).toEqual([3, ''])
      expect(stderr.match(/^otrace: .*\n {2}→ .*\n$/), command).not.toBeNull()
    }
    const refused = await runHere(['watch', 'sql', 'SELECT throwIf(1)'], { env })
    expect(refused.exit).toBe(4)
    const empty = { OTRACE_DATA: join(folder.path, 'none') }
    const unfilled = await runHere(['dashboard', '--watch'], { env: empty })
    expect(unfilled).toMatchObject({ exit: 3, stdout: '' })
  })

  it('refuses commands that do not end', async () => {
    const { exit, stderr } = await runHere(['watch', 'up'], { env })
    expect(exit).toBe(2)
    expect(stderr).toContain('watch cannot repeat up')
  })
})

describe.skipIf(!hasTmux)('in a terminal (needs tmux)', () => {
  const found = { alternate: false, cursor: true, wrap: true }
  /** The terminal reads what is written in pieces. */
  const isBack = (pane: ReturnType<typeof terminal>) =>
    pane.until(() => isDeepStrictEqual(pane.state(), found), 'the terminal as it was')
  const opened: ReturnType<typeof terminal>[] = []
  function watching(command = 'otrace watch --every 100ms services') {
    const pane = terminal({ OTRACE_URL: url })
    opened.push(pane)
    pane.run('echo before')
    pane.run(command)
    return pane
  }
  afterAll(() => {
    for (const pane of opened) pane.close()
  })

  it('prints plain frames where TERM=dumb', async () => {
    const pane = watching('export TERM=dumb')
    pane.run('otrace watch --every 100ms --count 2 services')
    await pane.until((text) => (text.match(/shop {2,}\d+/g)?.length ?? 0) === 2, 'two frames')
  })

  it('draws in ASCII in a locale that has no lines', async () => {
    const pane = watching('export LC_ALL=C OTRACE_PAGER=cat')
    const ascii = /^[\0-\x7f]*$/
    pane.run('otrace watch --every 100ms rps')
    expect(await pane.until((text) => /req\/s +\|/.test(text), 'a chart')).toMatch(ascii)
    pane.type('q')
    await isBack(pane)
    expect(pane.history()).toMatch(ascii)
    pane.run(String.raw`otrace sql --json "SELECT '\xe2\x80\x9c\xc2\xb5' AS data"`)
    await pane.until((text) => text.includes('"data":"“µ"'), 'the data as it is')
  })

  it('leaves an error that nothing caught on the screen', async () => {
    // The screen is taken when the process listens to this signal.
    const taken = 'process.listenerCount(%22SIGCONT%22)'
    const late = `setInterval(()=>{if(${taken})throw%20new%20Error(%22late%22)},20)`
    const pane = watching(`export NODE_OPTIONS='--import=data:text/javascript,${late}'`)
    pane.run('otrace watch --every 100ms services')
    await pane.until((text) => text.includes('otrace: a bug in otrace: late'), 'the error')
    await isBack(pane)
  })

  it('says what tail waits for while nothing comes', async () => {
    const pane = watching('otrace tail --service none')
    const waiting = 'waiting for spans with --service none to arrive at http'
    await pane.until((text) => text.includes(waiting), 'what it waits for')
    pane.type('C-c')
  })

  it('redraws in place, marks what is new, follows the size, and ends with ctrl-C', async () => {
    const pane = watching('otrace watch --every 1s services')
    await pane.until((text) => /shop {2,}\d+/.test(text), 'the services')
    const drawn = { alternate: true, cursor: false, wrap: false }
    await pane.until(() => isDeepStrictEqual(pane.state(), drawn), 'a screen of its own')
    // Only the next run marks a change.
    let isMarked = false
    const marked = pane.until((text) => /▎shop/.test(text), 'a mark before the changed service')
    marked.finally(() => {
      isMarked = true
    })
    while (!isMarked) await send(1)
    await marked
    await pane.until((text) => !/▎/.test(text), 'no mark when nothing changes')
    pane.resize(120, 30)
    await pane.until((text) => /p99 +first_seen/.test(text), 'the wide table')
    pane.resize(50, 8)
    await pane.until((text) => /… \d+ more lines/.test(text), 'what does not fit')
    pane.type('C-c')
    await isBack(pane)
    // The shell does not print a line end, so the pane may wrap the title.
    expect(pane.history().replaceAll('\n', '')).toMatch(/before.*Services: rate, errors, duration/)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('leaves the terminal as it was at %s', async (signal, code) => {
    const pane = watching()
    await pane.until((text) => /shop {2,}\d+/.test(text), 'the services')
    process.kill(pane.pid(), signal)
    await isBack(pane)
    pane.run('echo code $?')
    await pane.until((text) => text.includes(`code ${code}`), 'the exit code')
  })

  it('watches a dashboard, and draws it again for another size', async () => {
    const pane = watching('otrace dashboard --watch --every 500ms --service shop')
    const title =
      /^ otrace dashboard --service shop · every 0\.5s · \d\d:\d\d:\d\d\n rates are over the whole window, [^\n]+\n Overview {2}last 1h · --service shop\n/
    await pane.until((text) => title.test(text), 'the title')
    await pane.until((text) => /Requests by status/.test(text), 'a panel')
    await pane.until((text) => /… \d+ more lines · j, k and space/.test(text), 'what is below')
    pane.type('Space', 'G')
    await pane.until((text) => /… \d+ more above · /.test(text), 'the end')
    pane.type('g')
    await pane.until((text) => /\n Overview/.test(text), 'the beginning')
    pane.resize(130, 40)
    await pane.until(
      (text) => /Requests by status.* {2}Latency over time/.test(text),
      'two columns',
    )
    pane.type('q')
    await isBack(pane)
  })

  it('keeps the last output when the store is gone, and says so', async () => {
    const proxy = await proxyTo(url)
    const pane = watching(`otrace watch --every 100ms storage --url ${proxy.url}`)
    await pane.until((text) => /otel_traces/.test(text), 'the table')
    proxy.stop()
    await pane.until(
      (text) => /cannot reach|refused|no answer/i.test(text) && text.includes('otel_traces'),
      'the error beside the table',
    )
    pane.type('C-c')
    await isBack(pane)
  })
})
