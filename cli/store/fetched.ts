/** The body of a response, within a limit: a server may send without an end. */
import type { IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'

/** A response of `fetch` or of `node:http`. */
type Body = { body: AsyncIterable<Uint8Array> | null } | IncomingMessage

/** Bytes of the beginning that messages need. */
const BEGINNING = 65_536
/** Bytes of a JSON answer. */
const LONGEST_JSON = 16 * 2 ** 20
/** Time limit of an answer that needs no work, in milliseconds. */
export const ANSWER_MS = 30_000

/** The first `most` bytes of the body, and whether they are all. */
export async function beginningOf(
  response: Body,
  most = BEGINNING,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const piece of 'body' in response ? (response.body ?? []) : response) {
    parts.push(piece)
    length += piece.length
    if (length > most) break
  }
  return { bytes: Buffer.concat(parts).subarray(0, most), isWhole: length <= most }
}

/** The JSON object in the body; undefined for anything else. */
export async function objectIn(response: Body): Promise<object | undefined> {
  const { bytes, isWhole } = await beginningOf(response, LONGEST_JSON)
  try {
    const found: unknown = isWhole ? JSON.parse(bytes.toString()) : undefined
    return typeof found === 'object' && found !== null ? found : undefined
  } catch {
    return undefined
  }
}

/** The response to a GET. `fetch` takes neither an authority nor a client certificate. */
export async function got(url: string, options: RequestOptions): Promise<IncomingMessage> {
  const { get } = await import(url.startsWith('https:') ? 'node:https' : 'node:http')
  return new Promise((resolve, reject) => {
    get(url, options, resolve).on('error', reject)
  })
}
