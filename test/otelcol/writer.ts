/** ClickHouse's HTTP interface as clickhouse-go writes through it: Native blocks. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Session } from 'chdb'
import { blocksFor } from '../../collector/clickhouse/native/blocks.ts'
import { compressedFrames } from '../../collector/clickhouse/native/compressed.ts'
import { unlz4 } from '../../collector/http/lz4.ts'
import { listening } from '../listening.ts'

/** A request of clickhouse-go. */
export interface Written {
  /** Path and query. */
  path: string
  /** base64 */
  body: string
}

export interface Writer {
  url: string
  /** Requests so far, in order. */
  heard: Written[]
  /** Errors that were answered. */
  errors: string[]
  stop(): void
}

/** A block is at most this long without compression. */
const MOST = 2 ** 22

/**
 * Listens on a free loopback port. Every statement is run.
 * @param store the folder of a started engine
 */
export async function serveWriter(store: string): Promise<Writer> {
  const heard: Written[] = []
  const errors: string[] = []
  const server = createServer(async (request, response) => {
    const session = new Session(`${store}/store`)
    try {
      const body = await buffer(request)
      const path = request.url ?? '/'
      heard.push({ path, body: body.toString('base64') })
      response.end(await answer(session, join(store, 'insert.native'), path, body))
    } catch (error) {
      const { message } = error as Error
      errors.push(message)
      response.writeHead(500, {
        'X-ClickHouse-Exception-Code': /Code: (\d+)/.exec(message)?.[1] ?? '1002',
      })
      response.end(message)
    } finally {
      session.close()
    }
  })
  return { ...(await listening(server)), heard, errors }
}

async function answer(session: Session, file: string, path: string, body: Buffer): Promise<Buffer> {
  const given = new URL(path, 'http://engine').searchParams
  const version = Number(given.get('client_protocol_version') ?? 0)
  const database = given.get('database')
  if (database) session.query(`USE ${database}`)
  const query = given.get('query')
  if (query !== null && /^\s*INSERT\b/i.test(query)) {
    const blocks = given.get('decompress') === '1' ? await withoutFrames(body) : body
    writeFileSync(file, blocks)
    // The engine's own INSERT takes no binary data from its caller.
    session.query(query.replace(/FORMAT\s+Native\s*$/i, `SELECT * FROM file('${file}', 'Native')`))
    return Buffer.alloc(0)
  }
  const result = await session.queryAsync(`${query ?? ''}${body}`, { format: 'Native' })
  const parts: Uint8Array[] = []
  const rows = (async function* () {
    yield result.bytes()
  })()
  for await (const part of version > 0 ? blocksFor(version, rows) : rows) parts.push(part)
  const bytes = Buffer.concat(parts)
  return given.get('compress') === '1' ? compressedFrames(bytes) : bytes
}

/** ClickHouse's compressed frames: a checksum of 16 bytes, the method, both sizes, data. */
async function withoutFrames(body: Buffer): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const size = body.readUInt32LE(at + 17)
    const data = body.subarray(at + 25, at + 16 + size)
    if (body[at + 16] !== 0x82) throw new Error(`not LZ4: method ${body[at + 16]}`)
    // As an LZ4 frame: magic, flags, the code of 4 MiB, an unread checksum, then the only block.
    const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0, 0, 0, 0, 0])
    head.writeUInt32LE(data.length, 7)
    parts.push(await unlz4(Buffer.concat([head, data, Buffer.alloc(4)]), MOST))
    at += 16 + size
  }
  return Buffer.concat(parts)
}
