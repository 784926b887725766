/** A megabyte in one value: terminals get its beginning and its length, machines all of it. */
import { beforeAll, expect, test } from 'vitest'
import { row } from './golden/trace/traces.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'
import { storedTraces } from './stored-traces.ts'

const ID = 'e'.repeat(32)
const EMOJI = '👩‍🚒 '.repeat(1_000_000 / 6)
const MARKS = `a${'\u0301'.repeat(500_000)}`
const PATH = 'x'.repeat(300_000)
const NAME = `a'b"c\\d\te\nf\r🙂${'ä&=+ '.repeat(2000)}`
const { env: stored, addresses, sendRows } = storedTraces()
const env = { ...stored, OTRACE_DATA: rememberingStore(addresses).dataDir }

beforeAll(async () => {
  const attributes = {
    'user.id': 'ada',
    'url.path': `/long/${PATH}`,
    'order.note': PATH,
    'gen_ai.input.messages': EMOJI,
    'db.query.text': `SELECT '${EMOJI}'`,
    'db.system.name': 'sqlite',
  }
  const exception = { 'exception.message': MARKS, 'exception.stacktrace': `at f\n${EMOJI}` }
  const span = row('root', '', 'GET /long', {
    at: 0,
    took: 1e9,
    kind: 'server',
    is_error: true,
    status_message: MARKS,
    attributes,
    events: [
      [5, 'exception', exception],
      [6, 'message', { text: EMOJI }],
    ],
  })
  const named = row('named', '', NAME, { at: 0, took: 1, attributes: { list: NAME } })
  await sendRows([
    { ...span, trace_id: ID },
    { ...named, trace_id: 'd'.repeat(32) },
  ])
  // Too many bytes for a copy in each bucket.
  const noted = Array.from({ length: 8 }, (_, i) => {
    const notes = { 'order.note': `${i}${'y'.repeat(1_000_000)}` }
    const one = row('root', '', 'GET /notes', {
      at: 0,
      took: 1e6,
      kind: 'server',
      attributes: notes,
    })
    const id = `c${i}`.padStart(32, '0')
    return [{ ...one, trace_id: id, time: '2026-11-23T15:30:00.000000000Z' }]
  })
  await sendRows(...noted)
})

const WINDOW = ['--from', '2026-11-22T15:00:00Z', '--to', '2026-11-22T16:00:00Z']

test.each([
  ['events', ...WINDOW],
  ['errors', ...WINDOW],
  ['auth-failures', ...WINDOW],
  ['journey', 'ada', ...WINDOW],
  ['slow', ...WINDOW],
  ['services', '--by', 'order.note', ...WINDOW],
  ['operations', '--by', 'order.note', ...WINDOW],
  ['errors', '--by', 'order.note', ...WINDOW],
  ['rps', '--by', 'order.note', ...WINDOW],
  ['latency', '--by', 'order.note', ...WINDOW],
  ['histogram', '--by', 'order.note', ...WINDOW],
  ['top', 'order.note', ...WINDOW],
  ['spans', '--show', 'gen_ai.input.messages', ...WINDOW],
  ['trace', ID],
  ['trace', ID, '--no-fold'],
])('%s %s', async (...args) => {
  const { stdout, exit } = await runHere(args, { env })
  expect(exit).toBe(0)
  expect(stdout.length).toBeLessThan(20_000)
})

test('a terminal gets the true length', async () => {
  const events = await runHere(['events', ...WINDOW], { env })
  expect(events.stdout).toContain('(500001 characters)')
  expect(events.stdout).toContain('(666664 characters)')
  const slow = await runHere(['slow', ...WINDOW], { env })
  expect(slow.stdout).toContain('(300006 characters)')
  const errors = await runHere(['errors', ...WINDOW], { env })
  expect(errors.stdout).toContain('(500001 characters)')
  const { stdout } = await runHere(['trace', ID], { env })
  expect(stdout).toContain('(500,001 characters)')
  expect(stdout).toContain('(666,664 characters)')
})

test('long texts are cut by the server', async () => {
  for (const args of [
    ['events'],
    ['errors'],
    ['slow'],
    ['journey', 'ada'],
    ['auth-failures'],
    ['top', 'order.note'],
    ['services', '--by', 'order.note'],
    ['operations', '--by', 'order.note'],
    ['rps', '--by', 'order.note'],
    ['latency', '--by', 'order.note'],
    ['histogram', '--by', 'order.note'],
    ['spans', '--show', 'gen_ai.input.messages'],
  ]) {
    const { stdout } = await runHere([...args, ...WINDOW, '--sql'], { env })
    expect(stdout).toContain('substringUTF8')
  }
  expect((await runHere(['trace', ID, '--sql'], { env })).exit).toBe(0)
})

test.each(['rps', 'latency', 'histogram'])(
  '%s --by holds each of many long names once',
  async (command) => {
    const day = ['--from', '2026-11-23T15:00:00Z', '--to', '2026-11-23T16:00:00Z']
    const steps = command === 'histogram' ? [] : ['--bucket', '5s']
    const args = [command, '--by', 'order.note', ...day, ...steps]
    const { stdout, stderr, exit } = await runHere(args, { env })
    expect(exit, stderr).toBe(0)
    expect(stdout).toContain('(1000001 characters) 0yyy')
    expect(stdout.length).toBeLessThan(40_000)
  },
)

test('charts and dashboards cut long names in pipes, too', async () => {
  const piped = { env: { ...env, COLUMNS: '' } }
  for (const command of ['rps', 'latency', 'histogram']) {
    const args = [command, '--by', 'order.note', ...WINDOW]
    expect((await runHere(args, piped)).stdout.length).toBeLessThan(20_000)
    expect((await runHere([...args, '--sql'], piped)).stdout).toContain('substringUTF8')
    expect((await runHere([...args, '--json'], piped)).stdout).toContain(PATH)
  }
  const { stdout } = await runHere(['dashboard', ...WINDOW], piped)
  expect(stdout.length).toBeLessThan(40_000)
})

test('machines and --stack get all of it', async () => {
  const json = await runHere(['trace', ID, '--json'], { env })
  const [span] = JSON.parse(json.stdout).spans
  expect(span.attributes['gen_ai.input.messages']).toBe(EMOJI)
  const events = await runHere(['events', ...WINDOW, '--json'], { env })
  expect(
    JSON.parse(events.stdout).map((row: { attributes: { text?: string } }) => row.attributes.text),
  ).toContain(EMOJI)
  const slow = await runHere(['slow', ...WINDOW], { env: { ...env, COLUMNS: '' } })
  expect(slow.stdout).toContain(PATH)
  const stack = await runHere(['trace', ID, '--stack'], { env })
  expect(stack.stdout.match(/👩‍🚒/gu)!.length).toBeGreaterThan(166_000)
})

test.each([
  ['--name', NAME],
  ['--attr', `list=${NAME}`],
])('a filter may be long: %s', async (flag, value) => {
  const { stdout } = await runHere(['spans', flag, value, '-o', 'json', ...WINDOW], { env })
  expect(JSON.parse(stdout)).toMatchObject([{ name: NAME }])
})
