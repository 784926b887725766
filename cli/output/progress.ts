/** What a long command does, on the terminal of stderr alone. */
import type { Surroundings } from './process.ts'
import { statusLine } from './status-line.ts'

/** Shorter work says nothing. */
const PATIENCE_MS = 1000
const EVERY_MS = 100

interface Progress {
  /** Replaces what is shown, after a second of work. */
  tell(text: string): void
  /** Clears it. */
  end(): void
}

/** Shows the last text told, once the work takes more than a second. */
function progress(stream: Surroundings['stderr']): Progress {
  if (!stream.isTTY) return { tell() {}, end() {} }
  const line = statusLine(stream)
  let text = ''
  let shown = ''
  const draw = () => {
    if (text === shown) return
    line.show(text)
    shown = text
  }
  let repeated: NodeJS.Timeout | undefined
  const first = setTimeout(() => {
    draw()
    repeated = setInterval(draw, EVERY_MS)
  }, PATIENCE_MS)
  return {
    tell(next) {
      text = next
      // Blocking work ends its text with …: no timer draws while it runs.
      if (repeated && next.endsWith('…')) draw()
    },
    end() {
      clearTimeout(first)
      clearInterval(repeated)
      line.close()
    },
  }
}

/** Runs work with progress, and clears it at the end. */
export async function withProgress<T>(
  stream: Surroundings['stderr'],
  work: (tell: Progress['tell']) => Promise<T>,
): Promise<T> {
  const shown = progress(stream)
  try {
    return await work(shown.tell)
  } finally {
    shown.end()
  }
}
