/**
 * Every field of OTLP, stored in its column.
 *
 * One file: the table of OTLP fields is one list.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { type Message, messageNamed } from './proto.ts'
import { WireWriter } from './wire.ts'

/**
 * OTLP's trace model as it is published, message by message: number, name, type; `*` where it is repeated
 * (opentelemetry-proto 1.11: collector/trace, trace, common and resource, all v1). Messages have the names of
 * schema/otlp.proto.
 */
const PUBLISHED: Record<string, string> = {
  TracesRequest: '1 resource_spans *ResourceSpans',
  ResourceSpans: '1 resource Resource, 2 scope_spans *ScopeSpans, 3 schema_url string',
  Resource: '1 attributes *KeyValue, 2 dropped_attributes_count uint32, 3 entity_refs *EntityRef',
  EntityRef: '1 schema_url string, 2 type string, 3 id_keys *string, 4 description_keys *string',
  ScopeSpans: '1 scope Scope, 2 spans *Span, 3 schema_url string',
  Scope:
    '1 name string, 2 version string, 3 attributes *KeyValue, 4 dropped_attributes_count uint32',
  Span: `1 trace_id bytes, 2 span_id bytes, 3 trace_state string, 4 parent_span_id bytes, 5 name string, 6 kind enum,
    7 start_time_unix_nano fixed64, 8 end_time_unix_nano fixed64, 9 attributes *KeyValue,
    10 dropped_attributes_count uint32, 11 events *Event, 12 dropped_events_count uint32, 13 links *Link,
    14 dropped_links_count uint32, 15 status Status, 16 flags fixed32`,
  Event: `1 time_unix_nano fixed64, 2 name string, 3 attributes *KeyValue, 4 dropped_attributes_count uint32`,
  Link: `1 trace_id bytes, 2 span_id bytes, 3 trace_state string, 4 attributes *KeyValue,
    5 dropped_attributes_count uint32, 6 flags fixed32`,
  Status: '2 message string, 3 code enum',
  KeyValue: '1 key string, 2 value AnyValue, 3 key_strindex int32',
  AnyValue: `1 string_value string, 2 bool_value bool, 3 int_value int64, 4 double_value double,
    5 array_value ArrayValue, 6 kvlist_value KeyValueList, 7 bytes_value bytes, 8 string_value_strindex int32`,
  ArrayValue: '1 values *AnyValue',
  KeyValueList: '1 values *KeyValue',
}

/** What the exporter's table has no column for, and nothing here keeps. They are sent all the same. */
const NOT_STORED = [
  'ResourceSpans.schema_url',
  'Resource.dropped_attributes_count',
  'Resource.entity_refs',
  'ScopeSpans.schema_url',
  'Scope.attributes',
  'Scope.dropped_attributes_count',
  'Span.dropped_attributes_count',
  'Span.dropped_events_count',
  'Span.dropped_links_count',
  'Span.flags',
  'Event.dropped_attributes_count',
  'Link.dropped_attributes_count',
  'Link.flags',
  // Only in profiles.
  'KeyValue.key_strindex',
  'AnyValue.string_value_strindex',
]

