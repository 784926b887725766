/** Notices on stderr. */
import { expect, test, vi } from 'vitest'
import { wrapped } from './status.ts'

test('notices lose what a terminal would obey, and clients cannot make many kinds', async () => {
  vi.resetModules()
  const { notify } = await import('./status.ts')
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  notify('escapes', () => 'a\x1b[31m\u009b\u202e\u2028é')
  expect(said).toEqual(['otrace: a?[31m???é\n'])
  for (let i = 0; i < 10_000; i++) notify(`kind ${i}`, () => `kind ${i}`)
  expect(said.length).toBe(101)
  expect(said.at(-1)).toBe('otrace: notices left out within a minute: 1\n')
})

test('notices of the last minute are written before the end', async () => {
  vi.resetModules()
  const { notify, writeNotices } = await import('./status.ts')
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  for (let i = 0; i < 3; i++) notify('lost', (count) => `${count} lost`)
  writeNotices()
  writeNotices()
  expect(said).toEqual(['otrace: 1 lost\n', 'otrace: 2 lost\n'])
})

test('a terminal gets whole words, and one longer than its lines as it is', () => {
  expect(wrapped('otrace: refused a request from 127.0.0.1', 20)).toBe(
    'otrace: refused a\n  request from\n  127.0.0.1',
  )
  expect(wrapped(`at /${'x'.repeat(30)} it ends`, 20)).toBe(`at\n  /${'x'.repeat(30)}\n  it ends`)
  expect(wrapped('short', 20)).toBe('short')
})
