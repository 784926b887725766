/** Sends dashboards to Grafana's HTTP API. */
import { noStore, refused, usage } from '../../errors.ts'
import { foreignError } from '../../store/answer.ts'
import { ANSWER_MS, beginningOf } from '../../store/fetched.ts'
import type { Dashboard } from './dashboards.ts'

/**
 * Creates the dashboard, or replaces the one with the same uid.
 * @returns its address
 * @throws OtraceError (exit 3) where Grafana does not answer, (exit 4) where it refuses
 */
export async function push(dashboard: Dashboard, url: string, token?: string): Promise<string> {
  const { address, login } = readAddress(url)
  const authorization = token ? `Bearer ${token}` : login
  const hide = secretsHidden(token ?? '', login?.replace('Basic ', '') ?? '')
  const place = `${address.origin}${address.pathname}`
  const { response, bytes } = await fetch(new URL('api/dashboards/db', address), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization ? { authorization } : {}),
    },
    body: JSON.stringify({ dashboard, overwrite: true, message: 'otrace grafana' }),
    signal: AbortSignal.timeout(ANSWER_MS),
    // Followed, a POST becomes a GET, and a login page looks like success.
    redirect: 'manual',
  })
    .then(async (answer) => ({ response: answer, ...(await beginningOf(answer)) }))
    .catch((error: Error) => {
      const { code = '', message = '' } = (error.cause ?? {}) as NodeJS.ErrnoException
      const plain = code === 'EPROTO' || /WRONG_VERSION|wrong version number/i.test(code + message)
      if (plain)
        throw noStore(`no answer from ${place}: this port does not speak TLS`, 'use http://')
      throw noStore(
        `no answer from ${place}: ${hide(code || message || error.message)}`,
        'check --url',
      )
    })
  const body = bytes.toString()
  const path = response.ok ? pathIn(body) : undefined
  if (path !== undefined) return new URL(path, address).href
  const location = response.headers.get('location')
  if (location !== null) {
    throw refused(
      `${place} redirects to ${foreignError(hide(location))}`,
      'give that address: --url',
    )
  }
  const text = foreignError(hide(body), response.status)
  if (response.ok) {
    throw refused(`${place} does not answer like Grafana: ${text || 'nothing'}`, 'check --url')
  }
  if (response.status === 401 || response.status === 403) {
    throw refused(
      `Grafana refused the login: ${text}`,
      'give the token of a service account with the role Editor: --token',
    )
  }
  throw refused(`Grafana refused ${dashboard.uid}: ${text}`, 'check --url')
}

/** Replaces secrets, and their base64, in a foreign text. */
function secretsHidden(...secrets: string[]): (text: string) => string {
  const forms = secrets
    .filter(Boolean)
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')])
  return (text) => forms.reduce((shown, form) => shown.replaceAll(form, '***'), text)
}

function readAddress(url: string): { address: URL; login?: string } {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw usage(`--url '${url}' is not an address`, 'write it like http://127.0.0.1:3000')
  }
  const address = new URL(url)
  const { username, password } = address
  address.username = ''
  address.password = ''
  if (!address.pathname.endsWith('/')) address.pathname += '/'
  if (username === '') return { address }
  const code = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return { address, login: `Basic ${code.toString('base64')}` }
}

/** Grafana answers with a path below its own root. */
function pathIn(body: string): string | undefined {
  try {
    const { url } = JSON.parse(body) as { url?: unknown }
    return typeof url === 'string' && /^\/(?!\/)/.test(url) ? url : undefined
  } catch {
    return undefined
  }
}
