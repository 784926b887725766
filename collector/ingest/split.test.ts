/** Halves of OTLP requests. */
import { expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { jsonToProtobuf } from '../otlp/json.ts'
import type { Signal } from '../otlp/proto.ts'
import { scan } from '../otlp/scan.ts'
import { halve } from './split.ts'

const encode = (signal: Signal, body: object) =>
  jsonToProtobuf(signal, Buffer.from(JSON.stringify(body)))
const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }]
const resource = { attributes }

test.each<[Signal, Buffer]>([
  ['traces', shopRequest(3, 5n, 1e9)],
  // Behind a field that OTLP does not have, of four bytes.
  ['traces', Buffer.concat([Buffer.from('7d01020304', 'hex'), shopRequest(2, 5n, 1e9)])],
  [
    'logs',
    encode('logs', {
      resourceLogs: [
        { resource, scopeLogs: [{ scope: { name: 's' }, logRecords: [{}, { flags: 1 }, {}] }] },
      ],
    }),
  ],
  [
    'metrics',
    encode('metrics', {
      resourceMetrics: [
        {
          resource,
          scopeMetrics: [
            {
              metrics: [
                { name: 'g', gauge: { dataPoints: [{ asInt: 1 }, { asInt: 2 }, { asInt: 3 }] } },
                { name: 'h', histogram: { dataPoints: [{ count: 1 }, { count: 2 }] } },
              ],
            },
          ],
        },
      ],
    }),
  ],
])('the halves of a request of %s have its rows and its resource', (signal, request) => {
  const { rows } = scan(signal, request)
  const singles: Buffer[] = []
  const split = (part: Buffer) => {
    const halves = halve(signal, part)
    if (!halves) return singles.push(part)
    expect(halves.map((half) => scan(signal, half).rows).reduce((a, b) => a + b)).toBe(
      scan(signal, part).rows,
    )
    return halves.forEach(split)
  }
  split(request)
  expect(singles).toHaveLength(rows)
  for (const single of singles) {
    expect(scan(signal, single).rows).toBe(1)
    expect(single.includes('service.name')).toBe(true)
  }
})
