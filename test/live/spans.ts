/** Spans as OTLP JSON, a few words each. */

export interface Made {
  service: string
  name: string
  kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** Milliseconds after the trace's start. */
  at?: number
  /** Milliseconds. */
  took: number
  trace: string
  id: string
  parent?: string
  error?: boolean
  attributes?: Record<string, string>
  /** `trace/span` of each. */
  links?: [trace: string, id: string][]
}

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer']
export const traceId = (name: string) => Buffer.from(name).toString('hex').padStart(32, '0')
export const spanId = (name: string) => Buffer.from(name).toString('hex').padStart(16, '0')
const list = (map: Record<string, string>) =>
  Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** @param start milliseconds since 1970 UTC */
export function otlpSpans(spans: Made[], start: number): string {
  return JSON.stringify({
    resourceSpans: spans.map(({ service, kind = 'internal', at = 0, took, ...span }) => {
      const from = BigInt(start) * 1_000_000n + BigInt(Math.round(at * 1e6))
      return {
        resource: { attributes: list({ 'service.name': service }) },
        scopeSpans: [
          {
            spans: [
              {
                traceId: traceId(span.trace),
                spanId: spanId(span.id),
                name: span.name,
                kind: KINDS.indexOf(kind) + 1,
                startTimeUnixNano: String(from),
                endTimeUnixNano: String(from + BigInt(Math.round(took * 1e6))),
                attributes: list(span.attributes ?? {}),
                links: (span.links ?? []).map(([trace, id]) => ({
                  traceId: traceId(trace),
                  spanId: spanId(id),
                })),
                ...(span.parent ? { parentSpanId: spanId(span.parent) } : {}),
                ...(span.error ? { status: { code: 2 } } : {}),
              },
            ],
          },
        ],
      }
    }),
  })
}

/** Orders over three services, a database, a queue that a fourth service reads, and a host outside. */
export function orders(count: number): Made[] {
  return Array.from({ length: count }, (_, i): Made[] => {
    const trace = `order${i}`
    const ids = { web: `w${i}`, call: `c${i}`, shop: `s${i}`, send: `p${i}` }
    const own = { trace, at: 0 }
    return [
      { ...own, service: 'web', name: 'POST /buy', kind: 'server', took: 60 + i, id: ids.web },
      {
        ...own,
        service: 'web',
        name: 'POST',
        kind: 'client',
        took: 50,
        id: ids.call,
        parent: ids.web,
      },
      {
        ...own,
        ...{ service: 'shop', name: 'POST /order', kind: 'server', took: 40, id: ids.shop },
        parent: ids.call,
        error: i % 4 === 0,
      },
      {
        ...own,
        ...{
          service: 'shop',
          name: 'SELECT',
          kind: 'client',
          took: 5,
          id: `d${i}`,
          parent: ids.shop,
        },
        attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'orders' },
      },
      {
        ...own,
        ...{
          service: 'shop',
          name: 'GET',
          kind: 'client',
          took: 20,
          id: `e${i}`,
          parent: ids.shop,
        },
        attributes: { 'server.address': 'api.example.com', 'http.request.method': 'GET' },
      },
      {
        ...own,
        ...{ service: 'shop', name: 'orders send', kind: 'producer', took: 2, id: ids.send },
        parent: ids.shop,
        attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
      },
      {
        service: 'mail',
        ...{ name: 'orders process', kind: 'consumer', took: 8, id: `m${i}`, at: 302 },
        trace: `mail${i}`,
        links: [[trace, ids.send]],
        attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
      },
    ]
  }).flat()
}
