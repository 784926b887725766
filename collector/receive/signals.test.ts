/**
 * Logs and metrics in their tables.
 *
 * One file: two records, compared field by field.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-signals-'))
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

const RESOURCE = { attributes: [{ key: 'service.name', value: { stringValue: 'meter' } }] }
const TIMES = { startTimeUnixNano: '1790000000000000001', timeUnixNano: '1790000001000000002' }
const ATTRIBUTES = [{ key: 'k', value: { intValue: '7' } }]

test('every kind of metric is stored in its own table, field by field', async () => {
  await post('metrics', {
    resourceMetrics: [
      {
        resource: RESOURCE,
        schemaUrl: 'https://r',
        scopeMetrics: [
          {
            scope: { name: 'lib', version: '2', attributes: ATTRIBUTES, droppedAttributesCount: 3 },
            schemaUrl: 'https://s',
            metrics: [
              {
                name: 'g',
                description: 'd',
                unit: 'By',
                gauge: {
                  dataPoints: [
                    {
                      ...TIMES,
                      asInt: '5',
                      flags: 1,
                      attributes: ATTRIBUTES,
                      exemplars: [
                        {
                          timeUnixNano: '1790000000500000000',
                          asDouble: 1.5,
                          spanId: '0102030405060708',
                          traceId: '0102030405060708090a0b0c0d0e0f10',
                          filteredAttributes: ATTRIBUTES,
                        },
                      ],
                    },
                    { ...TIMES, asDouble: 0.25 },
                  ],
                },
              },
              {
                name: 's',
                sum: {
                  dataPoints: [{ ...TIMES, asInt: '-9' }],
                  aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE',
                  isMonotonic: true,
                },
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
                      bucketCounts: ['1', 2],
                      explicitBounds: [1.5],
                      min: 1,
                      max: 4,
                    },
                  ],
                },
              },
              {
                name: 'e',
                exponentialHistogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    {
                      ...TIMES,
                      count: 4,
                      sum: 8,
                      scale: -1,
                      zeroCount: '1',
                      positive: { offset: -2, bucketCounts: ['1', '2'] },
                      negative: { offset: 3, bucketCounts: ['4'] },
                      min: -1,
                      max: 9,
                    },
                  ],
                },
              },
              {
                name: 'q',
                summary: {
                  dataPoints: [
                    {
                      ...TIMES,
                      count: '2',
                      sum: 3,
                      quantileValues: [{ quantile: 0.5, value: 1.25 }],
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  })
  const common = {
    ResourceAttributes: { 'service.name': 'meter' },
    ResourceSchemaUrl: 'https://r',
    ScopeName: 'lib',
    ScopeVersion: '2',
    ScopeAttributes: { k: '7' },
    ScopeDroppedAttrCount: 3,
    ScopeSchemaUrl: 'https://s',
    ServiceName: 'meter',
    StartTimeUnix: '2026-09-21 14:13:20.000000001',
    TimeUnix: '2026-09-21 14:13:21.000000002',
  }
  expect(await rows('otel_metrics_gauge', 2, 'Value DESC')).toMatchObject([
    {
      ...common,
      MetricName: 'g',
      MetricDescription: 'd',
      MetricUnit: 'By',
      Attributes: { k: '7' },
      Value: 5,
      Flags: 1,
      'Exemplars.FilteredAttributes': [{ k: '7' }],
      'Exemplars.TimeUnix': ['2026-09-21 14:13:20.500000000'],
      'Exemplars.Value': [1.5],
      'Exemplars.SpanId': ['0102030405060708'],
      'Exemplars.TraceId': ['0102030405060708090a0b0c0d0e0f10'],
    },
    { ...common, Value: 0.25, 'Exemplars.Value': [] },
  ])
  expect(await rows('otel_metrics_sum', 1)).toMatchObject([
    { ...common, Value: -9, AggregationTemporality: 2, IsMonotonic: true },
  ])
  expect(await rows('otel_metrics_histogram', 1)).toMatchObject([
    {
      ...common,
      Count: 3,
      Sum: 6.5,
      BucketCounts: [1, 2],
      ExplicitBounds: [1.5],
      Min: 1,
      Max: 4,
      AggregationTemporality: 1,
    },
  ])
  expect(await rows('otel_metrics_exponential_histogram', 1)).toMatchObject([
    {
      ...common,
      Count: 4,
      Scale: -1,
      ZeroCount: 1,
      PositiveOffset: -2,
      PositiveBucketCounts: [1, 2],
      NegativeOffset: 3,
      NegativeBucketCounts: [4],
      Min: -1,
      Max: 9,
    },
  ])
  expect(await rows('otel_metrics_summary', 1)).toMatchObject([
    {
      ...common,
      Count: 2,
      Sum: 3,
      'ValueAtQuantiles.Quantile': [0.5],
      'ValueAtQuantiles.Value': [1.25],
    },
  ])
})

test('a log record is stored field by field, observed time standing in for a missing one', async () => {
  await post('logs', {
    resourceLogs: [
      {
        resource: RESOURCE,
        schemaUrl: 'https://r',
        scopeLogs: [
          {
            scope: { name: 'lib', version: '2', attributes: ATTRIBUTES },
            schemaUrl: 'https://s',
            logRecords: [
              {
                observedTimeUnixNano: '1790000000000000001',
                severityNumber: 'SEVERITY_NUMBER_WARN2',
                severityText: 'WARN',
                body: {
                  kvlistValue: {
                    values: [
                      { key: 'z', value: { boolValue: true } },
                      { key: 'a', value: {} },
                    ],
                  },
                },
                attributes: ATTRIBUTES,
                flags: 257,
                traceId: '0102030405060708090A0B0C0D0E0F10',
                spanId: '0102030405060708',
                eventName: 'bought',
              },
            ],
          },
        ],
      },
    ],
  })
  expect(await rows('otel_logs', 1)).toEqual([
    {
      Timestamp: '2026-09-21 14:13:20.000000001',
      TraceId: '0102030405060708090a0b0c0d0e0f10',
      SpanId: '0102030405060708',
      TraceFlags: 1,
      SeverityText: 'WARN',
      SeverityNumber: 14,
      ServiceName: 'meter',
      Body: '{"a":null,"z":true}',
      ResourceSchemaUrl: 'https://r',
      ResourceAttributes: { 'service.name': 'meter' },
      ScopeSchemaUrl: 'https://s',
      ScopeName: 'lib',
      ScopeVersion: '2',
      ScopeAttributes: { k: '7' },
      LogAttributes: { k: '7' },
      EventName: 'bought',
    },
  ])
})

async function post(signal: string, body: unknown): Promise<void> {
  const answer = await fetch(`${collector.addresses.otlpHttp}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect([answer.status, await answer.text()]).toEqual([200, '{}'])
}

/** Waits until the table has as many rows. */
async function rows(table: string, count: number, order = '1'): Promise<unknown[]> {
  const client = createClient({ url: collector.addresses.clickhouse })
  try {
    for (;;) {
      const answer = await client.query({
        query: `SELECT * FROM ${table} ORDER BY ${order}`,
        format: 'JSONEachRow',
      })
      const found = await answer.json()
      if (found.length >= count) return found
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    await client.close()
  }
}
