/** A line at the bottom of a terminal, below whatever else is written to it. */
import { cut } from '../render/text.ts'
import type { Surroundings } from './process.ts'

const CLEAR = '\r\x1b[K'

/**
 * Keeps one line below other output of the same stream, and below notices of the collector on stderr.
 * @returns shows a text, and clears it at the end
 */
export function statusLine(stream: Surroundings['stderr']): {
  show(text: string): void
  close(): void
} {
  let shown = ''
  const write = stream.write
  // Another text first clears the line, and gets it again below itself once it ends one.
  const between = (...args: Parameters<typeof write>) => {
    if (shown === '') return write.apply(stream, args)
    write.call(stream, CLEAR)
    const more = write.apply(stream, args)
    if (String(args[0]).endsWith('\n')) write.call(stream, shown)
    return more
  }
  stream.write = between as typeof write
  return {
    show(text) {
      shown = cut(text, (stream.columns ?? 80) - 1)
      write.call(stream, `${CLEAR}${shown}`)
    },
    close() {
      if (shown !== '') write.call(stream, CLEAR)
      shown = ''
      stream.write = write
    },
  }
}
