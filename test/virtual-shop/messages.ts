/** Messages that wait, on some hosts more than on others. */
import { CONSUMER, PRODUCER, type VirtualSpan } from './spans.ts'

/**
 * A minute of messages that wait for 20 ms, and one in three for 300 ms more in its second half.
 * @param what `taken` or `sent` by a host whose clock changes, or taken late by a `version`
 */
export function messages(what: string): VirtualSpan[] {
  return Array.from({ length: 180 }, (_, i): VirtualSpan[] => {
    const [sent, one] = [i * 333, i % 3]
    const ids = {
      traceId: `${i}`.padStart(32, what.length.toString()),
      attributes: {},
      isError: false,
    }
    const extra = i >= 90 && one === 0 ? 300 : 0
    const resource = {
      'host.name': what === 'version' ? `m${i}` : `m${what === 'taken' ? one : i % 5}`,
    }
    const from = {
      service: `${what} api`,
      resource: { 'host.name': `s${what === 'sent' ? one : i % 4}` },
    }
    const by = {
      service: `${what} mail`,
      resource: { ...resource, 'service.version': what === 'version' && one === 0 ? '2' : '1' },
    }
    const at = sent + 5 + 10 + (i % 21) + (what === 'sent' ? 0 : extra)
    const back = what === 'sent' ? extra : 0
    return [
      {
        ...ids,
        spanId: '1'.padStart(16, '0'),
        parentSpanId: '',
        process: from,
        name: 'publish',
        kind: PRODUCER,
        start: sent - back,
        end: sent - back + 5,
        exceptions: [],
      },
      {
        ...ids,
        spanId: '2'.padStart(16, '0'),
        parentSpanId: '1'.padStart(16, '0'),
        process: by,
        name: 'process',
        kind: CONSUMER,
        start: at,
        end: at + 10,
        exceptions: [],
      },
    ]
  }).flat()
}
