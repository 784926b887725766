/** The gRPC status that ends a call, and the errors that lead to it. */
import { BodyError } from '../http/body-error.ts'
import { RetryLaterError } from '../ingest/admission.ts'
import { TooLargeError } from '../otlp/limits.ts'
import { MalformedRequestError } from '../otlp/scan.ts'
import { WireWriter } from '../otlp/wire.ts'

/** https://grpc.io/docs/guides/status-codes/ */
export const CODES = {
  OK: 0,
  INVALID_ARGUMENT: 3,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
}

/** The status that ends a call. */
export class StatusError extends Error {
  constructor(
    readonly code: number,
    message: string,
    /** Such as `grpc-status-details-bin`. */
    readonly trailers: Record<string, string> = {},
  ) {
    super(message)
  }
}

/** What a sender is told of an error. */
export function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof MalformedRequestError) return new StatusError(CODES.INVALID_ARGUMENT, text)
  if (error instanceof TooLargeError) return new StatusError(CODES.RESOURCE_EXHAUSTED, text)
  if (error instanceof RetryLaterError) return retryStatus(text, error.retryAfter)
  if (!(error instanceof BodyError))
    return new StatusError(CODES.INTERNAL, `the request could not be stored: ${text}`)
  if (error.status === 503) return retryStatus(text, 1)
  const codes = {
    400: CODES.INVALID_ARGUMENT,
    413: CODES.RESOURCE_EXHAUSTED,
    415: CODES.UNIMPLEMENTED,
  }
  return new StatusError(codes[error.status], text)
}

/** UNAVAILABLE: try again after these seconds. */
export function retryStatus(message: string, seconds: number): StatusError {
  const details = retryInfo(CODES.UNAVAILABLE, message, seconds).toString('base64')
  return new StatusError(CODES.UNAVAILABLE, message, { 'grpc-status-details-bin': details })
}

/** A google.rpc.Status with a google.rpc.RetryInfo: OTLP/gRPC's Retry-After. */
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
