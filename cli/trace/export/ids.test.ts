/** Ids as OTLP carries them, and lists of unequal lengths. */
import { expect, it } from 'vitest'
import type { SpanRow } from '../model/span-row.ts'
import { withOtlpIds } from './ids.ts'
import { spansOtlp } from './otlp.ts'

const row = (given: Partial<SpanRow>) =>
  ({
    ...{ time: '2026-11-26T12:00:00Z', trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) },
    ...{ parent_id: '', trace_state: '', scope: '', scope_version: '', service: '', name: 'x' },
    ...{ kind: '', status: 'unset', status_message: '', is_error: false, duration: 1 },
    ...{ attributes: {}, resource: {}, event_time: [], event_name: [], event_attributes: [] },
    ...{ link_trace_id: [], link_span_id: [], link_attributes: [] },
    ...given,
  }) as SpanRow

it.each([
  ['a'.repeat(32), 'a'.repeat(32), undefined],
  ['', '', undefined],
  ['4BF92F3577B34DA6A3CE929D0E0E4736', '4bf92f3577b34da6a3ce929d0e0e4736', undefined],
  ['4bf92f35-77b3-4da6-a3ce-929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736', undefined],
  ['00f067aa0ba902b7', '000000000000000000f067aa0ba902b7', undefined],
  ['request 7', expect.stringMatching(/^[0-9a-f]{32}$/), 'trace_id=request 7'],
  ['a'.repeat(33), expect.stringMatching(/^[0-9a-f]{32}$/), `trace_id=${'a'.repeat(33)}`],
])('%s', (id, expected, said) => {
  const carried = withOtlpIds(row({ trace_id: id, link_trace_id: [id] }))
  expect(carried.trace_id).toEqual(expected)
  expect(carried.link_trace_id).toEqual([carried.trace_id])
  expect(carried.attributes['otrace.id.invalid']).toBe(said)
  expect(withOtlpIds(carried)).toEqual(carried)
})

it('keeps events and links whose lists are not equally long', () => {
  const odd = row({
    event_name: ['a'],
    event_time: ['2026-11-26T12:00:00Z', '2026-11-26T12:00:01Z'],
  })
  const text = [...spansOtlp([{ ...odd, link_span_id: ['c'.repeat(16)] }])].join('')
  const [span] = JSON.parse(text).resourceSpans[0].scopeSpans[0].spans
  expect(span.events.map(({ name }: { name: string }) => name)).toEqual(['a', ''])
  expect(span.links).toEqual([{ traceId: '', spanId: 'c'.repeat(16), attributes: [] }])
})
