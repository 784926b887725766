/** What the terminal says of refused requests. */
import { expect, test, vi } from 'vitest'
import { refusals } from './refusals.ts'

test('names and messages reach the terminal without escapes, and long names are cut', () => {
  const written: string[] = []
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
  try {
    const agent = `sdk\x1b[2J\u202e\x9b${'x'.repeat(100)}`
    refusals().add('HTTP 400', { address: '10.0.0.7', agent }, 'the name \x1b]0;x\x07 is é\r\n')
  } finally {
    stderr.mockRestore()
  }
  const name = `sdk?[2J??${'x'.repeat(51)}`
  expect(written.join('')).toContain(
    `refused a request from 10.0.0.7 (${name}): the name ?]0;x? is ??? (HTTP 400)`,
  )
})
