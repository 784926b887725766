/** `otrace diff` on planted attributes: a cause, a confounded one, an absent key, chance. */
import { beforeAll, expect, it } from 'vitest'
import { randomFrom } from '../cli/why/fixture.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'
import { runningCollector } from './running-collector.ts'

const MINUTE = 60_000
const day = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE
const iso = (minutes: number) => new Date(day + minutes * MINUTE).toISOString()
const during = (minute: number) => ['--from', iso(minute), '--to', iso(minute + 1)]
const SLOW = ['--min-duration', '300ms']

const { addresses, send } = runningCollector()
const { dataDir } = rememberingStore(addresses)
const env = { OTRACE_DATA: dataDir, COLUMNS: '80', TZ: 'UTC' }

const list = (map: Record<string, string>) =>
  Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** Spans of one minute; a tenth is slow, mostly those of one tenant. */
function spansOf(minute: number, count: number, { planted = true, traceState = '' } = {}) {
  const random = randomFrom(minute * 104_729 + 7)
  return Array.from({ length: count }, (_, i) => {
    const slow = i % 10 === 3 || (i % 10 === 6 && count < 20)
    const own = planted && slow
    const tenant = random() < (own ? 0.7 : 0.05) ? 't7' : `t${Math.floor(random() * 5)}`
    const retry = own && random() < 0.3
    const start = BigInt(day + minute * MINUTE + Math.floor((i * 50_000) / count)) * 1_000_000n
    return {
      traceId: (minute * 100_000 + i + 1).toString(16).padStart(31, '0').padStart(32, 'b'),
      spanId: (minute * 100_000 + i + 1).toString(16).padStart(16, '0'),
      name: i % 20 < 10 ? 'checkout' : 'basket',
      kind: 2,
      // One in two or in four of such spans is kept.
      ...(traceState ? { traceState: slow ? 'ot=th:8' : traceState } : {}),
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(slow ? 400 : 100) * 1_000_000n),
      attributes: list({
        tenant,
        // The flag follows the tenant, and says nothing beyond it.
        flag: random() < (tenant === 't7' ? 0.9 : 0.2) ? 'new' : 'old',
        plan: random() < 0.5 ? 'gold' : 'free',
        'request.id': `r-${minute}-${i}`,
        bytes: String(Math.floor(1000 * (1 + random()) * (own ? 2 : 1))),
        ...(retry ? { retry: '1' } : { 'cache.hit': String(random() < 0.5) }),
      }),
    }
  })
}

/** What says how a span failed: in conventions old and new, and in the words of other instrumentations. */
const HOW =
  `http.response.status_code rpc.response.status_code http.status_code rpc.grpc.status_code
  db.response.status_code otel.status_code otel.status_description status.code status.message http.status grpc.status
  grpc.code http.response.status http.status_text httpStatusCode statusCode status error error.type error_type errorCode
  error.kind rpc.jsonrpc.error_code db_error_message exception.type exception_message`.split(/\s+/)

/** The same, failed, with attributes that say how, and one that says why. */
function failed(span: ReturnType<typeof spansOf>[number]) {
  const how = Object.fromEntries(HOW.map((key) => [key, 'lost']))
  const more = list({ ...how, 'order.status': 'lost' })
  return { ...span, status: { code: 2 }, attributes: [...span.attributes, ...more] }
}

beforeAll(async () => {
  const all = [
    ...spansOf(0, 1500),
    ...spansOf(1, 1000, { planted: false }),
    ...spansOf(2, 24),
    ...spansOf(3, 300, { planted: false }),
    ...spansOf(4, 300, { traceState: 'ot=th:c' }),
    ...spansOf(5, 200, { planted: false }).map((span, i) => (i % 4 === 0 ? failed(span) : span)),
  ]
  const resource = { attributes: list({ 'service.name': 'shop' }) }
  await send(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: all }] }] }))
  slow = found(...during(0), ...SLOW, '--against', '--service', 'shop')
})

const diff = (...args: string[]) => runHere(['diff', ...args], { env })
const found = async (...args: string[]) => {
  const { stdout, stderr } = await diff(...args, '--json')
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}
/** The slow spans against the others, asked once. */
let slow: ReturnType<typeof found>

type Found = {
  key: string
  kind: string
  value: string
  twins: string[]
  explained_by: string | null
}
const named = (differences: Found[], key: string, kind: string) =>
  differences.find((one) => one.key === key && one.kind === kind)

it('ranks a cause before what it explains, and merges twins', async () => {
  const { differences, ids, selected, others, unexplained } = await slow
  expect(selected.spans + others.spans).toBe(1500)
  expect(ids).toEqual(['request.id'])
  expect(differences[0]).toMatchObject({ key: 'bytes', kind: 'number' })
  expect(differences[1]).toMatchObject({ key: 'tenant', value: 't7', explained_by: null })
  expect(differences[1].within).toBeGreaterThan(0.5)
  expect(named(differences, 'flag', 'value')).toMatchObject({ explained_by: 'tenant=t7' })
  expect(differences.map(({ key }: Found) => key)).not.toContain('plan')
  expect(differences.map(({ key }: Found) => key)).not.toContain('duration')
  const retry = differences.find(({ key }: Found) => key === 'retry' || key === 'cache.hit')
  expect(retry).toMatchObject({ key: 'retry', kind: 'value', value: '1' })
  expect(retry.twins.toSorted()).toEqual(['cache.hit absent', 'retry absent'])
  expect(unexplained).toBeLessThan(0.35)
})

