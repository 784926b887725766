/** The error for an unusable request body. */
export class BodyError extends Error {
  override name = 'BodyError'

  constructor(
    /** HTTP status. */
    readonly status: 400 | 413 | 415 | 503,
    message: string,
  ) {
    super(message)
  }
}
