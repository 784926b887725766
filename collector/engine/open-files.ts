/** The limit of open files. If it is too low, inserts and connections fail. */
import { SURPLUS } from '../http/connections.ts'
import { notify } from '../status.ts'

/** This process has 80 files open, and an INSERT of a week beside merges and statements up to 120 more. */
const RESERVED = 200
/** With 160 none of 12,750 acknowledged rows could be stored. */
const LEAST = 256
const ENOUGH = 1024

/** The process may not open enough files. */
export class TooFewFilesError extends Error {
  override name = 'TooFewFilesError'

  constructor(limit: number) {
    super(`at most ${limit} open files are allowed here, and a collector needs ${LEAST}`)
  }
}

/**
 * Warns about a low limit of open files. Node has raised the soft limit to the hard one.
 * @returns how many connections fit
 * @throws TooFewFilesError
 */
export function checkOpenFiles(limit = openFileLimit()): number {
  if (limit < LEAST) throw new TooFewFilesError(limit)
  if (limit < ENOUGH) {
    notify('open files', () => `${limit} open files are few: raise them with ulimit -n ${ENOUGH}`)
  }
  return limit - RESERVED - SURPLUS
}

function openFileLimit(): number {
  const report = process.report.getReport() as { userLimits?: Record<string, { soft: unknown }> }
  const soft = report.userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}
