/** A first-in, first-out queue that runs a limited number of tasks at a time. */
import { BodyError } from './body-error.ts'

/** Below any exporter's timeout. */
const LONGEST_REQUEST_WAIT_MS = 5_000

export interface Wait {
  /** Milliseconds after which a task that has not begun fails with `tooLong()`. */
  most: number
  tooLong: () => Error
  /** A task that has not begun when `signal` is aborted fails with `cancelled()`. */
  signal?: AbortSignal
  cancelled?: () => Error
}

/** How long a request waits; `message` says why it was refused. */
export function requestWait(message: string): Wait {
  return { most: LONGEST_REQUEST_WAIT_MS, tooLong: () => new BodyError(503, message) }
}

export class Turns {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async take<Result>(task: () => Promise<Result>, wait: Wait): Promise<Result> {
    if (wait.signal?.aborted) throw wait.cancelled?.()
    if (this.#free > 0) this.#free--
    else await this.#turn(wait)
    try {
      return await task()
    } finally {
      const [next] = this.#waiting
      if (next) next()
      else this.#free++
    }
  }

  #turn({ most, tooLong, signal, cancelled }: Wait): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter)
        clearTimeout(timer)
        signal?.removeEventListener('abort', cancel)
      }
      const enter = () => {
        leave()
        resolve()
      }
      const cancel = () => {
        leave()
        reject(cancelled?.())
      }
      const timer = setTimeout(() => {
        leave()
        reject(tooLong())
      }, most)
      signal?.addEventListener('abort', cancel)
      this.#waiting.add(enter)
    })
  }
}
