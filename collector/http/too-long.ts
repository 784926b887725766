/** The error for decoder output beyond its limit. */
export class TooLongError extends Error {
  override name = 'TooLongError'
}
