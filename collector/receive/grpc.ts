/** OTLP over gRPC: the three Export services, on raw bytes; the only importer of @grpc/grpc-js; for main.ts. */
import { BodyError } from '../body.ts'
import { PortInUseError } from '../listen.ts'
import type { Signal } from '../otlp/proto.ts'
import { MalformedRequestError } from '../otlp/walk.ts'
import { WireWriter } from '../otlp/wire.ts'
import { type Headers, knowsPassword } from '../password.ts'
import { type Receive, RetryLaterError } from './receive.ts'

const SERVICES: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
}

const BODY_LIMIT = 64 * 2 ** 20

export interface GrpcReceiver {
  /** Such as `http://127.0.0.1:4317`. */
  address: string
  stop(): Promise<void>
}

/**
 * Listens.
 * @param port 0 for any free one.
 * @throws PortInUseError
 */
export async function startGrpc(
  receive: Receive,
  port: number,
  host: string,
  password: string | undefined,
): Promise<GrpcReceiver> {
  const grpc = await import('@grpc/grpc-js')
  // What goes wrong is thrown; the package would say it on stderr, too.
  grpc.setLogVerbosity(grpc.logVerbosity.NONE)
  const server = new grpc.Server({
    'grpc.max_receive_message_length': BODY_LIMIT,
    'grpc.max_concurrent_streams': 1000,
  })
  const identity = (bytes: Buffer) => bytes
  for (const [signal, path] of Object.entries(SERVICES) as [Signal, string][]) {
    server.addService(
      {
        export: {
          path,
          requestStream: false,
          responseStream: false,
          requestSerialize: identity,
          requestDeserialize: identity,
          responseSerialize: identity,
          responseDeserialize: identity,
        },
      },
      {
        export: (
          call: { request: Buffer; metadata: { getMap(): Record<string, unknown> } },
          done: (error: object | null, answer?: Buffer) => void,
        ) => {
          if (!knowsPassword(password, call.metadata.getMap() as Headers)) {
            done({
              code: grpc.status.UNAUTHENTICATED,
              details: 'this collector asks for a password',
            })
            return
          }
          receive(signal, call.request).then(
            () => done(null, Buffer.alloc(0)),
            (error) => done(statusOf(error)),
          )
        },
      },
    )
  }

  function statusOf(error: unknown): object {
    const details = error instanceof Error ? error.message : String(error)
    if (error instanceof MalformedRequestError)
      return { code: grpc.status.INVALID_ARGUMENT, details }
    if (error instanceof BodyError) return { code: grpc.status.RESOURCE_EXHAUSTED, details }
    if (error instanceof RetryLaterError) {
      const metadata = new grpc.Metadata()
      metadata.set(
        'grpc-status-details-bin',
        retryInfo(grpc.status.UNAVAILABLE, details, error.retryAfter),
      )
      return { code: grpc.status.UNAVAILABLE, details, metadata }
    }
    return { code: grpc.status.INTERNAL, details: `the request could not be stored: ${details}` }
  }

  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      `${host}:${port}`,
      grpc.ServerCredentials.createInsecure(),
      (error, actual) => {
        if (!error) resolve(actual)
        else
          reject(
            /EADDRINUSE|address already in use/i.test(error.message)
              ? new PortInUseError(port)
              : error,
          )
      },
    )
  })
  return {
    address: `http://${host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => server.forceShutdown(), 1000)
        server.tryShutdown(() => {
          clearTimeout(late)
          resolve()
        })
      }),
  }
}

/** A google.rpc.Status with a google.rpc.RetryInfo, which is how OTLP/gRPC says when to come again. */
function retryInfo(code: number, message: string, seconds: number): Buffer {
  const status = new WireWriter()
  status.varint(1, code)
  status.string(2, message)
  status.message(3, (any) => {
    any.string(1, 'type.googleapis.com/google.rpc.RetryInfo')
    any.message(2, (info) => info.message(1, (duration) => duration.varint(1, seconds)))
  })
  return status.bytes()
}