/** Every kind of attribute value: as OTLP's JSON has it, and the text the exporter makes of it. */
const VALUES: [key: string, value: Json, text: string][] = [
  ['text', { stringValue: 'é\n"\\\t\u2028\u{1f600}' }, 'é\n"\\\t\u2028\u{1f600}'],
  ['text with a NUL', { stringValue: 'a\0b' }, 'a\0b'],
  ['text, long', { stringValue: 'x'.repeat(70_000) }, 'x'.repeat(70_000)],
  ['text, empty', { stringValue: '' }, ''],
  ['true', { boolValue: true }, 'true'],
  ['false', { boolValue: false }, 'false'],
  ['int', { intValue: '-7' }, '-7'],
  ['int 0', { intValue: 0 }, '0'],
  ['int, greatest', { intValue: '9223372036854775807' }, '9223372036854775807'],
  ['int, least', { intValue: '-9223372036854775808' }, '-9223372036854775808'],
  ['int beyond 2^53', { intValue: '9007199254740993' }, '9007199254740993'],
  ['double', { doubleValue: 0.1 }, '0.1'],
  ['double, whole', { doubleValue: 1 }, '1'],
  ['double 0', { doubleValue: 0 }, '0'],
  ['double -0', { doubleValue: '-0' }, '-0'],
  ['double NaN', { doubleValue: 'NaN' }, 'NaN'],
  ['double Infinity', { doubleValue: 'Infinity' }, 'Infinity'],
  ['double -Infinity', { doubleValue: '-Infinity' }, '-Infinity'],
  ['double, greatest', { doubleValue: Number.MAX_VALUE }, '1.7976931348623157e+308'],
  ['double, least', { doubleValue: Number.MIN_VALUE }, '5e-324'],
  ['double, last in digits', { doubleValue: 123456789012345680000 }, '123456789012345680000'],
  ['double, first with exponent', { doubleValue: 1e21 }, '1e+21'],
  ['double, small in digits', { doubleValue: 0.000001 }, '0.000001'],
  ['double, small with exponent', { doubleValue: 1e-7 }, '1e-7'],
  ['bytes', { bytesValue: '+/8AAQ==' }, '+/8AAQ=='],
  ['bytes, none', { bytesValue: '' }, ''],
  ['nothing', {}, ''],
  ['profiles', { stringValueStrindex: 3 }, ''],
  ['array, empty', { arrayValue: {} }, '[]'],
  ['kvlist, empty', { kvlistValue: { values: [] } }, '{}'],
  [
    'array of every kind',
    {
      arrayValue: {
        values: [
          { stringValue: '<&>"' },
          { boolValue: false },
          { intValue: '9223372036854775807' },
          { doubleValue: '-0' },
          { doubleValue: 1e21 },
          { bytesValue: 'AAE=' },
          {},
          { arrayValue: {} },
          { kvlistValue: {} },
        ],
      },
    },
    '["<&>\\"",false,9223372036854775807,-0,1e+21,"AAE=",null,[],{}]',
  ],
  [
    'kvlist, sorted by its bytes',
    {
      kvlistValue: {
        values: [
          { key: 'b', value: { intValue: 1 } },
          { key: 'é', value: { intValue: 2 } },
          { key: 'B', value: { intValue: 3 } },
          { key: '', value: {} },
        ],
      },
    },
    '{"":null,"B":3,"b":1,"é":2}',
  ],
  ['five deep', nested(5), '{"d":[{"d":[{"d":[{"d":[{"d":["bottom"]}]}]}]}]}'],
  ['NaN in an array', { arrayValue: { values: [{ doubleValue: 'NaN' }] } }, ''],
]

const ATTRIBUTES = VALUES.map(([key, value]) => ({ key, value, keyStrindex: 1 }))
const MAP = Object.fromEntries(VALUES.map(([key, , text]) => [key, text]))
const SERVICE = { key: 'service.name', value: { stringValue: 'shop' }, keyStrindex: 1 }

/** What is sent in each field, and where and how it is read back. Events and links are sent twice. */
const FIELDS: Record<string, { sent: Json; column: string; read: unknown }> = {
  'Resource.attributes': {
    sent: [SERVICE, ...ATTRIBUTES],
    column: 'ResourceAttributes',
    read: { 'service.name': 'shop', ...MAP },
  },
  'Scope.name': { sent: 'scope', column: 'ScopeName', read: 'scope' },
  'Scope.version': { sent: '1.2', column: 'ScopeVersion', read: '1.2' },
  'Span.trace_id': {
    sent: '0102030405060708090A0B0C0D0E0FFF',
    column: 'TraceId',
    read: '0102030405060708090a0b0c0d0e0fff',
  },
  'Span.span_id': { sent: '00000000000000F1', column: 'SpanId', read: '00000000000000f1' },
  'Span.trace_state': { sent: 'ot=th:8,a=b', column: 'TraceState', read: 'ot=th:8,a=b' },
  'Span.parent_span_id': {
    sent: 'f200000000000000',
    column: 'ParentSpanId',
    read: 'f200000000000000',
  },
  'Span.name': { sent: 'GET /é', column: 'SpanName', read: 'GET /é' },
  'Span.kind': { sent: 5, column: 'SpanKind', read: 'Consumer' },
  'Span.start_time_unix_nano': {
    sent: '1790000000123456789',
    column: 'Timestamp',
    read: '2026-09-21 14:13:20.123456789',
  },
  'Span.end_time_unix_nano': { sent: '1790000000123456796', column: 'Duration', read: 7 },
  'Span.attributes': { sent: ATTRIBUTES, column: 'SpanAttributes', read: MAP },
  'Status.message': { sent: 'no\nway', column: 'StatusMessage', read: 'no\nway' },
  'Status.code': { sent: 2, column: 'StatusCode', read: 'Error' },
  'Event.time_unix_nano': {
    sent: '1790000000000000001',
    column: 'Events.Timestamp',
    read: twice('2026-09-21 14:13:20.000000001'),
  },
  'Event.name': { sent: 'bought', column: 'Events.Name', read: twice('bought') },
  'Event.attributes': { sent: ATTRIBUTES, column: 'Events.Attributes', read: twice(MAP) },
  'Link.trace_id': {
    sent: 'a'.repeat(32),
    column: 'Links.TraceId',
    read: twice('a'.repeat(32)),
  },
  'Link.span_id': { sent: 'b'.repeat(16), column: 'Links.SpanId', read: twice('b'.repeat(16)) },
  'Link.trace_state': { sent: 'c=d', column: 'Links.TraceState', read: twice('c=d') },
  'Link.attributes': { sent: ATTRIBUTES, column: 'Links.Attributes', read: twice(MAP) },
}

