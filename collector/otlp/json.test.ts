/** OTLP as JSON, against the same requests as protobuf. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FieldReader } from './field-reader.ts'
import { jsonToProtobuf } from './json.ts'
import { type Message, messageNamed } from './proto.ts'
import { MalformedRequestError, scan } from './scan.ts'

const encode = (text: string) => jsonToProtobuf('traces', Buffer.from(text))
const inSpan = (members: string) =>
  encode(`{"resourceSpans":[{"scopeSpans":[{"spans":[{${members}}]}]}]}`)

/** The fields of the first span, by name. */
function span(request: Buffer): Record<string, unknown> {
  let fields = new FieldReader(request)
  let message: Message = messageNamed('TracesRequest')
  while (message.name !== 'Span') {
    while (fields.next() && message.fields[fields.number]?.message?.role === undefined);
    message = message.fields[fields.number]!.message!
    fields = fields.inner()
  }
  const found: Record<string, unknown> = {}
  while (fields.next()) {
    const field = message.fields[fields.number]!
    found[field.name] =
      field.wireType === 1
        ? fields.fixed64()
        : field.wireType === 0
          ? fields.varint()
          : field.idSize
            ? Buffer.from(fields.content()).toString('hex')
            : fields.text()
  }
  return found
}

const CAMEL = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          scope: { name: 'lib' },
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: 'A1A2A3A4A5A6A7A8',
              name: 'é "quoted" \u2028',
              kind: 'SPAN_KIND_SERVER',
              startTimeUnixNano: '1790000000000000001',
              endTimeUnixNano: '1790000000000000002',
              attributes: [
                { key: 'list', value: { arrayValue: { values: [null, { intValue: '-1' }] } } },
                { key: 'double', value: { doubleValue: -1.5e-7 } },
                { key: 'bytes', value: { bytesValue: 'AQID' } },
              ],
              status: { code: 2 },
            },
          ],
        },
      ],
    },
  ],
}
const snakeCase = (text: string) =>
  text.replace(/"(\w+)":/g, (name) =>
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  )

test('names of the .proto mean the same as names in lowerCamelCase', () => {
  const text = JSON.stringify(CAMEL)
  expect(snakeCase(text)).toContain('"start_time_unix_nano":')
  expect(encode(snakeCase(text))).toEqual(encode(text))
  expect(span(encode(text))).toMatchObject({
    trace_id: '0102030405060708090a0b0c0d0e0f10',
    span_id: 'a1a2a3a4a5a6a7a8',
    name: 'é "quoted" \u2028',
    kind: 2n,
    start_time_unix_nano: 1790000000000000001n,
  })
})

test('a name with escapes is the same name', () => {
  expect(inSpan('"\\u006eame":"x"')).toEqual(inSpan('"name":"x"'))
})

test('an instrumentation library is a scope', () => {
  const old = JSON.stringify(CAMEL)
    .replace('"scopeSpans"', '"instrumentationLibrarySpans"')
    .replace('"scope"', '"instrumentationLibrary"')
  expect(encode(old)).toEqual(encode(JSON.stringify(CAMEL)))
  expect(encode(snakeCase(old))).toEqual(encode(JSON.stringify(CAMEL)))
})

test.each([
  ['{"resource_span":[{}]}', '"resource_span"'],
  ['{"resourceSpans":[{"librarySpans":[{"spans":[{}]}]}]}', '"librarySpans"'],
  ['{"spans":[{"name":"x"}]}', '"spans"'],
  ['{"resourcespans":[{"scopeSpans":[]}]}', '"resourcespans"'],
  ['{"foo":1}', '"foo"'],
  ['{"resource_span":{"scopeSpans":[]}}', '"resource_span"'],
  ['{"resourceSpans":[{"foo":1}]}', '"foo"'],
  ['{"resourceSpans":[{"resource":{"foo":1}}]}', '"foo"'],
  ['{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{}},{"foo":{}}]}]}', '"foo"'],
])('a request of which nothing is understood is refused: %s', (text, named) => {
  expect(() => encode(text)).toThrow(`it has no traces, and ${named} is not a field of OTLP`)
})

test.each([
  ['{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"}]}]}]}', 'metrics'],
  ['{"resource_logs":[{"scope_logs":[]}]}', 'logs'],
  ['{"resourceSpans":[{"scopeMetrics":[{"metrics":[]}]}]}', 'metrics'],
  ['{"resourceSpans":[{"instrumentationLibraryLogs":[]}]}', 'logs'],
])('a request of another signal is sent to its path: %s', (text, signal) => {
  expect(() => encode(text)).toThrow(`it holds ${signal}, which go to /v1/${signal}`)
})

