/** A queue that limits how many statements run at a time. */
import { RefusedStatementError } from './errors.ts'

/** @see turns */
export type InTurn = <Result>(
  seconds: number,
  signal: AbortSignal,
  work: () => Promise<Result>,
) => Promise<Result>

/**
 * Makes a first-in, first-out queue that runs `most` tasks at a time. Each call throws a
 * RefusedStatementError when its turn takes longer than `seconds`, or `signal` is aborted meanwhile.
 */
export function turns(most: number): InTurn {
  let free = most
  const queue = new Set<() => void>()

  function turn(seconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        queue.delete(enter)
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
      }
      const enter = () => {
        leave()
        resolve()
      }
      const cancel = () => {
        leave()
        reject(cancelled())
      }
      const timer = setTimeout(() => {
        leave()
        reject(tooMany(most))
      }, seconds * 1000)
      signal.addEventListener('abort', cancel)
      queue.add(enter)
    })
  }

  return async (seconds, signal, work) => {
    if (signal.aborted) throw cancelled()
    if (free > 0) free--
    else await turn(seconds, signal)
    try {
      return await work()
    } finally {
      const [next] = queue
      if (next) next()
      else free++
    }
  }
}

/** The error of a killed statement. */
export function cancelled(): RefusedStatementError {
  return new RefusedStatementError('Query was cancelled', 394, 'QUERY_WAS_CANCELLED')
}

/** @param most how many may run. */
export function tooMany(most: number): RefusedStatementError {
  return new RefusedStatementError(
    `Too many simultaneous queries. Maximum: ${most}`,
    202,
    'TOO_MANY_SIMULTANEOUS_QUERIES',
  )
}
