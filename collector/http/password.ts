/** Checks the password of a request, in every header and parameter that clients use. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** Headers by lower-case name, as Node gives them. */
export type Headers = Record<string, string | string[] | undefined>

/**
 * Basic authentication (any user), `X-ClickHouse-Key`, or the URL's `password`.
 * @param password the expected one; undefined accepts every request.
 */
export function knowsPassword(password: string | undefined, headers: Headers, url?: URL): boolean {
  if (password === undefined) return true
  const basic = /^Basic (.+)$/i.exec(String(headers.authorization ?? ''))?.[1]
  const given =
    headers['x-clickhouse-key'] ??
    url?.searchParams.get('password') ??
    (basic === undefined
      ? ''
      : Buffer.from(basic, 'base64')
          .toString()
          .replace(/^[^:]*:/, ''))
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(String(given)), digest(password))
}
