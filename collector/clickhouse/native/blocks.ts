/** Native blocks as newer clients read them: with block info and a byte of serialisation. */
import { columnOf } from './columns.ts'
import { type Column, Cursor, MORE } from './cursor.ts'

/** `client_protocol_version` from which a block begins with its info. */
const WITH_INFO = 51_903
/** … and from which a byte after each type says how its column is serialised. */
const WITH_SERIALISATION = 54_454

/** Two fields with their numbers, is_overflows and bucket_num, then an end. */
const INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0])
const USUAL = Buffer.from([0])

/**
 * Rewrites the engine's blocks, which are of version 0, for a client's version.
 * @param bytes in any pieces; a block is held until it is complete
 * @throws RefusedStatementError for a type whose length is unknown
 */
export async function* blocksFor(
  version: number,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let held: Buffer = Buffer.alloc(0)
  const pieces: Uint8Array[] = []
  let waiting = 0
  // Reading a block again with each piece would take quadratic time.
  let enough = 0
  const known = new Map<string, Column>()
  function* complete(): Generator<Uint8Array> {
    held = Buffer.concat([held, ...pieces])
    pieces.length = 0
    waiting = 0
    for (;;) {
      const block = blockFor(version, held, known)
      if (!block) break
      held = held.subarray(block.length)
      yield Buffer.concat(block.parts)
    }
    enough = held.length
  }
  for await (const piece of bytes) {
    pieces.push(piece)
    waiting += piece.length
    if (waiting >= enough) yield* complete()
  }
  if (waiting > 0) yield* complete()
  if (held.length > 0) throw new Error(`${held.length} bytes behind the last block`)
}

/** @returns undefined while the block is incomplete */
function blockFor(
  version: number,
  bytes: Buffer,
  known: Map<string, Column>,
): { length: number; parts: Buffer[] } | undefined {
  if (bytes.length === 0) return undefined
  const cursor = new Cursor(bytes)
  const parts: Buffer[] = version >= WITH_INFO ? [INFO] : []
  try {
    const columns = cursor.varint()
    const rows = cursor.varint()
    let from = 0
    for (let i = 0; i < columns; i++) {
      cursor.text()
      const type = cursor.text()
      if (version >= WITH_SERIALISATION) {
        parts.push(bytes.subarray(from, cursor.at), USUAL)
        from = cursor.at
      }
      const column = known.get(type) ?? columnOf(type)
      known.set(type, column)
      if (rows === 0) continue
      column.prefix(cursor)(cursor, rows)
    }
    parts.push(bytes.subarray(from, cursor.at))
  } catch (error) {
    if (error === MORE) return undefined
    throw error
  }
  return { length: cursor.at, parts }
}
