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
    new OtraceError('noStore', error.message, 'stop what listens there, or choose another port'),
  PasswordNeededError: (error) =>
    new OtraceError('usage', error.message, 'give one with --password, or listen on 127.0.0.1'),
  EngineMissingError: () =>
    new OtraceError(
      'noStore',
      'the embedded ClickHouse (the optional package chdb) is not installed',
      'install it with `npm install chdb`, or name a server with --url',
    ),
}

/** Turns the collector's named errors into sentences; anything else is a bug and stays what it is. */
export function localStoreError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error)) return error
  return MEANINGS[error.name]?.(error, dataDir) ?? error
}
