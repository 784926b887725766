/** The structure check of a request: counts, limits and refusals. */
import { describe, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { jsonToProtobuf } from './json.ts'
import { MalformedRequestError, scan } from './scan.ts'

const attribute = (key: string, value: unknown) => ({ key, value })
const SPAN = {
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId: '0102030405060708',
  name: 'span',
  startTimeUnixNano: '1790000000000000000',
  endTimeUnixNano: '1790000000000000001',
}
const spans = (count: number, resourceSize: number, attributes: unknown[] = []) =>
  jsonToProtobuf(
    'traces',
    Buffer.from(
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [attribute('k', { stringValue: 'r'.repeat(resourceSize) })] },
            scopeSpans: [{ spans: Array.from({ length: count }, () => ({ ...SPAN, attributes })) }],
          },
        ],
      }),
    ),
  )

test('counts rows, and bytes as if each row had its own resource', () => {
  const one = scan('traces', spans(1, 1000))
  const hundred = scan('traces', spans(100, 1000))
  expect([one.rows, hundred.rows]).toEqual([1, 100])
  expect(one.flatBytes).toBeGreaterThan(1000)
  expect(hundred.flatBytes).toBe(100 * one.flatBytes)
  expect(scan('traces', shopRequest(3, 1_790_000_000_000_000_000n, 1))).toMatchObject({
    rows: 66,
    needsRewrite: false,
    needsMerge: false,
  })
  expect(scan('traces', Buffer.alloc(0)).rows).toBe(0)
})

test.each(['traceId', 'spanId'] as const)('a span without its %s is rewritten', (name) => {
  const { [name]: _, ...span } = SPAN
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
  const body = jsonToProtobuf('traces', Buffer.from(JSON.stringify(request)))
  expect(scan('traces', body).needsRewrite).toBe(true)
})

test('every prefix of a request is malformed, unless it ends between two fields of the request itself', () => {
  const request = shopRequest(1, 0n, 1)
  for (let size = 1; size < request.length; size++) {
    expect(() => scan('traces', request.subarray(0, size)), String(size)).toThrow(
      MalformedRequestError,
    )
  }
})

test('passes over fields of the future, of every wire type', () => {
  const span = Buffer.from([0x2a, 1, 0x78])
  for (const unknown of [
    [0xa0, 0x06, 0x96, 0x01],
    [0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
    [0xa2, 0x06, 0],
    [0xa2, 0x06, 3, 0xff, 0xff, 0xff],
    [0xa2, 0x06, 0x80, 0x01, ...Array(128).fill(0xff)],
    [0xa5, 0x06, 1, 2, 3, 4],
  ]) {
    const bytes = Buffer.concat([Buffer.from(unknown), span, Buffer.from(unknown)])
    const spans = [...delimited(2), ...length(bytes.length), ...bytes]
    const scope = [...delimited(2), ...length(spans.length), ...spans, ...unknown]
    const resource = [...delimited(1), ...length(scope.length), ...scope, ...unknown]
    expect(scan('traces', Buffer.from(resource)).rows).toBe(1)
    expect(() => scan('traces', Buffer.from(resource.slice(0, -1)))).toThrow(MalformedRequestError)
  }
})

describe('says which requests need the slow way', () => {
  const needsRewrite = (...attributes: unknown[]) =>
    scan('traces', spans(1, 1, attributes)).needsRewrite
  const text = { stringValue: 'v' }
  test.each([
    [
      'plain values',
      [attribute('a', text), attribute('b', { intValue: 1 }), attribute('c', {})],
      false,
    ],
    ['an array', [attribute('a', { arrayValue: { values: [text] } })], true],
    ['an empty array', [attribute('a', { arrayValue: {} })], true],
    ['a kvlist', [attribute('a', { kvlistValue: { values: [attribute('a', text)] } })], true],
    [
      'the same key twice',
      [attribute('a', text), attribute('b', text), attribute('a', text)],
      true,
    ],
    ['an empty key twice', [attribute('', text), attribute('', text)], true],
    [
      'keys that are similar',
      Array.from({ length: 200 }, (_, i) => attribute(`key${i}`, text)),
      false,
    ],
  ])('%s', (_, attributes, expected) => {
    expect(needsRewrite(...attributes)).toBe(expected)
  })
})

describe('refuses what ClickHouse would not read', () => {
  test.each([
    ['field number 0', [0x00, 0x00]],
    ['a group', [0x0b, 0x0c]],
    ['wire type 6', [0x0e]],
    ['a length beyond its message', [0x0a, 0x05, 0x0a, 0x7f, 0, 0, 0]],
    ['a message as a varint', [0x08, 0x01]],
    ['a varint without an end', [0x50, ...Array(11).fill(0xff)]],
    ['a length of 2^35', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a bool of 2', [0x0a, 9, 0x0a, 7, 0x0a, 5, 0x12, 3, 0x10, 0x82, 0]],
    ['a bool of 2^63', [0x0a, 17, 0x0a, 15, 0x0a, 13, 0x12, 11, 0x10, ...Array(9).fill(0x80), 1]],
    ['an id of 15 bytes', [0x0a, 21, 0x12, 19, 0x12, 17, 0x0a, 15, ...Array(15).fill(1)]],
  ])('%s', (_, bytes) => {
    expect(() => scan('traces', Buffer.from(bytes))).toThrow(MalformedRequestError)
  })

  test('a length beyond its message, by name', () => {
    const bytes = Buffer.from([0x0a, 0x05, 0x0a, 0x7f, 0, 0, 0])
    expect(() => scan('traces', bytes)).toThrow('a length beyond its message')
  })

  test.each([60, 1000])('a value nested %d deep', (depth) => {
    let bytes = Buffer.from([0x0a, 0x01, 0x78])
    for (let i = 0; i < depth; i++) {
      // AnyValue { array_value { values: … } }
      bytes = Buffer.concat([
        delimited(5),
        length(bytes.length + 1 + length(bytes.length).length),
        delimited(1),
        length(bytes.length),
        bytes,
      ])
    }
    const pair = Buffer.concat([delimited(2), length(bytes.length), bytes])
    const span = Buffer.concat([delimited(9), length(pair.length), pair])
    const scope = Buffer.concat([delimited(2), length(span.length), span])
    const resource = Buffer.concat([delimited(2), length(scope.length), scope])
    expect(() =>
      scan('traces', Buffer.concat([delimited(1), length(resource.length), resource])),
    ).toThrow(/nested too deeply/)
  })
})

function delimited(field: number): Buffer {
  return Buffer.from([field * 8 + 2])
}

function length(size: number): Buffer {
  return size < 128
    ? Buffer.from([size])
    : size < 16_384
      ? Buffer.from([(size & 127) | 128, size >> 7])
      : Buffer.from([(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14])
}
