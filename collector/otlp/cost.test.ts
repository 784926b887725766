/** The cost of requests with many attributes. */
import { expect, test } from 'vitest'
import { cpuTime } from '../../test/cpu.ts'
import { jsonToProtobuf } from './json.ts'
import { rewrite } from './rewrite.ts'
import { scan } from './scan.ts'
import { WireWriter } from './wire.ts'

/** Generous for a slow machine; quadratic work takes hours. */
const LIMIT_MS = 20_000
const NOW = 1_790_000_000_000_000_000n

function inSpan(write: (span: WireWriter) => void): Buffer {
  const request = new WireWriter()
  request.message(1, (resource) => {
    resource.message(2, (scope) => {
      scope.message(2, write)
    })
  })
  return request.bytes()
}

function attribute(out: WireWriter, key: string, value: (any: WireWriter) => void): void {
  out.message(9, (pair) => {
    pair.string(1, key)
    pair.message(2, value)
  })
}

const text = (value: string) => (any: WireWriter) => any.string(1, value)

/** Keys of one length with the same first, middle and last byte. */
const alike = (index: number) => `a${String(index).padStart(9, '0')}b${'c'.repeat(9)}a`

const DEEP = 90

test.each<[string, () => Buffer]>([
  [
    '200,000 keys of like hash',
    () =>
      inSpan((span) => {
        for (let i = 0; i < 200_000; i++) attribute(span, alike(i), text('v'))
      }),
  ],
  [
    '1,000 long keys that differ in the middle',
    () =>
      inSpan((span) => {
        for (let i = 0; i < 1000; i++)
          attribute(span, `${'k'.repeat(20_000)}${i}${'k'.repeat(20_000)}`, text('v'))
      }),
  ],
  [
    'a value given a million times',
    () =>
      inSpan((span) => {
        span.message(9, (pair) => {
          for (let i = 0; i < 1_000_000; i++) pair.message(2, () => {})
          pair.message(2, (any) => any.message(5, () => {}))
        })
      }),
  ],
  [
    'a kvlist of 300,000 keys',
    () =>
      inSpan((span) =>
        attribute(span, 'k', (any) =>
          any.message(6, (list) => {
            for (let i = 0; i < 300_000; i++)
              list.message(1, (pair) => pair.string(1, alike(i * 7919)))
          }),
        ),
      ),
  ],
  [
    '10,000 deep values',
    () =>
      inSpan((span) => {
        for (let i = 0; i < 10_000; i++) {
          const nested = (depth: number) => (any: WireWriter) => {
            if (depth === 0) any.string(1, 'x'.repeat(20))
            else any.message(5, (list) => list.message(1, nested(depth - 1)))
          }
          attribute(span, `k${i}`, nested(DEEP / 2))
        }
      }),
  ],
  [
    'varints of ten bytes',
    () =>
      inSpan((span) =>
        attribute(span, 'k', (any) =>
          any.message(5, (list) => {
            for (let i = 0; i < 500_000; i++) list.message(1, (item) => item.varint(3, -1))
          }),
        ),
      ),
  ],
  [
    '300,000 events without a time',
    () =>
      inSpan((span) => {
        for (let i = 0; i < 300_000; i++) span.message(11, () => {})
      }),
  ],
  [
    '300,000 spans without a time',
    () => {
      const request = new WireWriter()
      request.message(1, (resource) => {
        resource.message(2, (scope) => {
          for (let i = 0; i < 300_000; i++) scope.message(2, () => {})
        })
      })
      return request.bytes()
    },
  ],
])('a request with %s takes linear time', async (_, make) => {
  const request = make()
  const used = cpuTime()
  expect(scan('traces', request).needsRewrite).toBe(true)
  const rewritten = await rewrite('traces', request, NOW)
  scan('traces', rewritten)
  expect(used()).toBeLessThan(LIMIT_MS)
})

test.each<[string, () => string]>([
  ['digits', () => `{"resourceSpans":[${'9'.repeat(1_000_000)}]}`],
  ['quotes', () => `{"a":"${'\\"'.repeat(1_000_000)}"}`],
  ['brackets', () => '['.repeat(1_000_000)],
  ['minus signs', () => `{"a":${'-'.repeat(1_000_000)}}`],
  ['spaces', () => `{"a":${' '.repeat(1_000_000)}1}`],
  ['keys', () => `{${'"a":1,'.repeat(250_000)}"b":2}`],
])('a JSON request of a million %s takes linear time', (_, make) => {
  const body = Buffer.from(make())
  const used = cpuTime()
  try {
    jsonToProtobuf('traces', body)
  } catch (error) {
    expect(error).toHaveProperty('name', 'MalformedRequestError')
  }
  expect(used()).toBeLessThan(LIMIT_MS)
})
