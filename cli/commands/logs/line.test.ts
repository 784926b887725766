/** Log records on a line. */
import { expect, test } from 'vitest'
import { screen } from '../../render/fixture.ts'
import { logLine } from './line.ts'

test.each([
  ['the text', { 'exception.message': 'no disk' }, 'the text'],
  ['', { 'exception.message': 'no disk' }, 'no disk'],
  ['', { 'exception.type': 'DiskError' }, 'DiskError'],
  ['', { 'exception.type': 'DiskError', 'exception.message': 'no\ndisk' }, 'DiskError: no\\ndisk'],
  ['', {}, ''],
])('a record with the body %j and %j', (body, attributes, shown) => {
  const row = { time: '2026-11-22T10:00:00.000000000Z', severity: 'ERROR', service: 'shop', body }
  const line = logLine({ ...row, trace_id: '', attributes }, screen(120), true)
  expect(line).toBe(`11:00:00.000  ERROR  shop          ${shown}`.trimEnd())
})
