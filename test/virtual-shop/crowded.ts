/** Calls without client spans, of which one host of the caller is slow. */
import { INTERNAL, SERVER, type VirtualSpan } from './spans.ts'

/** A minute of requests: 10 ms to 100 ms elsewhere, and on one host of three 60 ms more in its second half. */
export function crowded(): VirtualSpan[] {
  return Array.from({ length: 180 }, (_, i): VirtualSpan[] => {
    const ids = { traceId: `${i}`.padStart(32, 'c'), attributes: {}, isError: false }
    const [start, own, elsewhere] = [i * 333, i >= 90 && i % 3 === 0 ? 64 : 4, 10 + ((i * 37) % 91)]
    const span = { ...ids, start, exceptions: [] }
    const of = (service: string, host: string) => ({ service, resource: { 'host.name': host } })
    return [
      {
        ...{ ...span, spanId: '1'.padStart(16, '0'), parentSpanId: '', kind: INTERNAL },
        ...{ process: of('crowded cart', `c${i % 3}`), name: 'buy', end: start + own + elsewhere },
      },
      {
        ...{ ...span, spanId: '2'.padStart(16, '0'), parentSpanId: '1'.padStart(16, '0') },
        ...{ process: of('crowded mail', `m${i % 4}`), name: 'send', kind: SERVER },
        ...{ start: start + own / 2, end: start + own / 2 + elsewhere },
      },
    ]
  }).flat()
}
