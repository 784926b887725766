/** Progress on a terminal, by a clock that the test moves. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { withProgress } from './progress.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function terminal(isTTY: boolean) {
  const written: string[] = []
  const write = (text: string) => written.push(text) > 0
  return { written, stream: { isTTY, columns: 80, write } as unknown as typeof process.stderr }
}

it('says what work of more than a second does, and clears it', async () => {
  const { stream, written } = terminal(true)
  await withProgress(stream, async (tell) => {
    tell('reading 1')
    vi.advanceTimersByTime(900)
    expect(written).toEqual([])
    tell('reading 2')
    vi.advanceTimersByTime(100)
    expect(written.at(-1)).toContain('reading 2')
    tell('comparing…')
    expect(written.at(-1)).toContain('comparing…')
  })
  expect(written.at(-1)).toBe('\r\x1b[K')
  expect(vi.getTimerCount()).toBe(0)
})

it('says nothing in a pipe or about short work', async () => {
  for (const isTTY of [true, false]) {
    const { stream, written } = terminal(isTTY)
    await withProgress(stream, async (tell) => {
      tell('reading')
      vi.advanceTimersByTime(isTTY ? 999 : 5000)
    })
    expect(written).toEqual([])
  }
})