/** A column that is made of another one's field. */
const DERIVED = { ServiceName: 'shop' }

type Json = null | string | number | boolean | Json[] | { [name: string]: Json }
interface PublishedField {
  number: number
  name: string
  repeated: boolean
  type: string
}

const model = new Map(
  Object.entries(PUBLISHED).map(([message, fields]) => [
    message,
    fields.split(',').map((field): PublishedField => {
      const [number, name, type] = field.trim().split(/\s+/)
      return {
        number: Number(number),
        name: name!,
        repeated: type!.startsWith('*'),
        type: type!.replace('*', ''),
      }
    }),
  ]),
)

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-fields-'))
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

test('every published field has a column, or is listed as not stored', () => {
  const kinds = new Set(VALUES.flatMap(([, value]) => Object.keys(value as object)))
  const homeless: string[] = []
  for (const [message, fields] of model) {
    for (const { number, name, repeated, type } of fields) {
      const path = `${message}.${name}`
      const isListed = NOT_STORED.includes(path)
      const isValue = message === 'AnyValue' && kinds.has(camel(name))
      const isWalked = model.has(type) || message === 'KeyValue' || message === 'EntityRef'
      if (!isListed && !FIELDS[path] && !isValue && !isWalked) homeless.push(path)
      // A leaf that is in the table is stored by nothing else.
      expect(isListed && FIELDS[path] !== undefined, path).toBe(false)
      if (isListed || message === 'EntityRef') continue
      expect(messageNamed(message).fields[number], path).toMatchObject({ name, number, repeated })
    }
  }
  expect(homeless).toEqual([])
})

test('schema/otlp.proto has no field of a trace that is not published', () => {
  const seen = new Set<Message>()
  const look = (message: Message) => {
    if (seen.has(message)) return
    seen.add(message)
    for (const field of message.fields) {
      if (!field) continue
      const published = model.get(message.name)?.find(({ number }) => number === field.number)
      expect(published?.name, `${message.name}.${field.name}`).toBe(field.name)
      if (field.message) look(field.message)
    }
  }
  look(messageNamed('TracesRequest'))
  expect(seen.size).toBe(model.size - 1)
})

test.each([
  ['HTTP protobuf', (body: Json) => post(encode('TracesRequest', body), 'x-protobuf')],
  ['HTTP JSON', (body: Json) => post(Buffer.from(JSON.stringify(body)), 'json')],
  [
    'HTTP JSON with bare 64-bit numbers',
    (body: Json) =>
      post(
        Buffer.from(JSON.stringify(body).replace(/"(intValue|\w+UnixNano)":"(-?\d+)"/g, '"$1":$2')),
        'json',
      ),
  ],
  ['gRPC', (body: Json) => call(encode('TracesRequest', body))],
])('every field is read back equal over %s', async (transport, send) => {
  const body = filled('TracesRequest') as { resourceSpans: { scopeSpans: { spans: Json[] }[] }[] }
  const marker = `${transport} `
  for (const span of body.resourceSpans[0]!.scopeSpans[0]!.spans)
    (span as { name: string }).name = marker
  await send(body as unknown as Json)
  const expected = {
    ...Object.fromEntries(Object.values(FIELDS).map(({ column, read }) => [column, read])),
    ...DERIVED,
    SpanName: marker,
  }
  expect(await rows(marker)).toEqual([expected])
})

