/** Waits for the collector of the shop, and says when it stops to answer and is back. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readAddressFile } from '../../../collector/address-file.ts'
import { isHeld } from '../../../collector/engine/lock.ts'

const EVERY_MS = 2000
const LOOK_EVERY_MS = 50
/** What a collector takes from its start until it holds its store. */
const STARTS_WITHIN_MS = 2000
/** What it takes then until it listens. */
const OPENS_WITHIN_MS = 60_000

/**
 * The OTLP address of the collector of a directory, which may have been started just now.
 * @returns undefined if none runs and none starts
 */
export async function awaitCollector(
  dataDir: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const start = performance.now()
  let said = false
  let free = start
  for (;;) {
    const found = readAddressFile(dataDir)?.otlpHttp
    const now = performance.now()
    if (found !== undefined || signal.aborted || now - start > OPENS_WITHIN_MS) return found
    if (isHeld(join(dataDir, 'clickhouse'))) {
      if (!said) say('waiting for the collector to start…')
      said = true
      free = now
    }
    if (now - free > STARTS_WITHIN_MS) return undefined
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
  }
}

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
