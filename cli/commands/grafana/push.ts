/** Sends dashboards to Grafana's HTTP API. */
import { noStore, refused, usage } from '../../errors.ts'
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
  const response = await fetch(new URL('api/dashboards/db', address), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization ? { authorization } : {}),
    },
    body: JSON.stringify({ dashboard, overwrite: true, message: 'otrace grafana' }),
    signal: AbortSignal.timeout(30_000),
  }).catch((error: Error) => {
    const { code = '', message = '' } = (error.cause ?? {}) as NodeJS.ErrnoException
    const plain = code === 'EPROTO' || /WRONG_VERSION|wrong version number/i.test(code + message)
    if (plain) {
      const place = `${address.origin}${address.pathname}`
      throw noStore(`no answer from ${place}: this port does not speak TLS`, 'use http://')
    }
    const reason = code || error.message
    throw noStore(
      `no answer from ${address.origin}${address.pathname}: ${hide(reason)}`,
      'check --url',
    )
  })
  const body = await response.text()
  if (response.ok) return new URL(pathIn(body) ?? `d/${dashboard.uid}`, address).href
  const [line = ''] = hide(body).trim().split(/\r?\n/)
  const text = line.slice(0, 200)
  if (response.status === 401 || response.status === 403) {
    throw refused(
      `Grafana refused the login: ${response.status} ${text}`,
      'give the token of a service account with the role Editor: --token',
    )
  }
  throw refused(`Grafana refused ${dashboard.uid}: ${response.status} ${text}`, 'check --url')
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
    return typeof url === 'string' ? url : undefined
  } catch {
    return undefined
  }
}
