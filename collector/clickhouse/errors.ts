/** Refusals of a client's statement, with ClickHouse's error codes and names. */

/** A refused statement or request. `code` and `errorName` are ClickHouse's. */
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

/** The error for anything but reads, and for changes of protected settings. */
export function readOnly(message: string): RefusedStatementError {
  return new RefusedStatementError(message, 164, 'READONLY')
}

/** The error for statements that write, define or administer. */
export function notRead(): RefusedStatementError {
  return readOnly(
    'Cannot execute query in readonly mode. Only statements that read are allowed here',
  )
}

/** The error for a database that is not here. */
export function unknownDatabase(name: string): RefusedStatementError {
  return new RefusedStatementError(`Database ${name} does not exist`, 81, 'UNKNOWN_DATABASE')
}

/** The error for a role: there are none here. */
export function unknownRole(name: string): RefusedStatementError {
  return new RefusedStatementError(
    `There is no role \`${name}\` in \`user directories\``,
    511,
    'UNKNOWN_ROLE',
  )
}

/** The error for a malformed request. */
export function badRequest(message: string): RefusedStatementError {
  return new RefusedStatementError(message, 36, 'BAD_ARGUMENTS')
}

/** The error for an unknown function. */
export function unknownFunction(name: string): RefusedStatementError {
  return new RefusedStatementError(
    `Function with name \`${name}\` does not exist`,
    46,
    'UNKNOWN_FUNCTION',
  )
}

/** The error for a part of ClickHouse that is not here. */
export function notImplemented(what: string): RefusedStatementError {
  return new RefusedStatementError(`Not supported here: ${what}`, 48, 'NOT_IMPLEMENTED')
}