it('counts exactly: the rows agree with SQL', async () => {
  const { differences } = await slow
  const tenant = named(differences, 'tenant', 'value') as unknown as { counts: number[] }
  const sql = `SELECT countIf(duration >= 300000000) AS a, countIf(duration < 300000000) AS b
    FROM spans WHERE attributes['tenant'] = 't7'`
  const { stdout } = await runHere(['sql', sql, ...during(0), '--json'], { env })
  const [row] = JSON.parse(stdout)
  expect(tenant.counts).toEqual([row.a, row.b])
})

it('without --against compares with the other spans of the same services and names', async () => {
  const { others, selected } = await found(...during(0), '--name', 'basket', ...SLOW)
  expect(selected.spans + others.spans).toBe(750)
  expect(others.filters).toBe('--name basket')
})

it.each([
  ['attributes by chance', 1],
  ['few spans', 2],
])('%s: claims nothing', async (_, minute) => {
  const { differences, smaller } = await found(...during(minute), ...SLOW)
  expect(differences).toEqual([])
  expect(smaller).toBeGreaterThan(0)
})

it('claims nothing between windows of unequal load', async () => {
  const { differences, others } = await found(...during(3), '--against', ...during(1))
  expect(differences).toEqual([])
  expect(others).toMatchObject({ spans: 1000, filters: `all spans ${during(1).join(' ')}` })
})

it('counts the spans that sampled ones represent', async () => {
  const { selected, others, notes, differences } = await found(...during(4), ...SLOW)
  expect([selected.spans, others.spans]).toEqual([60, 1080])
  expect([selected.traces, others.traces]).toEqual([30, 270])
  expect(notes).toEqual([expect.stringContaining('adjusted for sampling')])
  const tenant = named(differences, 'tenant', 'value') as unknown as { counts: number[] }
  expect(tenant).toMatchObject({ value: 't7' })
  const sql = `SELECT sumIf(weight, duration >= 300000000) AS a, sumIf(weight, duration < 300000000) AS b
    FROM spans WHERE attributes['tenant'] = 't7'`
  const [row] = JSON.parse((await runHere(['sql', sql, ...during(4), '--json'], { env })).stdout)
  expect(tenant.counts).toEqual([row.a, row.b])
  const stored = await found(...during(4), ...SLOW, '--no-weight')
  expect([stored.selected.spans, stored.others.spans]).toEqual([30, 270])
  expect(stored.notes).toEqual([])
})

it('prints rows that fit, and the command that lists such spans', async () => {
  const { stdout } = await diff(...during(0), ...SLOW, '--against', '--service', 'shop')
  const lines = stdout.trimEnd().split('\n')
  // A command is not wrapped within its words.
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  expect(stdout).toContain('tenant=t7')
  const { differences } = await slow
  for (const { next } of differences.slice(0, 3)) {
    const words = next
      .split(' ')
      .slice(1)
      .map((word: string) => word.replace(/^'|'$/g, ''))
    if (!/'.* .*'/.test(next)) expect((await runHere(words, { env })).exit).toBe(0)
  }
})

it('prints Markdown and CSV', async () => {
  const { stdout } = await diff(...during(0), ...SLOW, '-o', 'markdown', '-n', '1')
  const rows = stdout.split('\n').filter((line) => line.startsWith('|'))
  expect(rows).toEqual([expect.stringMatching(/^\| attribute \|/), expect.anything(), rows[2]])
  expect(stdout).toMatch(/\n- \d+ more beyond chance.*: see --limit or --json\.\n/)
  expect((await diff(...during(0), ...SLOW, '-o', 'csv')).stdout).toMatch(/^kind,place,key,value,/)
})

it.each(['ndjson', 'csv', 'tsv', 'json'])('limits differences as %s, and says so', async (how) => {
  const asked = [...during(0), ...SLOW, '-o', how, '--limit', '2']
  const { stdout, stderr } = await diff(...asked)
  const lines = stdout.trim().split('\n')
  expect(how === 'json' ? JSON.parse(stdout).differences : lines).toHaveLength(
    /sv$/.test(how) ? 3 : 2,
  )
  expect(stderr).toBe('only the first 2 differences are shown: there are more, see --limit\n')
})

it('prints the header of CSV without differences too', async () => {
  const [header] = (await diff(...during(0), ...SLOW, '-o', 'csv')).stdout.split('\r\n')
  expect((await diff(...during(1), ...SLOW, '-o', 'csv')).stdout.trimEnd()).toBe(header)
})

it.each<[string[], string]>([
  [[], 'both groups are the same spans'],
  [['--error', '--against', '--kind', 'sever'], "'sever'"],
  [['--error', '--against', '--error', '--max-duration', 'x'], 'x'],
  [['--error', '--against', 'shop'], 'did you mean --service shop?'],
])('refuses %j', async (args, message) => {
  const { stderr, exit } = await diff(...args)
  expect(stderr).toContain(message)
  expect(exit).toBe(2)
})

it('says which group has no spans', async () => {
  const empty = await diff(...during(0), '--name', 'nothing', '--error')
  expect(empty).toMatchObject({ exit: 5 })
  const whole = await diff(
    ...during(0),
    '--kind',
    'server',
    '--against',
    '--name',
    'basket',
    ...SLOW,
    '--error',
  )
  expect(whole.stderr).toContain('no other spans to compare with')
  const mistyped = await diff(...during(0), '--against', '--service', 'Shop')
  expect(mistyped.stderr).toContain(
    '→ no span in the window has the service Shop: did you mean --service shop?',
  )
})

it('failed spans are told apart by statuses of other things, not by how they failed', async () => {
  const { differences } = await found(...during(5), '--error')
  const texts = (differences as Found[]).flatMap(({ key, twins }) => [key, ...twins])
  expect(texts).toContain('order.status')
  const how = HOW.filter((key) => texts.some((text) => text.split(/[ =]/)[0] === key))
  expect(how).toEqual([])
})
