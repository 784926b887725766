/** What one OTLP request may hold. */

/** Scanning stops at these: a request takes 0.2 s of the event loop at most. */
export const ROWS_LIMIT = 500_000
/** Attributes, events, links, buckets and the like. SDKs keep 128 of each in a span. */
export const ELEMENTS_LIMIT = 5_000_000
export const ROW_ELEMENTS_LIMIT = 1_000_000
/**
 * What one request may become in the tables, with the resource copied to each row. One INSERT has 1 GiB of memory,
 * which is enough for 400 MiB and too little for 700.
 */
const FLAT_BYTES_LIMIT = 400 * 2 ** 20
/** The loader takes 6 ms for each day, which is a part. */
const DAYS_LIMIT = 366

/** The request is valid, and larger than the loader can take. No retry helps. */
export class TooLargeError extends Error {
  override name = 'TooLargeError'
}

/** @throws TooLargeError */
export function refuseRequest(what: string, limit: string): never {
  throw new TooLargeError(`the request has ${what}; send at most ${limit}`)
}

/**
 * @param days how many days its rows lie in
 * @throws TooLargeError
 */
export function refuseTooLarge(flatBytes: number, days: number): void {
  if (days > DAYS_LIMIT) refuseRequest(`rows of ${count(days)} days`, `${DAYS_LIMIT} days at once`)
  const mebibytes = Math.ceil(flatBytes / 2 ** 20)
  if (flatBytes > FLAT_BYTES_LIMIT)
    refuseRequest(
      `${count(mebibytes)} MiB once it is decoded`,
      `${FLAT_BYTES_LIMIT / 2 ** 20} MiB at once`,
    )
}

export function count(value: number): string {
  return value.toLocaleString('en')
}
