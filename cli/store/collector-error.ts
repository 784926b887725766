/** Translates errors of the collector and the file system into messages with hints. */
import type { StoreDamagedError } from '../../collector/engine/engine.ts'
import { noStore, OtraceError, usage } from '../errors.ts'
import { remedyFor } from './clickhouse-error.ts'

const MEANINGS: Record<string, (error: Error, dataDir: string) => OtraceError> = {
  StoreLockedError: (_, dataDir) =>
    noStore(
      `another otrace process holds ${dataDir}`,
      'wait for it to end, or keep `otrace up` running so that commands share one store',
    ),
  StoreDamagedError: (error, dataDir) => {
    const { reason } = error as StoreDamagedError
    return noStore(
      `${error.message}${reason === undefined ? '' : `: ${reason}`}`,
      remedyFor(reason) ??
        `move ${dataDir}/clickhouse away, and start again: what waits in the spool is kept`,
    )
  },
  StoreLostError: (error) =>
    noStore(error.message, 'put them back; `otrace up` begins empty tables instead'),
  LostLinkError: (error) => noStore(error.message, 'mount its disk, or remove the link'),
  PortInUseError: (error) =>
    noStore(
      error.message,
      'stop what listens there, or choose others: --otlp-http-port, --otlp-grpc-port, --clickhouse-port',
    ),
  TooFewFilesError: (error) =>
    noStore(
      error.message,
      'raise the hard limit: LimitNOFILE=1024 of systemd, --ulimit nofile=1024 of Docker',
    ),
  PasswordNeededError: (error) =>
    usage(error.message, 'give one with --password, or listen on 127.0.0.1'),
  TlsFileError: (error) => usage(error.message, 'name PEM files that belong together'),
  SecondStoreError: (_, dataDir) =>
    noStore(
      `${dataDir} and another local store cannot both be open in one process`,
      `run \`otrace up --data ${dataDir}\` meanwhile`,
    ),
  EngineMissingError: () =>
    noStore(
      'the embedded ClickHouse (the optional package chdb) is not installed',
      'install it with `npm install chdb`, or name a server with --url',
    ),
}

/** Node's error codes for unusable paths, in words. */
const PATHS: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it cannot be written to',
  ENOTDIR: 'a part of it is a file',
  EEXIST: 'it is a file',
  ENOENT: 'it cannot be made',
  EISDIR: 'a folder is in the place of a file',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk cannot be read',
  ENOSPC: 'the disk is full',
}

/** Translates the known errors; returns any other error unchanged, since it is a bug. */
export function localStoreError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || error instanceof OtraceError) return error
  const { code = '', syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' && syscall !== 'mkdir')
    return noStore(`files of ${dataDir} were deleted meanwhile`, 'put them back, and ask again')
  const path = PATHS[code]
  if (path) {
    return noStore(
      `${dataDir} cannot hold a store: ${path}`,
      'name another directory with --data or OTRACE_DATA',
    )
  }
  return MEANINGS[error.name]?.(error, dataDir) ?? error
}
