/** The refusal of a question from outside, with ClickHouse's code and name for it; for the endpoint's modules. */

/** What is asked may not be done here: `code` and `errorName` are ClickHouse's. */
export class RefusedStatementError extends Error {
  override name = 'RefusedStatementError'

  constructor(
    message: string,
    readonly code = 497,
    readonly errorName = 'ACCESS_DENIED',
  ) {
    super(message)
  }
}

/** Nothing but questions, and nothing that changes what they run under. */
export function readOnly(message: string): RefusedStatementError {
  return new RefusedStatementError(message, 164, 'READONLY')
}

/** The request itself cannot be understood. */
export function badRequest(message: string): RefusedStatementError {
  return new RefusedStatementError(message, 36, 'BAD_ARGUMENTS')
}
