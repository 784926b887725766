/** A load generator: shop spans to an OTLP receiver, as fast as it accepts them. */
import { gzipSync } from 'node:zlib'
import { Pool } from 'undici'
import { shopRequest } from './shop-spans.ts'

const CONNECTIONS = 32
/** 23 traces are 506 spans. */
const TRACES = 23
const DIFFERENT = 40

interface Template {
  bytes: Buffer
  /** Offsets of the ids' 32-bit words, by their position in the id, and of the times. */
  ids: number[][]
  times: number[]
  startedAt: bigint
}

const [address, transport, secondsText] = process.argv.slice(2)
const seconds = Number(secondsText)

const templates = Array.from({ length: DIFFERENT }, () => template())
const until = Date.now() + seconds * 1000
let sent = 0
let refused = 0
let requests = 0

const send =
  transport === 'grpc' ? await grpcSender(address!) : httpSender(address!, transport === 'gzip')
const report = setInterval(() => process.send?.({ sent, refused }), 250)
await Promise.all(
  Array.from({ length: CONNECTIONS }, async () => {
    while (Date.now() < until) {
      const accepted = await send(fresh())
      if (accepted) sent += TRACES * 22
      else refused++
    }
  }),
)
clearInterval(report)
process.send?.({ sent, refused })
process.disconnect?.()
process.exit()

type Send = (body: Buffer) => Promise<boolean>

function httpSender(url: string, gzip: boolean): Send {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 })
  // Compression would dominate the generator, so each request is compressed once and repeated.
  const packed = gzip ? templates.map(({ bytes }) => gzipSync(bytes)) : []
  return async (body) => {
    const answer = await pool.request({
      method: 'POST',
      path: '/v1/traces',
      headers: {
        'content-type': 'application/x-protobuf',
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body: gzip ? packed[requests % DIFFERENT] : body,
    })
    await answer.body.dump()
    return answer.statusCode === 200
  }
}

async function grpcSender(url: string): Promise<Send> {
  const { Client, credentials } = await import('@grpc/grpc-js')
  const clients = Array.from(
    { length: 4 },
    (_, index) =>
      new Client(url.replace('http://', ''), credentials.createInsecure(), {
        'grpc.channel_index': index,
        'grpc.use_local_subchannel_pool': 1,
      }),
  )
  const same = (bytes: Buffer) => bytes
  return (body) =>
    new Promise((resolve) => {
      clients[requests % 4]!.makeUnaryRequest(
        '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        same,
        same,
        body,
        (error) => resolve(!error),
      )
    })
}

/** A request with new ids and the current time: a patched copy of a template. */
function fresh(): Buffer {
  const { bytes, ids, times, startedAt } = templates[requests++ % DIFFERENT]!
  const body = Buffer.from(bytes)
  for (const words of ids) {
    const mask = Math.floor(Math.random() * 2 ** 31)
    for (const at of words) body.writeInt32LE(body.readInt32LE(at) ^ mask, at)
  }
  const shift = BigInt(Date.now()) * 1_000_000n - startedAt
  for (const at of times) body.writeBigUInt64LE(body.readBigUInt64LE(at) + shift, at)
  return body
}

function template(): Template {
  const startedAt = BigInt(Date.now()) * 1_000_000n
  const bytes = shopRequest(TRACES, startedAt, 1e9)
  const made: Template = { bytes, ids: [[], [], [], []], times: [], startedAt }
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  /** Visits a message's fields. `deeper` maps field numbers to nested messages. */
  const through = (end: number, deeper: number[], atSpan: boolean): void => {
    while (at < end) {
      const tag = varint()
      const number = tag >>> 3
      if ((tag & 7) === 2) {
        const size = varint()
        const inner = at + size
        if (atSpan && (number === 1 || number === 2 || number === 4)) {
          for (let word = 0; word < size / 4; word++) made.ids[word]!.push(at + word * 4)
        } else if (!atSpan && number === deeper[0])
          through(inner, deeper.slice(1), deeper.length === 1)
        at = inner
      } else if ((tag & 7) === 0) {
        varint()
      } else {
        if (atSpan && (number === 7 || number === 8)) made.times.push(at)
        at += (tag & 7) === 1 ? 8 : 4
      }
    }
  }
  through(bytes.length, [1, 2, 2], false)
  return made
}
