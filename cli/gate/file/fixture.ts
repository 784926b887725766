/** What tests of check files share. */
import { OtraceError } from '../../errors.ts'

/** The exit code, the sentence and the hint of an error. */
export function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof OtraceError) return `${error.exit} ${error.message} → ${error.hint}`
    throw error
  }
  return 'nothing thrown'
}