test('service.name may be of any kind', async () => {
  const resourceSpans = VALUES.map(([key, value]) => ({
    resource: { attributes: [{ key: 'service.name', value }] },
    scopeSpans: [{ spans: [{ name: 'service', traceState: key }] }],
  }))
  await post(encode('TracesRequest', { resourceSpans }), 'x-protobuf')
  const found = (await rows('service', VALUES.length)) as {
    TraceState: string
    ServiceName: string
    ResourceAttributes: object
  }[]
  expect(
    Object.fromEntries(
      found.map((row) => [row.TraceState, [row.ServiceName, row.ResourceAttributes]]),
    ),
  ).toEqual(
    Object.fromEntries(VALUES.map(([key, , text]) => [key, [text, { 'service.name': text }]])),
  )
})

test.each<[string, Json, Record<string, unknown>]>([
  [
    'nothing',
    {},
    {
      TraceId: '',
      SpanId: '',
      ParentSpanId: '',
      SpanKind: 'Unspecified',
      StatusCode: 'Unset',
      Duration: 0,
      SpanAttributes: {
        'otrace.id.invalid': 'trace_id span_id',
        'otrace.time.invalid': 'start_time_unix_nano=0 end_time_unix_nano=0',
      },
      'Events.Name': [],
      'Links.TraceId': [],
    },
  ],
  [
    'ids of zeros',
    { traceId: '0'.repeat(32), spanId: '0'.repeat(16), parentSpanId: '0'.repeat(16) },
    { TraceId: '', SpanId: '', ParentSpanId: '' },
  ],
  [
    'an end before its start',
    { startTimeUnixNano: '1790000000000000001', endTimeUnixNano: '1790000000000000000' },
    { Duration: 0 },
  ],
  [
    'the longest duration',
    { startTimeUnixNano: '1', endTimeUnixNano: '4294943999000000001' },
    { Duration: 4_294_943_999_000_000_000 },
  ],
  [
    'a kind and a code of the future',
    { kind: 6, status: { code: 3 } },
    { SpanKind: '', StatusCode: '' },
  ],
  ['negative enums', { kind: -1, status: { code: -1 } }, { SpanKind: '', StatusCode: '' }],
  ...['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'].map(
    (name, kind): [string, Json, Record<string, unknown>] => [
      `kind ${kind}`,
      { kind },
      { SpanKind: name },
    ],
  ),
  ...['Unset', 'Ok', 'Error'].map((name, code): [string, Json, Record<string, unknown>] => [
    `status code ${code}`,
    { status: { code } },
    { StatusCode: name },
  ]),
  [
    'a key twice',
    {
      attributes: [
        { key: 'k', value: { intValue: 1 } },
        { key: 'k', value: { stringValue: 'last' } },
      ],
    },
    { SpanAttributes: { k: 'last' } },
  ],
])('a span with %s', async (marker, span, expected) => {
  const body = {
    resourceSpans: [{ scopeSpans: [{ spans: [{ ...(span as object), name: marker }] }] }],
  }
  await post(encode('TracesRequest', body), 'x-protobuf')
  await post(Buffer.from(JSON.stringify(body)), 'json')
  expect(await rows(marker, 2)).toMatchObject([expected, expected])
})

