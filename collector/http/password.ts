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
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(loginOf(headers, url).password), digest(password))
}

/**
 * As knowsPassword(), but without a password as ClickHouse whose only user is `default`, who has none: any password is
 * theirs (the JDBC driver sends `null`), and other users with one do not exist.
 */
export function knowsLogin(password: string | undefined, headers: Headers, url: URL): boolean {
  if (password !== undefined) return knowsPassword(password, headers, url)
  const given = loginOf(headers, url)
  return given.password === '' || given.user === '' || given.user === 'default'
}

function loginOf(headers: Headers, url?: URL): { user: string; password: string } {
  const basic = /^Basic (.+)$/i.exec(String(headers.authorization ?? ''))?.[1] ?? ''
  const login = Buffer.from(basic, 'base64').toString()
  const colon = login.indexOf(':')
  const of = (header: string, parameter: string, usual: string) =>
    String(headers[header] ?? url?.searchParams.get(parameter) ?? usual)
  return {
    user: of('x-clickhouse-user', 'user', colon < 0 ? login : login.slice(0, colon)),
    password: of('x-clickhouse-key', 'password', login.slice(colon + 1)),
  }
}
