/** A store with a row in each table, for ClickHouse's drivers. */
import type { Collector } from '../../collector/main.ts'

const TIMES = { startTimeUnixNano: '1790000000000000001', timeUnixNano: '1790000001000000002' }
const ATTRIBUTES = [
  { key: 'k', value: { intValue: '7' } },
  { key: 'http.route', value: { stringValue: '/a/{id}' } },
]
const RESOURCE = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
const EXEMPLARS = [
  { timeUnixNano: '1790000000500000000', asDouble: 1.5, filteredAttributes: ATTRIBUTES },
]

const span = (spanId: string, events: object[]) => ({
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId,
  name: `span ${spanId}`,
  kind: 2,
  startTimeUnixNano: '1790000000000000001',
  endTimeUnixNano: '1790000000500000001',
  attributes: ATTRIBUTES,
  events,
  links: [
    {
      traceId: '0102030405060708090a0b0c0d0e0f11',
      spanId: '0102030405060709',
      attributes: ATTRIBUTES,
    },
  ],
})
const event = { timeUnixNano: '1790000000100000000', name: 'exception', attributes: ATTRIBUTES }

const REQUESTS = {
  traces: {
    resourceSpans: [
      {
        resource: RESOURCE,
        scopeSpans: [
          {
            spans: [
              span('0102030405060708', [event, event]),
              span('0102030405060709', []),
              // One that comes again, for otel_traces_repeats.
              span('0102030405060709', []),
            ],
          },
        ],
      },
    ],
  },
  logs: {
    resourceLogs: [
      {
        resource: RESOURCE,
        scopeLogs: [
          { logRecords: [{ ...TIMES, body: { stringValue: 'said' }, attributes: ATTRIBUTES }] },
        ],
      },
    ],
  },
  metrics: {
    resourceMetrics: [
      {
        resource: RESOURCE,
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'g',
                gauge: { dataPoints: [{ ...TIMES, asDouble: 1, exemplars: EXEMPLARS }] },
              },
              {
                name: 's',
                sum: { aggregationTemporality: 2, dataPoints: [{ ...TIMES, asInt: '3' }] },
              },
              {
                name: 'h',
                histogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      ...TIMES,
                      count: '3',
                      sum: 6.5,
                      bucketCounts: ['1', '2'],
                      explicitBounds: [1.5],
                    },
                  ],
                },
              },
              {
                name: 'e',
                exponentialHistogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      ...TIMES,
                      count: '1',
                      scale: 1,
                      positive: { offset: 1, bucketCounts: ['1'] },
                    },
                  ],
                },
              },
              {
                name: 'q',
                summary: {
                  dataPoints: [
                    { ...TIMES, count: '1', sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }] },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  },
}

/** Sends one request of each signal. @param collector of an empty store */
export async function fillStore(collector: Collector): Promise<void> {
  for (const [signal, body] of Object.entries(REQUESTS)) {
    const response = await fetch(`${collector.addresses.otlpHttp}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(await response.text())
  }
  // Metrics load last.
  for (;;) {
    const sql = 'SELECT count() FROM otel_metrics_summary, otel_traces_repeats'
    const url = `${collector.addresses.clickhouse}/?query=${encodeURIComponent(sql)}`
    if ((await (await fetch(url)).text()).trim() === '1') return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
