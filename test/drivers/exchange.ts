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
  /** What the driver read of a statement: names of tables, counts, or the code of the error. */
  read?: string
}

/** The statement that a driver was given: one of them adds a format. */
export const statementOf = ({ body }: Pick<Exchange, 'body'>) =>
  body.replace(/\n FORMAT Native$/, '')

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

/** Answers that differ between versions of the engine. */
export const isOfVersion = ({ body, path }: Pick<Exchange, 'body' | 'path'>) =>
  /system\.|version\(\)|DESCRIBE|revision/i.test(`${body} ${decodeURIComponent(path)}`)
