/** What is said while rows are followed, and the end of it. */
import { noStore } from '../../errors.ts'
import { shellLine } from '../../output/shell-line.ts'
import type { Session } from '../session.ts'
import type { Arrived } from './follow.ts'

const SECOND = 1_000_000_000n

/**
 * Counts rows that arrive late or again, and says so at most every 10 seconds and at the end.
 * @param deduped whether other commands count a row once by themselves
 */
export function lateness(noun: string, say: (text: string) => void, deduped = false) {
  const LATE = 10n * SECOND
  let count = 0
  let most = 0n
  let again = 0
  let said = performance.now()
  const some = (n: number) => `${n} ${n === 1 ? noun : `${noun}s`}`
  const report = () => {
    if (count === 0 && again === 0) return
    const seconds = Number(most / SECOND)
    if (count > 0) say(`${some(count)} came up to ${seconds} s late`)
    if (again > 0) {
      const counted = deduped ? 'the last' : 'each without --dedupe'
      const about = `each version has a line, and other commands count ${counted}`
      say(`${some(again)} came again with another end: ${about}`)
    }
    count = 0
    again = 0
    most = 0n
    said = performance.now()
  }
  return {
    add({ lag, again: isVersion }: Arrived) {
      if (isVersion) again++
      if (lag < LATE) return
      count++
      if (lag > most) most = lag
    },
    /** @param end say it now */
    report(end = false) {
      if (end || performance.now() - said > 10_000) report()
    },
  }
}

/** A longer silence looks like a hang, in milliseconds. */
const QUIET_MS = 2000

/**
 * Says on a terminal what is waited for, unless something arrives soon.
 * @param what such as `spans`, and the flags that choose them
 * @returns a function to call when something has arrived, or at the end of the wait
 */
export function sayIfQuiet({ context, store }: Session, what: string, flags: string[]): () => void {
  if (!context.stderr.isTTY) return () => {}
  const chosen = flags.length === 0 ? what : `${what} with ${shellLine(flags)}`
  const timer = setTimeout(
    () => context.say(`waiting for ${chosen} to arrive at ${store.place}; ctrl-C ends`),
    QUIET_MS,
  )
  timer.unref()
  return () => clearTimeout(timer)
}

/** Aborted by ctrl-C, and after some seconds. */
export function endAfter(seconds: number | undefined, signal: AbortSignal): AbortSignal {
  if (seconds === undefined) return signal
  // Node 20 collects a signal of AbortSignal.any before its timeout
  const ending = new AbortController()
  const end = () => ending.abort()
  const timer = setTimeout(end, seconds * 1000)
  timer.unref()
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return ending.signal
}

/** @throws OtraceError (exit 3) for a store that no collector fills */
export function refuseUnfilled({ store }: Session): void {
  if (/^https?:/.test(store.place)) return
  throw noStore(`no collector runs on ${store.place}`, 'start one with `otrace up`')
}
