/** Time in which the machine gave this process a processor when it wanted one. */
import { readdirSync, readFileSync } from 'node:fs'

const TASKS = '/proc/self/task'

/**
 * A clock of milliseconds since now, without the time that the busiest thread waited for a processor. A limit by it is
 * as long on a busy machine as on an idle one. Without Linux's figures it is an ordinary clock.
 */
export function fairClock(): () => number {
  const began = performance.now()
  const before = threads()
  return () => {
    let busiest = { ran: 0, waited: 0 }
    for (const [thread, now] of threads()) {
      const then = before.get(thread) ?? { ran: 0, waited: 0 }
      const since = { ran: now.ran - then.ran, waited: now.waited - then.waited }
      if (since.ran + since.waited > busiest.ran + busiest.waited) busiest = since
    }
    return performance.now() - began - busiest.waited
  }
}

interface Times {
  /** Milliseconds on a processor, and waiting for one. */
  ran: number
  waited: number
}

/** https://docs.kernel.org/scheduler/sched-stats.html */
function threads(): Map<string, Times> {
  try {
    return new Map(readdirSync(TASKS).map((thread) => [thread, timesOf(thread)]))
  } catch {
    return new Map()
  }
}

function timesOf(thread: string): Times {
  try {
    const text = readFileSync(`${TASKS}/${thread}/schedstat`, 'utf8')
    const [ran = 0, waited = 0] = text.split(' ').map((ns) => Number(ns) / 1e6)
    return { ran, waited }
  } catch {
    // It has ended.
    return { ran: 0, waited: 0 }
  }
}
