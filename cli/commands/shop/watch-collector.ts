/** Says when the collector of the shop stops to answer, and when it is back. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const EVERY_MS = 2000

/**
 * Tries to connect until the abort: the exporters of the shop try again silently.
 * @param otlp the URL of the collector
 * @param every milliseconds between two tries
 */
export async function watchCollector(
  otlp: string,
  say: (text: string) => void,
  signal: AbortSignal,
  every = EVERY_MS,
): Promise<void> {
  let answered = true
  while (!signal.aborted) {
    const answers = await isListening(otlp)
    if (signal.aborted) return
    if (answered && !answers) {
      say(`${otlp} does not answer: spans are lost until it does; start otrace up again`)
    }
    if (!answered && answers) say(`${otlp} answers again`)
    answered = answers
    await sleep(every, undefined, { signal }).catch(() => {})
  }
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) })
  return new Promise((resolve) => {
    const done = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(EVERY_MS, () => done(false))
    socket.once('connect', () => done(true)).once('error', () => done(false))
  })
}
