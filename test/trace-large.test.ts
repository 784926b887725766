/** Large and broken traces: stored and read back, against the rows in memory. */
import { Chalk } from 'chalk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTrace } from '../cli/trace/model/build.ts'
import type { SpanRow } from '../cli/trace/model/span-row.ts'
import { waterfall } from '../cli/trace/waterfall/waterfall.ts'
import { large, row } from './golden/trace/traces.ts'
import { runHere } from './otrace.ts'
import { remembering } from './remembering.ts'
import { storedTraces, traceRows } from './stored-traces.ts'

const { sendRows, trace, addresses } = storedTraces()
/** For a trace that is stored, and read in several ways. */
let answers: Awaited<ReturnType<typeof remembering>>

beforeAll(async () => {
  answers = await remembering(addresses().clickhouse)
})
afterAll(() => answers?.stop())

test('a trace larger than one read buffer is complete', async () => {
  const id = 'eeeeeeee000000000000000000000006'
  await sendRows(large(4_100).map((row) => ({ ...row, trace_id: id })))
  const { stdout, stderr, exit } = await trace(id, '-o', 'ndjson')
  expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 })
  expect(stdout.trimEnd().split('\n')).toHaveLength(4_100)
})

test.each([2_000, 2_001, 2_002])(
  'a trace of %d spans, at the limit for large traces, is complete',
  async (count) => {
    const id = `${count}`.padStart(32, 'e')
    await sendRows(large(count).map((row) => ({ ...row, trace_id: id })))
    const { stdout } = await trace(id, '--json')
    expect(JSON.parse(stdout).spans).toHaveLength(count)
  },
)

test.each([
  [[]],
  [['--attributes', '--stack']],
  [['--errors', '--stack']],
  [['--min-duration', '10ms']],
  [['--depth', '1', '--skew', 'fix']],
] as [string[]][])('a large trace has the same output as in memory: %j', (args) =>
  isToldWhole('eeeeeeee000000000000000000000007', 2_500, args),
)

test.each([[[]], [['--no-fold']]] as [string[]][])(
  'a broken trace has the same output as in memory: %j',
  (args) => isToldWhole('eeeeeeee000000000000000000000008', 40, args),
)

test.each([[[]], [['--no-fold', '--min-duration', '30ms']]] as [string[]][])(
  'HTTP clients of a large trace are named by their server: %j',
  (args) => isToldWhole('eeeeeeee000000000000000000000009', 2_500, args, httpClients),
)

/** Compares the command's output with the rows in memory. Sends the trace if `args` is empty. */
async function isToldWhole(
  id: string,
  count: number,
  args: string[],
  made = largeAndBroken,
): Promise<void> {
  const rows = made(id, count)
  if (args.length === 0) {
    // Duplicates arrive separately, as in a second delivery.
    await sendRows(rows)
    await sendRows(rows.slice(-40))
  }
  const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  const whole = [...rows, ...rows.slice(-40)]
  const expected = waterfall(
    buildTrace(whole, { fixSkew: args.includes('fix') }),
    [],
    {
      fold: !args.includes('--no-fold'),
      attributes: args.includes('--attributes'),
      stack: args.includes('--stack'),
      errors: args.includes('--errors'),
      depth: args.includes('--depth') ? 1 : undefined,
      minDuration: args.includes('--min-duration')
        ? 1e6 * Number.parseInt(args.at(-1)!, 10)
        : undefined,
    },
    screen,
  )
  const env = { OTRACE_URL: answers.url, COLUMNS: '80' }
  const { stdout, stderr, exit } = await runHere(['trace', id, '--utc', ...args], { env })
  expect(stdout.split('\n')).toEqual([...expected, ''])
  expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 })
}

/** Spans in folds, and 56 single ones with events, attributes and links, some with the same id. */
function largeAndBroken(id: string, count: number): SpanRow[] {
  const folded = large(count)
  const alone = Array.from({ length: 10 }, () => traceRows('error', id)).flatMap((rows, i) =>
    rows.map((row) => ({
      ...row,
      name: `${row.name} ${i}`,
      span_id: row.span_id.replace(/^../, `f${i}`),
      parent_id: row.parent_id.replace(/^../, `f${i}`),
    })),
  )
  const shared = { ...alone[1]!, name: 'another', attributes: { other: 'span' } }
  const scope = { ...alone[3]!, scope: 'of another library' }
  const state = { ...alone[4]!, trace_state: 'foo=1' }
  const rows = [...folded, ...alone, shared, scope, state, ...traceRows('linked', id)]
  return asStored(rows, id)
}

/** HTTP clients of two hosts, which they name in four ways. */
function httpClients(id: string, count: number): SpanRow[] {
  const host = (i: number) => (i % 3 === 0 ? 'slow.example.com' : 'fast.example.com')
  const asked = [
    (i: number) => ({ 'url.full': `https://${host(i)}/items/${i}?q=1` }),
    (i: number) => ({ 'http.url': `https://${host(i)}/items/${i}` }),
    (i: number) => ({ 'server.address': host(i), 'server.port': '8443', 'url.path': '/items' }),
    (i: number) => ({ 'net.peer.name': host(i), 'net.peer.port': '443', 'http.target': '/items' }),
  ]
  const took = (i: number) => (i % 3 === 0 ? 9e6 : 1e6) + (i === 7 ? 5e7 : 0)
  let at = 0
  const clients = Array.from({ length: count - 1 }, (_, i) => {
    const one = row(`c${i}`, 'root', 'GET', {
      at,
      took: took(i),
      kind: 'client',
      http_status: i === 11 ? null : 200,
      attributes: {
        'http.request.method': 'GET',
        ...(i === 11 ? {} : { 'http.response.status_code': '200' }),
        'thread.id': String(i),
        ...asked[i % 4]!(i),
      },
    })
    at += took(i)
    return one
  })
  return asStored([row('root', '', 'import', { at: 0, took: at }), ...clients], id)
}

/** Sorts attributes as the collector does. */
function asStored(rows: SpanRow[], id: string): SpanRow[] {
  const sorted = (map: Record<string, string>) =>
    Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))
  const resource = sorted(rows[0]!.resource)
  return rows.map((row) => ({
    ...row,
    trace_id: id,
    attributes: sorted(row.attributes),
    resource,
  }))
}