test.each([
  ['logs', '{"resourceLogs":[{"scopeLogs":[{"foo":1}]}]}'],
  ['metrics', '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"foo":1}]}]}]}'],
  [
    'metrics',
    '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"foo":1}}]}]}]}',
  ],
] as const)('%s of which nothing is understood are refused: %s', (signal, text) => {
  expect(() => jsonToProtobuf(signal, Buffer.from(text))).toThrow(
    `it has no ${signal}, and "foo" is not a field of OTLP`,
  )
})

test.each([
  '{}',
  '{"resourceSpans":[]}',
  '{"resourceSpans":[{}]}',
  '{"resourceSpans":[{"schemaUrl":"u","scopeSpans":[]}]}',
  '{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":{"later":1}}]},"later":1}]}',
])('a request without rows is taken: %s', (text) => {
  expect(scan('traces', encode(text)).rows).toBe(0)
})

test('integers of 64 bits keep all their digits, as strings and as numbers', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.boolean(), (value, isText) => {
      const written = isText ? `"${value}"` : String(value)
      expect(span(inSpan(`"startTimeUnixNano":${written}`)).start_time_unix_nano).toBe(value)
    }),
  )
})

test('text is valid JSON where JSON.parse says so, and keeps its strings', () => {
  let isRefused = 0
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e9',
      '\\x',
      '-',
      '0',
      '01',
      '1.5',
      '1.',
    ],
    ...['1e5', '1e', 'true', 'tru', 'null', 'false', ' ', '\n', '\u0001', 'é', '\ud83d\ude00'],
  )
  const mutated = fc
    .tuple(fc.json(), fc.array(fc.tuple(fc.nat(), pieces), { maxLength: 2 }))
    .map(([text, edits]) =>
      edits.reduce((all, [at, piece]) => {
        const cut = at % (all.length + 1)
        return all.slice(0, cut) + piece + all.slice(cut)
      }, text),
    )
  fc.assert(
    fc.property(mutated, (text) => {
      const body = `{"unknown":${text}}`
      let isValid = true
      try {
        JSON.parse(body)
      } catch {
        isValid = false
        isRefused++
      }
      const read = () =>
        encode(`{"a":1,"b":${body},"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}`)
      if (isValid) expect(read).not.toThrow()
      else expect(read).toThrow(MalformedRequestError)
    }),
    { numRuns: process.env.OTRACE_LONG ? 30_000 : 1000 },
  )
  expect(isRefused).toBeGreaterThan(300)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(span(inSpan(`"name":${JSON.stringify(text)}`)).name).toBe(Buffer.from(text).toString())
    }),
  )
})

describe('an error names the field', () => {
  test.each([
    ['"name":1', 'the request.resourceSpans[0].scopeSpans[0].spans[0].name must be a string'],
    ['"traceId":"0x"', 'spans[0].traceId must be 32 hex digits'],
    ['"kind":"ODD"', 'spans[0].kind must be an integer'],
    ['"kind":1.5', 'spans[0].kind must be an integer'],
    ['"attributes":{}', 'spans[0].attributes must be an array'],
    ['"attributes":[{},{"value":[]}]', 'spans[0].attributes[1].value must be an object'],
    ['"status":"OK"', 'spans[0].status must be an object'],
    [
      '"attributes":[{"value":{"stringValue":"x"}}],"status":2',
      'spans[0].status must be an object',
    ],
    ['"links":[{"attributes":[]},null]', 'spans[0].links[1] must be an object'],
    [
      '"attributes":[{"value":{"boolValue":"x"}}]',
      'attributes[0].value.boolValue must be true or false',
    ],
    [
      '"attributes":[{"value":{"doubleValue":"x"}}]',
      'attributes[0].value.doubleValue must be a number',
    ],
    ['"name":"\u0001"', 'not valid JSON: unexpected "\\u0001" at byte'],
    ['"name":', 'not valid JSON: unexpected "}" at byte'],
  ])('%s', (members, message) => {
    expect(() => inSpan(members)).toThrow(message)
  })

  test.each(['', '[', '{"resourceSpans":[}', '{}x', 'nul'])('not valid JSON: %s', (text) => {
    expect(() => encode(text)).toThrow('not valid JSON')
  })
})
