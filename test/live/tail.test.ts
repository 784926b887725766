/**
 * `otrace tail` and `otrace logs`: each span and record once, however late.
 *
 * One file: its tests follow one collector.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createContext } from '../../cli/context.ts'
import { readOptions } from '../../cli/options/options.ts'
import { newParts } from '../../cli/session/follow/parts.ts'
import { withSession } from '../../cli/session/open.ts'
import { readAddressFile, writeAddressFile } from '../../collector/address-file.ts'
import { type Collector, start } from '../../collector/main.ts'
import { temporaryFolder } from '../folder.ts'
import { type Run, runHere } from '../otrace.ts'
import { type Made, otlpSpans, spanId, traceId } from './spans.ts'

const folder = temporaryFolder()
let collector: Collector
let env: Record<string, string>

async function open(): Promise<void> {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: join(folder.path, 'store'), ...ports })
}

beforeAll(async () => {
  await open()
  env = { OTRACE_DATA: join(folder.path, 'store'), COLUMNS: '100' }
})
afterAll(async () => {
  await collector.stop()
  folder.remove()
})

async function post(signal: string, body: string): Promise<void> {
  const response = await fetch(`${collector.addresses.otlpHttp}/v1/${signal}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  expect(response.ok).toBe(true)
}

let count = 0
/** A span that ends now, or `ago` milliseconds ago. */
async function sendSpan(more: Partial<Made> = {}, ago = 0): Promise<string> {
  const id = `x${++count}`
  const made = { service: 'shop', name: 'work', took: 5, trace: id, id, ...more }
  await post('traces', otlpSpans([made], Date.now() - ago - Math.ceil(made.took)))
  return spanId(made.id)
}

/** Sends again and again until the command ends, which does not say when it begins to follow. */
async function meanwhile(running: Promise<Run>, send: () => Promise<unknown>): Promise<Run> {
  let ended = false
  running.finally(() => {
    ended = true
  })
  while (!ended) {
    await send()
    await sleep(60)
  }
  return running
}

/** Runs a command that follows, and sends, until what it has printed is enough. */
function followed(
  args: string[],
  isEnough: (text: string) => boolean,
  send: () => Promise<unknown>,
) {
  const end = new AbortController()
  const onStdout = (text: string) => isEnough(text) && end.abort()
  return meanwhile(runHere(args, { env, signal: end.signal, onStdout }), send)
}

const parsed = ({ stdout }: Run): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

it('prints a span again that came with another end, and says so', async () => {
  const running = runHere(['tail', '-o', 'ndjson', '--name', 'live', '--max', '8'], { env })
  const run = await meanwhile(running, async () => {
    const made = { service: 'shop', name: 'live', trace: `v${++count}`, id: `v${count}` }
    const now = Date.now()
    for (const took of [5, 9]) await post('traces', otlpSpans([{ ...made, took }], now))
  })
  const ids = parsed(run).map((row) => row.span_id)
  expect(new Set(ids).size).toBeLessThan(8)
  expect(run.stderr).toMatch(/\d spans? came again with another end: each .* count the last\n/)
})

it('prints both spans of a client and a server that share an id', async () => {
  const running = runHere(['tail', '-o', 'ndjson', '--name', 'shared', '--max', '8'], { env })
  const run = await meanwhile(running, () => {
    const made = { name: 'shared', trace: `v${++count}`, id: `v${count}` }
    const client: Made = { ...made, service: 'web', kind: 'client', took: 9 }
    const server: Made = { ...made, service: 'shop', kind: 'server', at: 1, took: 5 }
    return post('traces', otlpSpans([client, server], Date.now()))
  })
  const kinds = parsed(run).map(({ kind }) => kind)
  expect(new Set(kinds)).toEqual(new Set(['client', 'server']))
  expect(run.stderr).not.toContain('came again')
})

