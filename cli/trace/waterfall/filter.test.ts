/** The texts that `--grep` searches. */
import { expect, test } from 'vitest'
import { logs, row, traces } from '../../../test/golden/trace/traces.ts'
import { buildTrace } from '../model/build.ts'
import type { SpanRow } from '../model/span-row.ts'
import type { SpanFilter } from './filter.ts'
import { matchingSpans } from './outline.ts'

function found(rows: SpanRow[], text: string, wanted: SpanFilter = {}): string[] {
  const trace = buildTrace(rows)
  return matchingSpans(trace, { grep: new RegExp(text, 'i'), logs, ...wanted }).map(
    ({ row }) => row.name,
  )
}

test.each([
  ['the body of a log', 'product bought'],
  ['an attribute of a log', 'audit=true'],
])('%s', (_, text) => {
  const names = ['POST /product/{id}', 'service_buy_product']
  expect(found(traces.purchase!(), text)).toEqual(names)
  expect(found(traces.purchase!(), text, { logs: [] })).toEqual([])
})

test.each([
  ['the trace that a link names', '0af7651916cd43dd'],
  ['the span that a link names', 'b7ad6b7169203331'],
  ['an attribute of a link', 'message.id=77'],
])('%s', (_, text) => {
  expect(found(traces.linked!(), text)).toEqual(['nightly 発注 job'])
})

test('the status of an HTTP span', () => {
  const rows = [row('a', '', 'GET', { at: 0, took: 2, http_status: 503 })]
  expect(found(rows, '^503$')).toEqual(['GET'])
})

test('resources where they are shown', () => {
  const rows = traces['two-services']!()
  expect(found(rows, 'host.name=traffic-1')).toEqual([])
  expect(found(rows, 'host.name=traffic-1', { resources: true })).toEqual(['POST'])
})
