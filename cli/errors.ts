/** Errors and their exit codes. */

export const EXIT = {
  ok: 0,
  checkFailed: 1,
  usage: 2,
  noStore: 3,
  refused: 4,
  notFound: 5,
  bug: 70,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An error that a user can fix: one sentence, a hint (what to type next) and an exit code. */
export class OtraceError extends Error {
  readonly exit: ExitCode
  readonly hint: string | undefined
  /** The statement that a server could not parse, and where: characters before the mistake. */
  statement?: { sql: string; position: number }

  constructor(exit: keyof typeof EXIT, message: string, hint?: string) {
    super(message)
    this.name = 'OtraceError'
    this.exit = EXIT[exit]
    this.hint = hint
  }
}

/** Wrong usage, or a malformed query file or configuration: exit code 2. */
export const usage = (message: string, hint?: string) => new OtraceError('usage', message, hint)

/** The store cannot be reached, or there is none: exit code 3. */
export const noStore = (message: string, hint?: string) => new OtraceError('noStore', message, hint)

/** ClickHouse refused the statement: exit code 4. */
export const refused = (message: string, hint?: string) => new OtraceError('refused', message, hint)

/** No such trace, no data, or not enough of it: exit code 5. */
export const notFound = (message: string, hint?: string) =>
  new OtraceError('notFound', message, hint)