it('prints each span once, whatever comes twice, late or took hours', async () => {
  const sent: string[] = []
  // None of the test before, which may still be stored.
  const kinds = ['work', 'twice', 'late', 'long']
  const names = kinds.flatMap((name) => ['--name', name])
  // All that came before the first look is printed in the order of its end: the late ones first.
  const isEnough = (text: string) =>
    text.split('\n').length > 100 && kinds.every((name) => text.includes(`"name":"${name}"`))
  const args = ['tail', '-o', 'ndjson', '--show', 'user.id', ...names]
  const run = await followed(args, isEnough, async () => {
    sent.push(await sendSpan({ attributes: { 'user.id': 'u1' } }))
    const twice = { service: 'shop', name: 'twice', took: 5, trace: sent.at(-1)!, id: `t${count}` }
    const body = otlpSpans([twice as Made], Date.now())
    await post('traces', body)
    await post('traces', body)
    await sendSpan({ name: 'late' }, 41_000)
    await sendSpan({ name: 'long', took: 2 * 3600_000 })
  })
  const rows = parsed(run)
  expect(run.exit).toBe(0)
  expect(new Set(rows.map((row) => row.span_id)).size).toBe(rows.length)
  const works = rows.filter(({ name }) => name === 'work').map((row) => String(row.span_id))
  // A first try may have left others.
  expect(works.filter((id) => sent.includes(id)).length).toBeGreaterThan(0)
  expect(rows.find(({ name }) => name === 'work')).toMatchObject({
    service: 'shop',
    'user.id': 'u1',
  })
  const told = run.stderr.replace(
    /^so far no span(?: in the window)? has the attribute user\.id: .*\n/m,
    '',
  )
  expect(told).toMatch(/^(?:\d+ spans? came up to [4-9]\d s late\n)+$/)
  expect(run.stderr).not.toContain('did you mean user.id?')
})

it('prints what the filters choose, on one line each', async () => {
  const args = ['tail', '--errors', '--service', 'shop', '--show', 'user.id', '--max', '2', '--utc']
  const run = await meanwhile(runHere(args, { env }), async () => {
    await sendSpan()
    await sendSpan({ error: true, attributes: { 'user.id': 'u2' } })
    await sendSpan({ error: true, service: 'other' })
  })
  const [line] = run.stdout.split('\n')
  expect(line).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} {2}shop {11}5\.00 ms ✗ work {2}user\.id=u2 {2}[0-9a-f]{32}$/,
  )
})

it('prints a trace when its root has ended', async () => {
  // The last spans of the test before may arrive during this one.
  const services = ['--service', 'till', '--service', 'stock']
  const args = ['tail', '--traces', '--errors', ...services, '-o', 'ndjson', '--max', '1']
  const run = await meanwhile(runHere(args, { env }), async () => {
    await sendSpan({ service: 'till', name: 'fine' })
    const trace = `bad${count}`
    const child = {
      service: 'stock',
      name: 'q',
      took: 1,
      trace,
      id: `c${count}`,
      parent: `r${count}`,
    }
    const parent = { service: 'till', name: 'bad', took: 9, trace, id: `r${count}` }
    await post('traces', otlpSpans([{ ...child, error: true }, parent], Date.now() - 10))
  })
  expect(parsed(run)[0]).toMatchObject({ name: 'bad', spans: 2, errors: 1, services: 2 })
})

it('counts late spans up to the last trace that it prints', async () => {
  const args = ['tail', '--traces', '--name', 'old', '--max', '1']
  const run = await meanwhile(runHere(args, { env }), async () => {
    const olds = [1, 2, 3].map((at) => {
      const id = `o${++count}`
      return { service: 'till', name: 'old', took: 5, at, trace: id, id }
    })
    await post('traces', otlpSpans(olds, Date.now() - 41_000))
  })
  const told = run.stderr.replace(/^so far no span in the window has the name old: .*\n/m, '')
  expect(told).toMatch(/^1 span came up to [4-9]\d s late\n$/)
})

it('follows another server by the ends of spans', async () => {
  const proxy = await inBetween({ isForeign: true })
  const name = `elsewhere ${++count}`
  const args = ['tail', '-o', 'ndjson', '--name', name, '--max', '4', '--url', proxy.url]
  const sent: string[] = []
  const run = await meanwhile(runHere(args), async () => sent.push(await sendSpan({ name })))
  proxy.stop()
  const own = parsed(run).map((row) => String(row.span_id))
  expect(new Set(own).size).toBe(4)
  expect(own).toEqual(sent.slice(sent.indexOf(own[0]!)).slice(0, 4))
})

