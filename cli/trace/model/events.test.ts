/** Events, exceptions and log records of a span, in every output format. */
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { row, timeAt, traces } from '../../../test/golden/trace/traces.ts'
import { tracePage } from '../export/html.ts'
import { traceJson } from '../export/json.ts'
import { traceMarkdown } from '../export/markdown.ts'
import { waterfall } from '../waterfall/waterfall.ts'
import { buildTrace } from './build.ts'
import { ownException } from './events.ts'
import type { LogRow, SpanRow } from './span-row.ts'

const MS = 1e6
const SCREEN = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
const OPTIONS = { fold: true, attributes: false, stack: false }

const log = (span: SpanRow, ns: number, body: string): LogRow => ({
  time: timeAt(ns),
  span_id: span.span_id,
  service: span.service,
  severity: 'WARN',
  body,
  attributes: {},
})

/** A server whose clock is 5 s behind its client's; it says something, fails, and says something more. */
function behind(): { rows: SpanRow[]; logs: LogRow[] } {
  const at = -5e9
  const failed = { 'exception.type': 'Busy', 'exception.message': 'try later' }
  const serve = row('serve', 'call', 'GET /stock', {
    at,
    took: 10 * MS,
    service: 'stock',
    kind: 'server',
    is_error: true,
    events: [
      [at + 1 * MS, 'cache miss', {}],
      [at + 6 * MS, 'exception', failed],
    ],
  })
  const call = row('call', '', 'GET', { at: 0, took: 20 * MS, kind: 'client' })
  const logs = [log(serve, at + 9 * MS, 'giving up'), log(serve, at + 3 * MS, 'waiting')]
  return { rows: [call, serve], logs }
}

function json(rows: SpanRow[], logs: LogRow[], fixSkew: boolean) {
  const trace = buildTrace(rows, { fixSkew })
  return JSON.parse([...traceJson(trace, logs, trace.spans)].join(''))
}

/** The data that a page is drawn from. */
function page(rows: SpanRow[], logs: LogRow[], fixSkew: boolean) {
  const template = '{{data}}'
  const text = [...tracePage(buildTrace(rows, { fixSkew }), logs, template, 'UTC')].join('')
  return JSON.parse(text)
}

test('events, exceptions and logs are sorted by time, and move with their span', async () => {
  const { rows, logs } = behind()
  const trace = buildTrace(rows, { fixSkew: true })
  const text = [...waterfall(trace, logs, OPTIONS, SCREEN)].join('\n')
  await expect(`${text}\n`).toMatchFileSnapshot(
    '../../../test/golden/trace/skew.80.fix.happenings.txt',
  )
})

test.each([
  [true, 5, 6],
  [false, 0, 1],
])('with --skew fix %s, every form has the same offsets', (fixSkew, start, first) => {
  const { rows, logs } = behind()
  const offsets = [first, first + 5].map((ms) => ms * MS)
  const logged = [first + 2, first + 8].map((ms) => ms * MS)
  const written = json(rows, logs, fixSkew)
  const [span] = written.spans.filter(({ service }: SpanRow) => service === 'stock')
  expect(span.offset).toBe(start * MS)
  expect(span.events.map(({ offset }: { offset: number }) => offset)).toEqual(offsets)
  expect(written.logs.map(({ offset }: { offset: number }) => offset)).toEqual(
    [...logged].reverse(),
  )
  const { spans } = page(rows, logs, fixSkew)
  const [shown] = spans.filter(({ happened }: { happened?: object[] }) => happened)
  const both = [...offsets, ...logged].sort((a, b) => a - b)
  expect(shown.happened.map(({ offset }: { offset: number }) => offset)).toEqual(both)
})

const KEPT = {
  'exception.type': 'Timeout',
  'exception.message': 'no answer in 5 s',
  'exception.stacktrace': 'Timeout: no answer\n    at fetch (net.ts:1:1)',
  'job.id': '7',
}

test('an exception that is kept in attributes is an exception', () => {
  const rows = [row('a', '', 'fetch', { at: 0, took: 5 * MS, is_error: true, attributes: KEPT })]
  const trace = buildTrace(rows)
  const below = (options: object) =>
    [...waterfall(trace, [], { ...OPTIONS, ...options }, SCREEN)].slice(6, -2)
  expect(below({})).toEqual(['  job.id=7', '  ✗ Timeout: no answer in 5 s'])
  expect(below({ stack: true })).toEqual([
    '  job.id=7',
    '  ✗ Timeout: no answer in 5 s',
    '      Timeout: no answer',
    '      at fetch (net.ts:1:1)',
  ])
  const markdown = [...traceMarkdown(trace, [], trace.spans, OPTIONS, SCREEN)]
  expect(markdown).toContain('<details><summary>Timeout in fetch</summary>')
  const [span] = page(rows, [], false).spans
  expect(span.happened).toMatchObject([{ attributes: { 'exception.type': 'Timeout' } }])
})

test('an exception in both an event and the attributes is shown once', () => {
  const { 'job.id': _, ...exception } = KEPT
  const events: [number, string, Record<string, string>][] = [[1 * MS, 'exception', exception]]
  const rows = [row('a', '', 'fetch', { at: 0, took: 5 * MS, attributes: KEPT, events })]
  const text = [...waterfall(buildTrace(rows), [], OPTIONS, SCREEN)].join('\n')
  expect(text.match(/no answer in 5 s/g)).toHaveLength(1)
})

test.each([
  ['ValueError', 'TimeoutError'],
  ['TimeoutError', undefined],
])('an exception without a message is shown unless an event has its type: %s', (type, own) => {
  const attributes = { 'exception.type': 'TimeoutError', 'exception.stacktrace': 'at net.ts:1:1' }
  const event = { 'exception.type': type, 'exception.message': 'retry' }
  const one = row('a', '', 'fetch', {
    at: 0,
    took: 5 * MS,
    attributes,
    events: [[1 * MS, 'exception', event]],
  })
  expect(ownException(one)?.type).toBe(own)
  const text = [...waterfall(buildTrace([one]), [], OPTIONS, SCREEN)].join('\n')
  expect(text.match(/✗/g)).toHaveLength(own ? 2 : 1)
})

test('a summary in Markdown is HTML', () => {
  const [first, ...rest] = traces.error!()
  const rows = [first!, ...rest.map((one) => ({ ...one, name: 'read_<all>_&_go' }))]
  const trace = buildTrace(rows)
  const markdown = [...traceMarkdown(trace, [], trace.spans, OPTIONS, SCREEN)].join('\n')
  expect(markdown).toContain(
    '<summary>InsufficientQuantity in read_&#60;all&#62;_&#38;_go</summary>',
  )
})
