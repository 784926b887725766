/** Random and damaged OTLP requests. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { removeFolder } from '../../test/folder.ts'
import { type Engine, openEngine } from '../engine/engine.ts'
import { createTables } from '../engine/tables.ts'
import { Loader } from '../ingest/load.ts'
import { Spool } from '../ingest/spool.ts'
import { receiver } from '../receive/accept.ts'
import { jsonToProtobuf } from './json.ts'
import { SIGNALS, type Signal } from './proto.ts'
import { MalformedRequestError, scan } from './scan.ts'

const ROUNDS = process.env.OTRACE_LONG ? 100_000 : 300
const directory = mkdtempSync(join(tmpdir(), 'otrace-fuzz-'))
let engine: Engine

beforeAll(async () => {
  engine = await openEngine(join(directory, 'clickhouse'))
  await createTables(engine)
})
afterAll(async () => {
  await engine.close()
  removeFolder(directory)
})

const TABLES: Record<Signal, string> = {
  traces: 'otel.otel_traces',
  logs: 'otel.otel_logs',
  metrics: "merge('otel', '^otel_metrics_')",
}

test.each(SIGNALS)(
  `${ROUNDS} mutated requests of %s: what is acknowledged is stored, and no neighbour is lost`,
  async (signal) => {
    const spool = new Spool(join(directory, 'spool', signal), 'os', (request) =>
      scan(signal, request),
    )
    const loader = new Loader(signal, engine, spool)
    const receive = receiver(
      { [signal]: spool } as Record<Signal, Spool>,
      async () => {},
      () => {},
    )
    const originals = samples(signal)
    let accepted = 0
    let refused = 0
    let rows = 0
    for (let round = 0; round < ROUNDS; round++) {
      const original = originals[round % originals.length]!
      for (const request of [mutated(original), original]) {
        try {
          await receive({ signal, request, isJson: false })
          rows += scan(signal, request).rows
          accepted++
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedRequestError)
          expect(request).not.toBe(original)
          refused++
        }
      }
    }
    while (await loader.load()) {
      // Until all is stored.
    }
    loader.close()
    expect(reasons(spool.directory)).toEqual([])
    const [stored] = await engine.rows<{ n: number }>(`SELECT count() AS n FROM ${TABLES[signal]}`)
    expect(Number(stored!.n)).toBe(rows)
    // Both happen, or this shows nothing.
    expect(Math.min(accepted - ROUNDS, refused)).toBeGreaterThan(ROUNDS / 50)
  },
  1_800_000,
)

/** Why files were quarantined. */
function reasons(spool: string): string[] {
  const folder = join(spool, 'quarantine')
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.endsWith('.reason'))
  return names.map((name) => readFileSync(join(folder, name), 'utf8'))
}

let seed = 7
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
  return (seed >>> 8) % below
}

/** Some bytes changed, inserted, removed or doubled. */
function mutated(original: Buffer): Buffer {
  let bytes = Buffer.from(original)
  for (let change = 0; change <= random(3); change++) {
    const at = random(bytes.length)
    const kind = random(6)
    if (kind === 0) bytes[at] = random(256)
    else if (kind === 1) bytes[at] = bytes[at]! ^ (1 << random(8))
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)])
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
    else if (kind === 4) bytes = Buffer.concat([bytes, bytes.subarray(at)])
    else bytes = bytes.subarray(0, at + 1)
  }
  return bytes
}

function samples(signal: Signal): Buffer[] {
  const json = (body: unknown) => jsonToProtobuf(signal, Buffer.from(JSON.stringify(body)))
  const attributes = [
    { key: 'a', value: { stringValue: 'x' } },
    {
      key: 'b',
      value: {
        arrayValue: {
          values: [{ intValue: 1 }, { kvlistValue: { values: [{ key: 'n', value: {} }] } }],
        },
      },
    },
    { key: 'c', value: { doubleValue: 0.5 } },
    { key: 'd', value: { bytesValue: 'AQID' } },
    { key: 'e', value: { boolValue: true } },
  ]
  const resource = { attributes }
  const scope = { name: 's', version: '1', attributes }
  const ids = { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708' }
  const times = { startTimeUnixNano: '1790000000000000001', timeUnixNano: '1790000001000000002' }
  if (signal === 'traces') {
    const span = {
      ...ids,
      name: 'n',
      kind: 2,
      startTimeUnixNano: '1790000000000000001',
      endTimeUnixNano: '1790000000000000009',
      attributes,
      events: [{ timeUnixNano: '1790000000000000002', name: 'e', attributes }],
      links: [{ ...ids, attributes }],
      status: { code: 2, message: 'm' },
    }
    return [
      shopRequest(1, 1_790_000_000_000_000_000n, 1),
      json({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span, span] }] }] }),
    ]
  }
  if (signal === 'logs') {
    const record = {
      ...ids,
      ...times,
      severityNumber: 9,
      severityText: 'INFO',
      body: { stringValue: 'b' },
      attributes,
      flags: 1,
      eventName: 'e',
    }
    return [
      json({
        resourceLogs: [
          {
            resource,
            schemaUrl: 'u',
            scopeLogs: [{ scope, logRecords: [record, record], schemaUrl: 'v' }],
          },
        ],
      }),
    ]
  }
  const exemplars = [
    { ...ids, timeUnixNano: '1790000000000000002', asDouble: 1, filteredAttributes: attributes },
  ]
  const metrics = [
    {
      name: 'g',
      description: 'd',
      unit: 'u',
      gauge: { dataPoints: [{ ...times, asInt: 5, attributes, exemplars, flags: 1 }] },
    },
    {
      name: 's',
      sum: {
        dataPoints: [{ ...times, asDouble: 5 }],
        aggregationTemporality: 2,
        isMonotonic: true,
      },
    },
    {
      name: 'h',
      histogram: {
        dataPoints: [
          {
            ...times,
            count: 3,
            sum: 1,
            bucketCounts: [1, 2],
            explicitBounds: [1],
            min: 0,
            max: 1,
            exemplars,
          },
        ],
      },
    },
    {
      name: 'e',
      exponentialHistogram: {
        dataPoints: [
          {
            ...times,
            count: 3,
            sum: 1,
            scale: -2,
            zeroCount: 1,
            positive: { offset: -1, bucketCounts: [1, 2] },
            negative: { bucketCounts: [3] },
          },
        ],
      },
    },
    {
      name: 'q',
      summary: {
        dataPoints: [{ ...times, count: 3, sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }] }],
      },
    },
  ]
  return [
    json({
      resourceMetrics: [
        { resource, schemaUrl: 'u', scopeMetrics: [{ scope, metrics, schemaUrl: 'v' }] },
      ],
    }),
  ]
}
