/** Rows of spans as stores return them. */
import { expect, test } from 'vitest'
import { spanReader } from './span-row.ts'

test('links without ids, or with zeros, are left out', () => {
  const { link_trace_id, link_span_id, link_attributes } = spanReader()({
    link_trace_id: ['', '0'.repeat(32), 'ab'.repeat(16)],
    link_span_id: ['', '0'.repeat(16), 'cd'.repeat(8)],
    link_attributes: [{}, {}, { kind: 'retry' }],
  })
  expect(link_trace_id).toEqual(['ab'.repeat(16)])
  expect(link_span_id).toEqual(['cd'.repeat(8)])
  expect(link_attributes).toEqual([{ kind: 'retry' }])
})

test('a duration beyond 2^53 keeps its digits', () => {
  expect(spanReader()({ duration: 1795633948490104426n }).exact_duration).toBe(1795633948490104426n)
})
