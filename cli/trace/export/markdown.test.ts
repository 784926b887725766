/** A trace as Markdown. */
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { buildTrace } from '../model/build.ts'
import { traceMarkdown } from './markdown.ts'

test('the fence of a code block is longer than the backticks in a stack', () => {
  const stack = 'Error: unexpected ````\n    at parse (a.js:1)'
  const failed = { 'exception.type': 'Error', 'exception.stacktrace': stack }
  const trace = buildTrace([
    row('a', '', 'GET /', { at: 0, took: 1e6, is_error: true, events: [[1, 'exception', failed]] }),
  ])
  const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  const options = { fold: true, attributes: false, stack: false }
  const lines = [...traceMarkdown(trace, [], trace.spans, options, screen)]
  const from = lines.indexOf('`````text')
  expect(lines.slice(from)).toEqual([
    '`````text',
    'Error: unexpected ````',
    '    at parse (a.js:1)',
    '`````',
    '',
    '</details>',
  ])
})