test('a field given twice has its last value, and messages are merged', async () => {
  const [name, first, last] = ['given twice', { 'service.name': 'one' }, { 'host.name': 'two' }]
  const listed = (of: Record<string, string>) =>
    Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } }))
  const text = { stringValue: 'text' }
  const listOf = (stringValue: string): Json => ({ arrayValue: { values: [{ stringValue }] } })
  const span: Json = {
    traceId: ['a'.repeat(32), 'b'.repeat(32)],
    spanId: ['1'.repeat(16), '2'.repeat(16)],
    name: ['first', name],
    kind: [2, 3],
    status: [{ code: 2, message: 'no' }, { message: 'yes' }],
    attributes: [
      { key: ['j', 'k'], value: [{}, { stringValue: 'v' }] },
      { key: 'kinds', value: [text, { intValue: '1' }] },
      { key: 'one value', value: { ...text, intValue: '2' } },
      { key: 'lists', value: [listOf('a'), listOf('b')] },
      { key: 'list again', value: [listOf('a'), text, listOf('b')] },
    ],
  }
  const sent: Json = {
    resourceSpans: [
      {
        resource: [{ attributes: listed(first) }, { attributes: listed(last) }],
        scopeSpans: [{ scope: [{ name: 'a' }, { version: '1' }], spans: [span] }],
      },
    ],
  }
  await post(encode('TracesRequest', sent), 'x-protobuf')
  const lists = new Set(['resourceSpans', 'scopeSpans', 'spans', 'attributes', 'values'])
  const json = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(json).join(',')}]`
    if (typeof value !== 'object') return JSON.stringify(value)
    const fields = Object.entries(value as object).flatMap(([field, held]) =>
      (lists.has(field) ? [held] : [held].flat()).map((one) => `"${field}":${json(one)}`),
    )
    return `{${fields.join(',')}}`
  }
  await post(Buffer.from(json(sent)), 'json')
  const stored = {
    TraceId: 'b'.repeat(32),
    SpanId: '2'.repeat(16),
    SpanKind: 'Client',
    StatusCode: 'Error',
    StatusMessage: 'yes',
    SpanAttributes: {
      k: 'v',
      kinds: '1',
      'one value': '2',
      lists: '["a","b"]',
      'list again': '["b"]',
    },
    ResourceAttributes: { ...first, ...last },
    ScopeName: 'a',
    ScopeVersion: '1',
  }
  expect(await rows(name, 2)).toMatchObject([stored, stored])
})

test('a message is whole wherever the buffer grows', () => {
  const broken: string[] = []
  for (const size of [1, 8, 20, 130]) {
    const content = Buffer.alloc(size, 7)
    const whole = new WireWriter()
    whole.raw(1, content)
    for (const expected of [0, size, 300]) {
      for (let capacity = 0; capacity < size + 12; capacity++) {
        const out = new WireWriter(capacity)
        const at = out.open(1, expected)
        out.append(content)
        out.close(at, expected)
        if (!out.bytes().equals(whole.bytes())) broken.push(`${size} of ${expected} in ${capacity}`)
      }
    }
  }
  expect(broken).toEqual([])
})

function twice<Value>(value: Value): Value[] {
  return [value, value]
}

function nested(depth: number): Json {
  return depth === 0
    ? { stringValue: 'bottom' }
    : {
        kvlistValue: {
          values: [{ key: 'd', value: { arrayValue: { values: [nested(depth - 1)] } } }],
        },
      }
}

/** A message in OTLP's JSON with every published field set. */
function filled(message: string): Json {
  const made: Record<string, Json> = {}
  for (const { name, repeated, type } of model.get(message)!) {
    const path = `${message}.${name}`
    const value = FIELDS[path]?.sent ?? (type === 'KeyValue' ? ATTRIBUTES : undefined)
    const one = value ?? (model.has(type) ? filled(type) : type === 'string' ? 'not stored' : 257)
    const many = type === 'Event' || type === 'Link' ? [one, one] : [one]
    made[camel(name)] = repeated && value === undefined ? many : one
  }
  return made
}

/** OTLP's JSON as protobuf, by the published numbers and types. */
function encode(message: string, value: Json): Buffer {
  const out = new WireWriter()
  for (const { number, name, type } of model.get(message)!) {
    const content = (value as Record<string, Json>)[camel(name)]
    if (content === undefined) continue
    for (const item of Array.isArray(content) ? content : [content]) {
      if (model.has(type)) out.raw(number, encode(type, item))
      else if (type === 'string') out.string(number, String(item))
      else if (type === 'bytes')
        out.raw(number, Buffer.from(String(item), name.endsWith('_id') ? 'hex' : 'base64'))
      else if (type === 'double') out.double(number, Number(item))
      else if (type === 'fixed64') out.fixed64(number, BigInt(String(item)))
      else if (type === 'fixed32') out.fixed32(number, Number(item))
      else if (type === 'bool') out.varint(number, item ? 1 : 0)
      else out.varint(number, BigInt(String(item)))
    }
  }
  return out.bytes()
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

async function post(body: Buffer, type: string): Promise<void> {
  const answer = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': `application/${type}` },
    body: new Uint8Array(body),
  })
  expect([answer.status, await answer.text()]).toEqual([200, type === 'json' ? '{}' : ''])
}

async function call(body: Buffer): Promise<void> {
  const client = new Client(
    collector.addresses.otlpGrpc!.replace('http://', ''),
    credentials.createInsecure(),
  )
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
  const same = (bytes: Buffer) => bytes
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, body, (error) => (error ? reject(error) : resolve()))
  })
  client.close()
}

/** The spans of a name, once there are as many. */
async function rows(name: string, count = 1): Promise<unknown[]> {
  const client = createClient({ url: collector.addresses.clickhouse })
  try {
    for (;;) {
      const answer = await client.query({
        query: 'SELECT * FROM otel_traces WHERE SpanName = {name:String}',
        query_params: { name },
        format: 'JSONEachRow',
      })
      const found = await answer.json()
      if (found.length >= count) return found
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  } finally {
    await client.close()
  }
}
