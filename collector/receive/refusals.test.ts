/** What the terminal says of refused requests. */
import { expect, test, vi } from 'vitest'
import { writeNotices } from '../status.ts'
import { refusals } from './refusals.ts'

function writtenBy(work: () => void): string {
  const written: string[] = []
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
  try {
    work()
  } finally {
    stderr.mockRestore()
  }
  return written.join('')
}

test('names and messages reach the terminal without escapes, and long names are cut', () => {
  const agent = `sdk\x1b[2J\u202e\x9b${'x'.repeat(100)}`
  const message = 'the name \x1b]0;x\x07 is é\r\n'
  const written = writtenBy(() =>
    refusals().add('HTTP 400', { address: '10.0.0.7', agent }, message),
  )
  const name = `sdk?[2J??${'x'.repeat(51)}`
  expect(written).toContain(
    `refused a request from 10.0.0.7 (${name}): the name ?]0;x? is ??? (HTTP 400)`,
  )
})

test('a message that repeats a long header is cut', () => {
  const message = `Content-Encoding ${'x'.repeat(10_000)} is not supported`
  const written = writtenBy(() => refusals().add('HTTP 415', { address: '10.0.0.6' }, message))
  expect(written).toMatch(/10\.0\.0\.6: Content-Encoding x{383}\.\.\. \(HTTP 415\)\n$/)
})

test('the message of several refusals is said to be that of the last one', () => {
  const written = writtenBy(() => {
    for (const why of ['no id', 'no name', 'no time'])
      refusals().add('HTTP 400', { address: '10.0.0.8' }, why)
    writeNotices()
  })
  expect(written).toBe(
    'otrace: refused a request from 10.0.0.8: no id (HTTP 400)\n' +
      'otrace: refused 2 requests from 10.0.0.8, the last one: no time (HTTP 400)\n',
  )
})

test('each protocol is a kind of notice', () => {
  const written = writtenBy(() => {
    for (const protocol of ['TLS', 'HTTP/2', 'TLS'])
      refusals().add('HTTP 400', { address: '10.0.0.9' }, protocol, protocol)
  })
  expect(written.split('\n')).toEqual([
    expect.stringContaining('TLS (HTTP 400)'),
    expect.stringContaining('HTTP/2 (HTTP 400)'),
    '',
  ])
})
