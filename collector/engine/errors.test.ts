/** Messages of the engine in words. */
import { expect, test } from 'vitest'
import { DamagedParts, engineError, inWords, isOfMoment, pathIn } from './errors.ts'

const errno = (answer: string) =>
  `Query failed: Code: 76. DB::ErrnoException: Cannot open file /var/otrace/store/a.bin: , errno: 1, strerror: ${answer}. (CANNOT_OPEN_FILE) (version 26.7.2.1)`
const fileSystem = (answer: string) =>
  `Code: 1001. DB::Exception: std::__1::filesystem::filesystem_error: filesystem error: in posix_stat: failed to determine attributes: ${answer} ["/var/otrace/store"]. (STD_EXCEPTION)`

test.each([
  ['No such file or directory', 'a file of the store is missing'],
  ['Permission denied', 'this user may not read or write a file of the store'],
  ['No space left on device', 'the disk of the store is full'],
  ['Stale file handle', 'a file of the store cannot be used: Stale file handle'],
])('what the system answers: %s', (answer, words) => {
  const around = errno(answer)
    .replace('ErrnoException', 'Exception')
    .replace(/(\. \(CANN)/, ': (while reading from part /var/otrace/store/a/)$1')
  for (const message of [errno(answer), around, fileSystem(answer)]) {
    expect(inWords(new Error(message))).toBe(words)
    expect(isOfMoment(message)).toBe(true)
  }
})

test('a damaged part is named without the folders above it', () => {
  const id = '453a60e8-7b10-45a5-9a58-639555b288ca'
  const message = `Code: 40. DB::Exception: Checksum doesn't match: (while reading from part /var/store/453/${id}/20261126_1_1_0/). (CHECKSUM_DOESNT_MATCH)`
  expect(inWords(new Error(message))).toBe(
    `a part of the store is damaged: store/453/${id}/20261126_1_1_0`,
  )
})

test('an error of a table that does not load is the one of its files', () => {
  const around = (error: string) =>
    `Code: 722. DB::Exception: Waited job failed: Code: 695. DB::Exception: Load job 'load table otel.otel_traces' failed: ${error}. (ASYNC_LOAD_WAIT_FAILED) (version 26.7.2.1)`
  const errno = `Code: 481. DB::ErrnoException: Cannot set modification time to file: /d/store/3a7/id/x/: , errno: 20, strerror: Not a directory`
  const fileSystem = `std::exception. Code: 1001, type: std::__1::filesystem::filesystem_error, e.what() = filesystem error: in create_directories: Not a directory ["/d/store/3a7/id"]`
  for (const error of [errno, fileSystem])
    expect(inWords(around(error))).toBe('a file is in the place of a folder of the store')
  expect(pathIn(around(errno), '/d')).toBe('store/3a7/id/x/')
  const below = errno.replaceAll('/d/', '/srv/data/my-store/d/')
  expect(pathIn(around(below), '/srv/data/my-store/d')).toBe('store/3a7/id/x/')
  const attach = ': Cannot attach table `otel`.`otel_traces` from metadata file store/3ba/id/a.sql'
  expect(inWords(around(`Code: 1. DB::Exception: Unexpected${attach}`))).toBe(
    'Unexpected (ASYNC_LOAD_WAIT_FAILED)',
  )
})

test('a damaged definition is named', () => {
  const message = `Code: 62. DB::Exception: Syntax error (in file store/3a7/id/otel_logs.sql): failed at position 1 (\x1b[31m): \x1b[31m\n: Cannot parse definition from metadata file store/3a7/id/otel_logs.sql. (SYNTAX_ERROR)`
  expect(inWords(message)).toBe('a definition of the store is damaged: store/3a7/id/otel_logs.sql')
  const empty =
    'Code: 62. DB::Exception: Empty query: while loading database `otel` from file metadata/otel.sql. (SYNTAX_ERROR)'
  expect(inWords(empty)).toBe('a definition of the store is damaged: metadata/otel.sql')
})

test('bytes that name no codec are damage, too', () => {
  const id = '3a7f4693-1412-417a-85ce-ce3fe6e1f2d6'
  const message = `Code: 432. DB::Exception: Unknown codec family code: 135: While reading or decompressing /d/store/3a7/${id}/20261127_1_1_0/data.bin. (UNKNOWN_CODEC) (version 26.7.2.1)`
  expect(inWords(message)).toBe(`a part of the store is damaged: store/3a7/${id}/20261127_1_1_0`)
})

test('what a message quotes decides nothing', () => {
  const quoted =
    'Code: 27. DB::Exception: Cannot parse Closed, errno: filesystem error: No such file or directory, strerror: Permission denied, TIMEOUT. (INCORRECT_DATA)'
  expect(isOfMoment(quoted)).toBe(false)
  expect(engineError(quoted)).toMatchObject({ name: 'INCORRECT_DATA', system: undefined })
  expect(inWords(quoted)).toMatch(/^Cannot parse .*TIMEOUT \(INCORRECT_DATA\)$/)
  for (const statement of [
    "failed at position 14 ('in file a.sql'): 'in file a.sql'. Expected one of: token, Comma",
    "failed at position 9 (Syntax error (in file store/a.sql): 'from metadata file store/a.sql'",
    "failed at position 14 ('x): 'x: Cannot parse definition from metadata file store/a.sql. ",
  ]) {
    const ofStatement = `Code: 62. DB::Exception: Syntax error: ${statement}. (SYNTAX_ERROR)`
    expect(inWords(ofStatement)).toMatch(/^Syntax error: .* \(SYNTAX_ERROR\)$/)
  }
  expect(isOfMoment('Code: 33. DB::Exception: Cannot read, errno: 5. (CANNOT_READ_ALL_DATA)')).toBe(
    true,
  )
  expect(isOfMoment('Code: 252. DB::Exception: Too many parts. (TOO_MANY_PARTS)')).toBe(true)
  expect(isOfMoment('ENOSPC: no space left on device, write')).toBe(true)
})

test('an error of memory is not about files', () => {
  const message =
    'Code: 173. DB::ErrnoException: Allocator: Cannot malloc 1.00 GiB., errno: 12, strerror: Cannot allocate memory. (CANNOT_ALLOCATE_MEMORY) (version 26.7.2.1)'
  expect(inWords(message)).toBe(
    'Allocator: Cannot malloc 1.00 GiB., errno: 12, strerror: Cannot allocate memory (CANNOT_ALLOCATE_MEMORY)',
  )
  expect(isOfMoment(message)).toBe(true)
  expect(engineError(message)?.system).toBeUndefined()
})

test('a quoted part is not damaged', () => {
  const message = `Code: 395. DB::Exception: CORRUPTED_DATA store/453/453a60e8-7b10-45a5-9a58-639555b288ca/x. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)`
  const parts = new DamagedParts()
  parts.look(message)
  expect(parts.found).toEqual([])
  expect(inWords(message)).toMatch(/^CORRUPTED_DATA/)
})

test('other errors are their first line', () => {
  expect(inWords(new Error('files of otel_logs were deleted'))).toBe(
    'files of otel_logs were deleted',
  )
  expect(inWords('Code: 1. DB::Exception: One.\nStack (A_NAME) (version 1)')).toBe('One (A_NAME)')
})