it('reads a merged part whole while every row of it is known, elsewhere its newest', async () => {
  const { stdin, stdout, stderr } = process
  const context = createContext({ env, stdin, stdout, stderr }, new AbortController().signal)
  const engine = new Session(join(folder.path, 'store/clickhouse'))
  await withSession(readOptions({}, context), context, async (session) => {
    const look = await newParts(session, 'otel_traces')
    const fresh: string[] = []
    const mixed: string[] = []
    // A partition of its own: others are merged at any time.
    const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)
    const ofDay = (name: string) => name.startsWith(day.replaceAll('-', ''))
    const takeTwice = async (remembered: boolean) => {
      await sendSpan({}, Date.now() - Date.parse(`${day}T12:00:00Z`))
      await expect.poll(() => collector.status().traces.waiting).toBe(0)
      for (const sql of [`OPTIMIZE TABLE otel.otel_traces PARTITION '${day}' FINAL`, 'SELECT 1']) {
        const found = await look(remembered)
        fresh.push(...found.fresh.filter(ofDay))
        mixed.push(...found.mixed.filter(ofDay))
        found.done()
        engine.query(sql)
      }
    }
    await takeTwice(false)
    // Three looks later, what the first found is merged with what the last found.
    await takeTwice(false)
    expect([fresh.filter(isMerged), mixed.length > 0]).toEqual([[], true])
    mixed.length = 0
    await takeTwice(true)
    expect([fresh.some(isMerged), mixed]).toEqual([true, []])
  })
  engine.close()
})

it('reads no part again after an outage, and every part of a table made anew', async () => {
  const { stdin, stdout, stderr } = process
  const context = createContext({ env, stdin, stdout, stderr }, new AbortController().signal)
  const engine = new Session(join(folder.path, 'store/clickhouse'))
  const days = (sql: string) => {
    for (const day of [1, 2]) engine.query(sql.replaceAll('DAY', String(day)))
  }
  const make = () => {
    engine.query(
      'CREATE TABLE otel.followed (day Int) ENGINE = MergeTree PARTITION BY day ORDER BY day',
    )
    days('INSERT INTO otel.followed VALUES (DAY)')
  }
  make()
  await withSession(readOptions({}, context), context, async (session) => {
    const look = await newParts(session, 'followed')
    // As retention does.
    engine.query('ALTER TABLE otel.followed DROP PARTITION 2')
    expect((await look(true, true)).fresh).toEqual([])
    engine.query('DROP TABLE otel.followed SYNC')
    make()
    expect((await look(true, true)).fresh).toEqual(['1_1_1_0', '2_2_2_0'])
  })
  engine.query('DROP TABLE otel.followed SYNC')
  engine.close()
})

/** @param name `<partition>_<first block>_<last block>_<merges>` */
function isMerged(name: string): boolean {
  const [, first, last] = name.split('_')
  return first !== last
}

it.each(['by its address', 'by its directory'])(
  'is told when something is stored, and reads it once: %s',
  async (way) => {
    const proxy = await inBetween({ isForeign: false })
    const data = join(folder.path, way)
    mkdirSync(data, { recursive: true })
    const known = readAddressFile(join(folder.path, 'store'))!
    writeAddressFile(data, { ...known, clickhouse: proxy.url })
    const url = proxy.url.replace('//', '//default:@')
    const place = way === 'by its address' ? ['--url', url] : ['--data', data]
    const args = ['tail', '-o', 'ndjson', '--name', 'told', '--max', '8', ...place]
    // The first look may find all that was stored before.
    const asked = () => proxy.asked.some((path) => /^\/otrace\/stored\?.*&seen=\d/.test(path))
    const send = async () => asked() && sendSpan({ name: 'told' })
    const run = await meanwhile(runHere(args), send)
    proxy.stop()
    expect(run.stdout.match(/\n/g)).toHaveLength(8)
    const read = proxy.asked.flatMap((path) => path.match(/\d{8}_\d+_\d+_\d+/g) ?? [])
    expect(read.length).toBeGreaterThan(0)
    expect(read).toEqual([...new Set(read)])
  },
)

