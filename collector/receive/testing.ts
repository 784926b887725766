/** A gRPC client for tests, on node:http2. */
import { connect } from 'node:http2'

/** A message of gRPC: a flag, its size, and its bytes. */
export function message(body: Buffer, flag: number, size = body.length): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(size, 1)
  return Buffer.concat([prefix, body])
}

/**
 * Sends a unary call like a gRPC client.
 * @param sent what is sent; the body as one message by default
 * @returns its status and message, and what else it says.
 */
export function call(
  address: string,
  body: Buffer,
  encoding: string,
  agent: string,
  sent = message(body, encoding === 'identity' ? 0 : 1),
): Promise<[status: string, message: string, accepted: string, details: string]> {
  const session = connect(address)
  return new Promise((resolve, reject) => {
    session.on('error', reject)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      'grpc-encoding': encoding,
      'user-agent': agent,
      te: 'trailers',
    })
    let headers: Record<string, unknown> = {}
    stream.on('response', (received) => {
      headers = { ...received }
    })
    stream.on('trailers', (received) => {
      headers = { ...headers, ...received }
    })
    stream.on('error', reject)
    stream.resume()
    stream.on('close', () => {
      session.close()
      resolve([
        String(headers['grpc-status']),
        decodeURIComponent(String(headers['grpc-message'] ?? '')),
        String(headers['grpc-accept-encoding']),
        String(headers['grpc-status-details-bin']),
      ])
    })
    stream.end(sent)
  })
}
