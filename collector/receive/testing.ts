/** A gRPC client for tests, on node:http2. */
import { connect } from 'node:http2'

/** Sends a unary call like a gRPC client. @returns its status and message, and what else it says. */
export function call(
  address: string,
  body: Buffer,
  encoding: string,
  agent: string,
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
    const prefix = Buffer.alloc(5)
    prefix[0] = encoding === 'identity' ? 0 : 1
    prefix.writeUInt32BE(body.length, 1)
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
    stream.end(Buffer.concat([prefix, body]))
  })
}