it('is told by the collector when something was stored', async () => {
  const ask = async (query: string): Promise<number> => {
    const response = await fetch(`${collector.addresses.clickhouse}/otrace/stored?${query}`)
    return response.ok ? ((await response.json()) as { stored: number }).stored : response.status
  }
  let seen = 0
  let waited = Promise.resolve(0)
  const asked = async () => {
    const { received, stored } = collector.status().traces
    if (received > stored) return 'storing'
    // The end of the last load answers it, too.
    seen = await ask('signal=traces')
    waited = ask(`signal=traces&seen=${seen}`)
    return Promise.race([waited, sleep(100, 'waiting')])
  }
  await expect.poll(asked).toBe('waiting')
  await sendSpan()
  let told = await waited
  while (told === seen) told = await ask(`signal=traces&seen=${seen}`)
  expect(told).toBe(seen + 1)
  expect(await ask('signal=spans')).toBe(400)
})

it('ends after a time, and says that nothing came', async () => {
  const run = await runHere(['tail', '--for', '50ms', '--fail-if-empty'], { env })
  expect(run).toMatchObject({ exit: 5, stdout: '' })
})

it('says which service or key nothing has so far, with the nearest that something has', async () => {
  const asked = (...args: string[]) => runHere([...args, '--for', '50ms'], { env })
  const shown = 'so far no span in the window has the'
  expect((await asked('tail', '--service', 'shp')).stderr).toBe(
    `${shown} service shp: did you mean --service shop?\n`,
  )
  expect((await asked('tail', '--show', 'nope')).stderr).toContain(
    'so far no span in the window has the attribute nope: ',
  )
  expect((await asked('tail', '--service', 'shop')).stderr).toBe('')
})

it('lists and follows log records, by trace, severity and text', async () => {
  const record = (body: string, severityText: string, severityNumber: number) => ({
    timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    body: { stringValue: body },
    severityText,
    severityNumber,
    traceId: traceId('logged'),
    spanId: spanId('logged'),
  })
  const send = (...records: object[]) =>
    post(
      'logs',
      JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
            scopeLogs: [{ logRecords: records }],
          },
        ],
      }),
    )
  const args = 'logs --follow -o ndjson --severity warn --contains DISK --max 3'.split(' ')
  let n = 0
  const run = await meanwhile(runHere(args, { env }), () =>
    send(
      record(`disk ${++n}`, 'WARN', 13),
      record(`disk fine ${n}`, 'INFO', 9),
      record(`network ${n}`, 'ERROR', 17),
    ),
  )
  const bodies = parsed(run).map(({ body }) => Number(String(body).replace('disk ', '')))
  expect(bodies).toEqual([bodies[0], bodies[0]! + 1, bodies[0]! + 2])
  // Those that were sent while the last one was printed.
  await expect
    .poll(() => {
      const { logs } = collector.status()
      return logs.received - logs.stored
    })
    .toBe(0)
  const stored = ['logs', '--trace', traceId('logged').slice(0, 30), '--severity', 'error', '--utc']
  const listed = await runHere([...stored, '--limit', '1'], { env })
  expect(listed.stdout).toMatch(
    new RegExp(`^[\\d:.]+ {2}ERROR {2}shop {10}network \\d+ {2}${traceId('logged')}\n$`),
  )
  expect(listed.stderr).toContain('only the newest record is shown')
  // Of a long window times are read first.
  const overHours = await runHere([...stored, '--limit', '1', '--since', '5h'], { env })
  expect(overHours.stdout).toBe(listed.stdout)
  const listedAs = (...how: string[]) => runHere([...stored, '--limit', '1', ...how], { env })
  const shape = '-o csv --csv-safe --columns severity,service --no-header'.split(' ')
  const table = await listedAs(...shape)
  expect(table.stdout.trim()).toBe('ERROR,shop')
  expect(JSON.parse((await listedAs('--json')).stdout)).toMatchObject([{ severity: 'ERROR' }])
  expect((await listedAs('-o', 'markdown')).stdout).toContain('| time | severity | service |')
  const shaped = await listedAs('--columns', 'service,body')
  expect(shaped.stdout).toMatch(/^Log records .*\nservice +body\n.*\nshop +network \d+\n$/)
  for (const how of [['-o', 'csv'], ['--json'], ['--columns', 'time'], ['--csv-safe']]) {
    const refused = await runHere(['logs', '--follow', ...how], { env })
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('stored records')])
  }
  // A number without a text has its short name, and a text without a number its number.
  const severities: [string, number, string][] = [
    ...([
      ['', 1, 'TRACE'],
      ['', 12, 'INFO4'],
      ['', 13, 'WARN'],
      ['', 17, 'ERROR'],
    ] as const),
    ...([
      ['', 20, 'ERROR4'],
      ['', 24, 'FATAL4'],
      ['', 25, '25'],
      ['', 0, ''],
    ] as const),
    ...([
      ['INFO', 18, 'INFO'],
      ['Critical', 0, 'Critical'],
      ['ERROR', 9, 'ERROR'],
    ] as const),
  ].map((each) => [...each])
  await send(...severities.map(([text, number], i) => record(`severe ${i}`, text, number)))
  const severe = async (...how: string[]) => {
    const { stdout } = await runHere(['logs', '--contains', 'severe', '--json', ...how], { env })
    return (JSON.parse(stdout) as { severity: string }[]).map((row) => row.severity).sort()
  }
  const all = severities.map(([, , shown]) => shown).sort()
  await expect.poll(() => severe()).toEqual(all)
  const errors = ['25', 'Critical', 'ERROR', 'ERROR4', 'FATAL4', 'INFO']
  expect(await severe('--severity', 'error')).toEqual(errors)
  const unlogged = 'no log record in the window has the service shp: did you mean --service shop?\n'
  expect((await runHere(['logs', '--service', 'shp'], { env })).stderr).toBe(unlogged)
  const followed = ['logs', '--follow', '--service', 'shp', '--for', '50ms']
  expect((await runHere(followed, { env })).stderr).toBe(`so far ${unlogged}`)
})

