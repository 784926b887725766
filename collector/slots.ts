/** How many statements from outside the engine works on at a time; for execute.ts. */
import { RefusedStatementError } from './refused.ts'

/**
 * Of libuv's four threads, which answers hold while they are made, and which loading and the disk need, too. Node starts
 * them before a module can set UV_THREADPOOL_SIZE.
 */
const SLOTS = 2

let free = SLOTS
const queue = new Set<() => void>()

/**
 * Does a piece of work when its turn comes.
 * @throws RefusedStatementError when that takes longer than `seconds`, or `signal` is aborted meanwhile.
 */
export async function inTurn<Result>(
  seconds: number,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
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
      reject(tooMany(SLOTS))
    }, seconds * 1000)
    signal.addEventListener('abort', cancel)
    queue.add(enter)
  })
}

function cancelled(): RefusedStatementError {
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
