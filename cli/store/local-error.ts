/** What can go wrong with the collector's part of this package, told to the person at the shell. */
import { OtraceError } from '../errors.ts'

const MEANINGS: Record<string, (error: Error, dataDir: string) => OtraceError> = {
  StoreLockedError: (_, dataDir) =>
    new OtraceError(
      'noStore',
      `another otrace process holds ${dataDir}`,
      'wait for it to end, or keep `otrace up` running so that commands share one store',
    ),
  PortInUseError: (error) =>
    new OtraceError(
      'noStore',
      error.message,
      'stop what listens there, or choose others: --otlp-http-port, --otlp-grpc-port, --clickhouse-port',
    ),
  PasswordNeededError: (error) =>
    new OtraceError('usage', error.message, 'give one with --password, or listen on 127.0.0.1'),
  EngineMissingError: () =>
    new OtraceError(
      'noStore',
      'the embedded ClickHouse (the optional package chdb) is not installed',
      'install it with `npm install chdb`, or name a server with --url',
    ),
}

/** Node's codes for a path that cannot be used, in words. */
const PATHS: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it cannot be written to',
  ENOTDIR: 'a part of it is a file',
  EEXIST: 'it is a file',
  ENOENT: 'it cannot be made',
  ENOSPC: 'the disk is full',
}

/** Turns the collector's named errors, and the file system's, into sentences; anything else is a bug and stays what it is. */
export function localStoreError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || error instanceof OtraceError) return error
  const path = PATHS[(error as NodeJS.ErrnoException).code ?? '']
  if (path) {
    return new OtraceError(
      'noStore',
      `${dataDir} cannot hold a store: ${path}`,
      'name another directory with --data or OTRACE_DATA',
    )
  }
  return MEANINGS[error.name]?.(error, dataDir) ?? error
}
