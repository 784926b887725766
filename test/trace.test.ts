/** `otrace trace` end to end: OTLP in, its output out. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Chalk } from 'chalk'
import { beforeAll, expect, test } from 'vitest'
import { buildTrace } from '../cli/trace/model/build.ts'
import { waterfall } from '../cli/trace/waterfall/waterfall.ts'
import { timeAt } from './golden/trace/traces.ts'
import { runHere } from './otrace.ts'
import { storedTraces, traceRows } from './stored-traces.ts'

const ids = {
  purchase: 'aaaaaaaa000000000000000000000001',
  error: 'aaaaaaaa000000000000000000000002',
  'two-services': 'bbbbbbbb000000000000000000000003',
  'missing-parents': 'cccccccc000000000000000000000004',
  linked: 'dddddddd000000000000000000000005',
}
const SINCE = ['--from', '2026-11-22T15:00:00Z', '--to', '2026-11-22T16:00:00Z']
const { folder, env, send, sendRows, trace } = storedTraces()

beforeAll(async () => {
  await sendRows(...Object.entries(ids).map(([name, id]) => traceRows(name, id)))
  const around = [-61, -59, 59, 61].map((minutes) => recordOf(ids.linked, minutes * 60_000))
  const logRecords = [recordOf(ids.purchase, 30), ...around]
  await send(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }), 'logs')
})

const recordOf = (traceId: string, ms: number) => ({
  traceId,
  timeUnixNano: `${BigInt(Date.parse(timeAt(0)) + ms) * 1_000_000n}`,
  severityText: 'WARN',
  body: { stringValue: 'slow disk' },
})

async function json(...args: string[]) {
  const { stdout, stderr, exit } = await trace(...args, '--json')
  expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 })
  return JSON.parse(stdout)
}

test.each(['error', 'two-services', 'missing-parents'] as const)(
  '%s looks as it was sent',
  async (name) => {
    const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
    const options = { fold: true, attributes: false, stack: false }
    const expected = [...waterfall(buildTrace(traceRows(name, ids[name])), [], options, screen)]
    const { stdout, stderr, exit } = await trace(ids[name], '--utc')
    expect(stdout.split('\n')).toEqual([...expected, ''])
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 })
  },
)

test('a window beside a trace id is noted, and changes nothing', async () => {
  const alone = await trace(ids.error, '--utc')
  const timed = await trace(ids.error, '--utc', '--from', '2020-01-01', '--to', '2020-01-02')
  expect(timed.stdout).toBe(alone.stdout)
  expect(timed.stderr).toContain('--from has nothing to apply to: a trace is read whole')
})

test('a trace id may be pasted in several forms', async () => {
  const dashed = 'BBBBBBBB-0000-0000-0000-000000000003'
  const parent = `traceparent: 00-${ids['two-services']}-0000000000000001-01`
  for (const text of [dashed, parent, 'bbbbbbbb', 'bbbbbbbb0000']) {
    expect((await json(text)).trace_id).toBe(ids['two-services'])
  }
})

test.each([
  ['several traces', ['aaaaaaaa'], 2, `2 traces begin with aaaaaaaa`],
  ['an id that is not there', ['ab'.repeat(16)], 5, `no trace has the id ${'ab'.repeat(16)}`],
  ['digits that are not there', ['12345678'], 5, 'no trace begins with 12345678'],
  ['too few digits', ['aaaa'], 2, "not a trace id: 'aaaa' has only 4 digits"],
  ['no id', [], 2, 'no trace specified'],
  ['an id and a choice', [ids.error, '--slowest'], 2, "--slowest can't be used with a trace id"],
  [
    'an id and a population',
    [ids.error, '--attr', 'a=b'],
    2,
    "--attr can't be used with a trace id",
  ],
  ['a broken expression', [ids.error, '--grep', '('], 2, '--grep: Invalid regular expression'],
  ['a depth that is none', [ids.error, '--depth', '0'], 2, "--depth '0' is not a whole number"],
])('%s: one sentence and a hint', async (_, args, exit, sentence) => {
  const run = await trace(...args)
  expect(run.stdout).toBe('')
  expect(run.stderr).toContain(`otrace: ${sentence}`)
  expect(run.stderr).toMatch(/^otrace: .*\n {2}→ .*\n$/)
  expect(run.exit).toBe(exit)
})

test('the id of a span leads to its trace', async () => {
  const span = traceRows('error', ids.error)[0]!.span_id
  const run = await runHere(['trace', span], { env: { ...env, OTRACE_NOW: timeAt(60_000) } })
  expect(run.exit).toBe(5)
  expect(run.stderr).toMatch(
    new RegExp(
      `no trace begins with ${span} .*\n  → it is the id of a span: otrace trace [0-9a-f]{32}\n`,
    ),
  )
})

test('--slowest, --latest and --error choose a trace', async () => {
  expect((await json('--slowest', ...SINCE)).trace_id).toBe(ids['two-services'])
  expect((await json('--slowest', '--name', 'step', ...SINCE)).trace_id).toBe(ids.linked)
  expect((await json('--latest', '--service', 'traffic', ...SINCE)).trace_id).toBe(
    ids['two-services'],
  )
  expect((await json('--error', ...SINCE)).trace_id).toBe(ids.error)
  const none = await trace('--error', '--service', 'traffic', ...SINCE)
  expect([none.exit, none.stderr]).toEqual([
    5,
    expect.stringContaining('no spans in the window match the filters'),
  ])
})

test('--json has every field, and other formats have the same spans', async () => {
  const result = await json(ids['missing-parents'])
  expect(result).toMatchObject({ complete: false, span_count: 14, error_count: 0, depth: 5 })
  expect(result.findings[0]).toMatchObject({ kind: 'missing_parent', count: 4, incomplete: true })
  expect(result.spans).toHaveLength(14)
  expect(result.critical_path.length).toBeGreaterThan(5)
  const lines = (await trace(ids['missing-parents'], '-o', 'ndjson')).stdout.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(result.spans)
  const csv = (await trace(ids['missing-parents'], '-o', 'csv')).stdout.trim().split('\r\n')
  expect(csv[0]).toBe(Object.keys(result.spans[0]).join(','))
  expect(csv).toHaveLength(15)
  const shape = ['--columns', 'duration,name', '--humanize', '--no-header', '-o', 'csv']
  const [row] = (await trace(ids['missing-parents'], ...shape)).stdout.split('\r\n')
  expect(row).toMatch(/^[\d.]+ m?s,[^,]+$/)
})

test('filters apply to --json, and -o otlp notes that it is the whole trace', async () => {
  const result = await json(ids.error, '--errors')
  expect(result).toMatchObject({ span_count: 5, error_count: 2 })
  expect(result.spans.map(({ name }: { name: string }) => name)).toEqual([
    'POST /product/{id}',
    'service_buy_product',
  ])
  const whole = await trace(ids.error, '--depth', '1', '-o', 'otlp')
  expect(whole.stderr).toContain('this is the whole trace')
  expect(whole.stdout.match(/"spanId"/g)).toHaveLength(5)
})

test.each([
  [['--errors'], '--errors'],
  [['--grep', 'zzz', '--service', 'shop'], '--service and --grep'],
  [['--min-duration', '1h', '--json'], '--min-duration'],
  [['--service', 'nobody', '-o', 'csv'], '--service'],
  [['--errors', '-o', 'markdown'], '--errors'],
])('a filter without matches is reported: %j', async (args, flags) => {
  const { stdout, stderr, exit } = await trace(ids['missing-parents'], ...args)
  expect(stderr).toBe(
    `no span of this trace matches ${flags}\n  → see them all: otrace trace ${ids['missing-parents']}\n`,
  )
  expect(stdout).not.toContain('█ critical path')
  expect(stdout.includes(ids['missing-parents'])).toBe(!args.includes('csv'))
  expect(exit).toBe(0)
})

test('log records are shown with the trace', async () => {
  const { logs } = await json(ids.purchase)
  expect(logs).toMatchObject([{ severity: 'WARN', body: 'slow disk', span_id: '' }])
  expect((await trace(ids.purchase)).stdout).toContain('≡ +29.5 ms WARN slow disk')
  // Those of an hour before and after it; -v asks one statement after another.
  for (const flags of [[], ['-v']]) {
    const { stdout } = await trace(ids.linked, '--json', ...flags)
    const minutes = JSON.parse(stdout).logs.map((log: { offset: number }) => log.offset / 60e9)
    expect(minutes.map(Math.round)).toEqual([-59, 59])
  }
})

test('-o otlp can be sent again and gives equal spans', async () => {
  for (const id of [ids.error, ids.linked]) {
    const other = id.replaceAll(/^./g, 'f')
    const { stdout } = await trace(id, '-o', 'otlp')
    await send(stdout.replaceAll(id, other))
    const [before, after] = [await json(id), await json(other)]
    expect(JSON.parse(JSON.stringify(after).replaceAll(other, id))).toEqual({ ...before, logs: [] })
  }
})

test('-o markdown prints a heading, facts, a code block and stacks', async () => {
  const { stdout } = await trace(ids.error, '-o', 'markdown', '--utc')
  await expect(stdout).toMatchFileSnapshot('golden/trace/error.md')
})

test('--critical-path lists the spans on the critical path', async () => {
  const { stdout } = await trace(ids.purchase, '--critical-path', '--utc')
  await expect(stdout).toMatchFileSnapshot('golden/trace/purchase.80.critical-path.txt')
})

test('--html writes a page', async () => {
  const file = join(folder, 'trace.html')
  const run = await trace(ids.error, '--html', file)
  expect(run).toMatchObject({
    exit: 0,
    stdout: '',
    stderr: `wrote ${file}: open it in a browser\n`,
  })
  expect(readFileSync(file, 'utf8')).toContain('InsufficientQuantity')
  const refused = await trace(ids.error, '--html', join(folder, 'none', 'trace.html'))
  expect(refused.exit).toBe(2)
})

test('-v prints the cost of each statement', async () => {
  const { stderr } = await trace(ids.error, '-v')
  expect(stderr).toMatch(/^(?:read [\d.]+ ?K? rows, [\d.]+ \w+ in [\d.]+ \w+\n){3,}$/)
})

test('--sql prints the statement and runs nothing', async () => {
  const { stdout, exit } = await trace(ids.error, '--sql')
  expect(exit).toBe(0)
  expect(stdout).toContain(`-- trace_id = "${ids.error}"`)
  expect(stdout).toContain('WHERE trace_id = {trace_id:String}')
})

test('--help lists exactly the keys that --json prints', async () => {
  const { stdout } = await runHere(['trace', '--help'], { env })
  const [, ofTrace = '', ofSpan = ''] =
    /\n--json is one object[\s\S]*?\n\n([\s\S]*?)\n\nEach of spans\[\][\s\S]*?\n\n([\s\S]*)$/.exec(
      stdout,
    ) ?? []
  const keys = (text: string) => [...text.matchAll(/^ {2}(\w+) +\S/gm)].map(([, key]) => key)
  const result = await json(ids.purchase)
  expect(keys(ofTrace)).toEqual(Object.keys(result))
  expect(keys(ofSpan)).toEqual(Object.keys(result.spans[0]))
  const inner = (key: string) =>
    new RegExp(`^ {2}${key} +\\[\\{(.*?)\\}\\]`, 'm').exec(stdout)![1]!.split(', ')
  for (const key of ['services', 'critical_path', 'logs']) {
    expect(inner(key)).toEqual(Object.keys(result[key][0]))
  }
  const [span] = result.spans.filter(({ events }: { events: object[] }) => events.length > 0)
  expect(inner('events')).toEqual(Object.keys(span.events[0]))
  const { findings } = await json(ids['missing-parents'])
  expect(inner('findings')).toEqual(Object.keys(findings[0]))
  const { spans } = await json(ids.linked)
  expect(inner('links')).toEqual(Object.keys(spans[0].links[0]))
})
