/** One recorded exchange of a driver, and how to repeat it. */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

export interface Exchange {
  driver: string
  method: string
  /** Path and query. */
  path: string
  headers: Record<string, string>
  body: string
  status: number
  /** SHA-256 of the answer without Content-Encoding; absent where it depends on versions. */
  sha256?: string
}

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  bytes: Buffer
}

/** Sends the exchange's request. */
export function repeat(
  url: string,
  exchange: Pick<Exchange, 'method' | 'path' | 'headers' | 'body'>,
) {
  const { method, path, headers, body } = exchange
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = decoded(Buffer.concat(chunks), String(response.headers['content-encoding']))
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function decoded(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'gzip') return gunzipSync(bytes)
  return encoding === 'br' ? brotliDecompressSync(bytes) : bytes
}

/** Answers that differ between versions of the engine and of the store. */
export const isOfVersion = ({ body, path }: Pick<Exchange, 'body' | 'path'>) =>
  /system\.|version\(\)|DESCRIBE|SHOW TABLES|revision/i.test(`${body} ${decodeURIComponent(path)}`)
