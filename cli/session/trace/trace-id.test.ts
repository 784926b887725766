/** Trace ids in every form that people paste. */
import { expect, test } from 'vitest'
import { readTraceId } from './trace-id.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'

test.each([
  ID,
  ID.toUpperCase(),
  `  ${ID}\n`,
  `"${ID}"`,
  '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
  `00-${ID}-00f067aa0ba902b7-01`,
  `traceparent: 00-${ID}-00f067aa0ba902b7-00`,
  `0x${ID}`,
  `trace_id=${ID}`,
  `Trace ID: ${ID}`,
  `"trace_id":"${ID}","span_id":"00f067aa0ba902b7"`,
  `http://localhost:16686/trace/${ID}?uiFind=x`,
  `{${ID}},`,
])('%j is the id', (text) => {
  expect(readTraceId(text)).toBe(ID)
})

test('the first eight digits are enough', () => {
  expect(readTraceId('4BF92F35')).toBe('4bf92f35')
  expect(readTraceId('4bf92f35…')).toBe('4bf92f35')
  expect(readTraceId('trace_id=4bf92f35,')).toBe('4bf92f35')
})

test('a part of an id is refused where all of it is needed, with that as the hint', () => {
  expect(() => readTraceId('4bf92f35', 32)).toThrow(
    expect.objectContaining({
      message: "not a trace id: '4bf92f35' has only 8 digits",
      hint: 'give its 32 digits, or a traceparent; `otrace slow` lists some',
    }),
  )
  expect(readTraceId(ID, 32)).toBe(ID)
})

test.each([
  ['', 'not hexadecimal digits'],
  ['4bf92f3', 'only 7 digits'],
  ['checkout', 'not hexadecimal digits'],
  [`${ID}0`, '33 digits'],
  [`${ID} ${'1'.repeat(32)}`, 'not hexadecimal digits'],
  ['0'.repeat(32), 'all zeros'],
])('%j is refused', (text, why) => {
  expect(() => readTraceId(text)).toThrow(why)
})
