/** What can go wrong, and its exit code: the only list of exit codes there is. */

export const EXIT = {
  ok: 0,
  checkFailed: 1,
  usage: 2,
  noStore: 3,
  refused: 4,
  notEnough: 5,
  bug: 70,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Something a user can mend: one sentence, one hint (what to type next) and an exit code. */
export class OtraceError extends Error {
  readonly exit: ExitCode
  readonly hint: string | undefined

  constructor(exit: keyof typeof EXIT, message: string, hint?: string) {
    super(message)
    this.name = 'OtraceError'
    this.exit = EXIT[exit]
    this.hint = hint
  }
}
