/** A queue that runs a limited number of tasks at once. */
import { BodyError } from './body-error.ts'

/** Below any exporter's timeout. */
const LONGEST_WAIT_MS = 5_000

export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  readonly #tooMany: string

  /** @param tooMany what a task is told that has waited too long. */
  constructor(atOnce: number, tooMany: string) {
    this.#free = atOnce
    this.#tooMany = tooMany
  }

  /** @throws BodyError 503 for a task that has waited too long. */
  async take<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--
    else await this.#wait()
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        reject(new BodyError(503, this.#tooMany))
      }, LONGEST_WAIT_MS)
      this.#waiting.push(turn)
    })
  }
}
