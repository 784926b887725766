/** Limits how many statements run at a time. */
import { Turns } from '../http/task-queue.ts'
import { RefusedStatementError } from './errors.ts'

/** @see turns */
export type InTurn = <Result>(
  seconds: number,
  signal: AbortSignal,
  work: () => Promise<Result>,
) => Promise<Result>

/**
 * Makes a queue that runs `most` statements at a time. Each call throws a RefusedStatementError when its turn takes
 * longer than `seconds`, or `signal` is aborted meanwhile.
 */
export function turns(most: number): InTurn {
  const queue = new Turns(most)
  return (seconds, signal, work) =>
    queue.take(work, { most: seconds * 1000, tooLong: () => tooMany(most), signal, cancelled })
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
