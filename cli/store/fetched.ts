/** The body of a fetched response, within a limit: a server may send without an end. */

/** Bytes of the beginning that messages need. */
const BEGINNING = 65_536
/** Bytes of a JSON answer. */
const LONGEST_JSON = 16 * 2 ** 20
/** Time limit of an answer that needs no work, in milliseconds. */
export const ANSWER_MS = 30_000

/** The first `most` bytes of the body, and whether they are all. */
export async function beginningOf(
  response: Response,
  most = BEGINNING,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    parts.push(piece)
    length += piece.length
    if (length > most) break
  }
  return { bytes: Buffer.concat(parts).subarray(0, most), isWhole: length <= most }
}

/** The JSON object in the body; undefined for anything else. */
export async function objectIn(response: Response): Promise<object | undefined> {
  const { bytes, isWhole } = await beginningOf(response, LONGEST_JSON)
  try {
    const found: unknown = isWhole ? JSON.parse(bytes.toString()) : undefined
    return typeof found === 'object' && found !== null ? found : undefined
  } catch {
    return undefined
  }
}
