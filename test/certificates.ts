/** Certificates of an authority of a test's own, and senders that show them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { request } from 'node:https'
import { join } from 'node:path'

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/**
 * Writes an authority `ca.pem`, one of a stranger, and certificates of the first for 127.0.0.1: `server`, `sender` and
 * `expired`, each with its `.key`.
 */
export function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const ca = ['-x509', '-days', '2', '-subj', '/CN=test authority']
  openssl('req', ...ca, ...curve, '-keyout', 'ca.key', '-out', 'ca.pem')
  openssl('req', ...ca, ...curve, '-keyout', 'stranger.key', '-out', 'stranger.pem')
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost')
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
  for (const name of ['server', 'sender', 'expired']) {
    const [key, asked] = [`${name}.key`, `${name}.csr`]
    openssl('req', ...curve, '-subj', `/CN=${name}`, '-keyout', key, '-out', asked)
    const signed = [...authority, '-days', name === 'expired' ? '-1' : '2', '-extfile', 'names']
    openssl('x509', '-req', '-in', asked, ...signed, '-out', `${name}.pem`)
  }
}

/** What a sender shows: certificate and key, and the authority that it trusts. */
export function identityOf(folder: string, name?: string) {
  const read = (file: string) => readFileSync(join(folder, file))
  const own = name && { cert: read(`${name}.pem`), key: read(`${name}.key`) }
  return { ca: read('ca.pem'), ...own }
}

/** @returns the status, or the error's code */
export function post(
  url: string,
  body: string,
  who: object,
  headers: Record<string, string> = {},
): Promise<number | string> {
  return new Promise((resolve) => {
    const all = { 'content-type': 'application/json', ...headers }
    const sent = request(url, { method: 'POST', headers: all, ...who }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    sent.end(body)
  })
}

/** One unary call without spans. @returns the gRPC status, or the error's code */
export function grpc(address: string, who: object): Promise<string> {
  return new Promise((resolve) => {
    const session = connect(address, who)
    session.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    let status = ''
    const take = (headers: Record<string, unknown>) => {
      status = String(headers['grpc-status'] ?? status)
    }
    stream.on('response', take).on('trailers', take).resume()
    stream.on('error', () => undefined)
    stream.on('close', () => {
      session.close()
      resolve(status)
    })
    stream.end(Buffer.alloc(5))
  })
}
