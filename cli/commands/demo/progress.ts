/** The demo's progress bar; draws on a terminal only. */
import type { Progress } from '../shop/process.ts'

const WIDTH = 30

/** Draws progress on one line and clears it at the end. */
export function progressBar(stream: NodeJS.WriteStream): {
  show(progress: Progress): void
  end(): void
} {
  if (!stream.isTTY) return { show() {}, end() {} }
  return {
    show({ planned, sent }) {
      const done = Math.round((WIDTH * sent) / Math.max(1, planned))
      const bar = '━'.repeat(done) + '─'.repeat(WIDTH - done)
      stream.write(`\r\x1b[K  ${bar} ${sent} of ${planned} requests`)
    },
    end() {
      stream.write('\r\x1b[K')
    },
  }
}