it('follows a collector that comes back on another port, with an empty store', async () => {
  const { port } = new URL(collector.addresses.clickhouse)
  const end = new AbortController()
  let printed = ''
  const followed = runHere(['tail', '-o', 'ndjson', '--name', 'gone', '--name', 'back'], {
    env,
    signal: end.signal,
    onStdout: (text) => {
      printed = text
      if (text.includes('"name":"back"')) end.abort()
    },
  })
  while (!printed) {
    await sendSpan({ name: 'gone' })
    await sleep(60)
  }
  await collector.stop()
  rmSync(env.OTRACE_DATA!, { recursive: true })
  await open()
  expect(new URL(collector.addresses.clickhouse).port).not.toBe(port)
  const { stderr } = await meanwhile(followed, () => sendSpan({ name: 'back' }))
  expect(printed).toContain('"name":"back"')
  expect(stderr).toContain('; waiting for it\n')
  expect(stderr).toContain(`${collector.addresses.clickhouse} answers again`)
})

it('refuses a store that nothing fills', async () => {
  await collector.stop()
  const run = await runHere(['tail'], { env })
  expect(run).toMatchObject({ exit: 3, stdout: '' })
  expect(run.stderr).toContain('start one with `otrace up`')
})

/** The collector's ClickHouse interface; foreign without the header by which otrace knows its own store. */
async function inBetween({ isForeign }: { isForeign: boolean }) {
  const asked: string[] = []
  const target = new URL(collector.addresses.clickhouse)
  const server = createServer((from, to) => {
    const { method = 'GET', url: path = '/', headers } = from
    asked.push(path)
    const onward = request(
      { host: target.hostname, port: target.port, method, path, headers },
      (answer) => {
        const { 'x-otrace-retention': _, ...others } = answer.headers
        to.writeHead(answer.statusCode ?? 502, isForeign ? others : answer.headers)
        answer.pipe(to)
      },
    )
    from.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, asked, stop: () => server.close() }
}
