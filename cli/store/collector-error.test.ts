/** What is said of a store that does not open. */
import { expect, test } from 'vitest'
import { StoreDamagedError } from '../../collector/engine/engine.ts'
import type { OtraceError } from '../errors.ts'
import { localStoreError } from './collector-error.ts'

test.each([
  [
    'Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)',
    'room',
  ],
  [
    'Code: 241. DB::Exception: Memory limit (total) exceeded: would use 3 GiB. (MEMORY_LIMIT_EXCEEDED)',
    'free memory',
  ],
  [
    'Code: 173. DB::ErrnoException: Allocator: Cannot malloc 1.00 GiB., errno: 12, strerror: Cannot allocate memory. (CANNOT_ALLOCATE_MEMORY)',
    'free memory',
  ],
  [
    'Code: 76. DB::ErrnoException: Cannot open file /d/x: , errno: 24, strerror: Too many open files. (CANNOT_OPEN_FILE)',
    'ulimit -n',
  ],
  [
    'Code: 76. DB::ErrnoException: Cannot open file /d/x: , errno: 13, strerror: Permission denied. (CANNOT_OPEN_FILE)',
    'read and write',
  ],
  [
    'Code: 33. DB::Exception: Marks file is broken. (CANNOT_READ_ALL_DATA) (version 26.7.1)',
    'move /d/clickhouse away',
  ],
])('only damaged files are moved away: %s', (text, hint) => {
  const error = new StoreDamagedError('/d/clickhouse', new Error(text))
  expect((localStoreError(error, '/d') as OtraceError).hint).toContain(hint)
})
