/** Query files that are not regular files, links of a checkout, and unreadable folders. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { packageRoot } from '../../package.ts'
import { removeFolder } from '../../test/folder.ts'
import { libraryOf, type ParsedSchema, parsedFiles, schemaOf } from './compose/parsed.ts'
import { AROUND } from './compose/spans.ts'
import { PROJECT_QUERIES, readLibrary, readQueryFiles, readSchemas, readText } from './files.ts'

const from = process.cwd()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otrace-test-'))
  process.chdir(folder)
  mkdirSync(PROJECT_QUERIES, { recursive: true })
})
afterEach(() => {
  process.chdir(from)
  removeFolder(folder)
})

it('queries/README.md has every relation that a query may read', () => {
  const page = readFileSync(new URL('queries/README.md', packageRoot), 'utf8')
  const names = [...Object.keys(readLibrary().relations), ...AROUND.map((name) => `spans_${name}`)]
  const parts = ['spans_hours', 'spans_beside']
  expect(names.filter((name) => !parts.includes(name) && !page.includes(`\`${name}\``))).toEqual([])
})

const SQL = '-- A title\n\nSELECT 1\n'
const path = (name: string) => join(PROJECT_QUERIES, name)
const makePipe = (name: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', name])
const read = (only?: string, queries = PROJECT_QUERIES) =>
  readQueryFiles([queries], { flags: new Set(), commands: new Set() }, only)
const errors = () => read().broken.map(({ name, error }) => [name, error.message])

it('reads no device, pipe, folder or large file, and every other query', () => {
  symlinkSync('/dev/zero', path('zero.sql'))
  symlinkSync('/dev/tty', path('tty.sql'))
  makePipe(path('pipe.sql'))
  mkdirSync(path('folder.sql'))
  writeFileSync(path('large.sql'), `${SQL}-- ${'x'.repeat(2 ** 20)}`)
  writeFileSync(path('good.sql'), SQL)
  expect(errors()).toEqual([
    ['folder', 'cannot read .otrace/queries/folder.sql: not a regular file'],
    ['large', '.otrace/queries/large.sql has 1048600 bytes, more than 1048576'],
    ['pipe', 'cannot read .otrace/queries/pipe.sql: not a regular file'],
    ['tty', 'cannot read .otrace/queries/tty.sql: not a regular file'],
    ['zero', 'cannot read .otrace/queries/zero.sql: not a regular file'],
  ])
  expect(read('good').queries).toMatchObject([{ name: 'good', project: true }])
})

it('follows links of a checkout inside its folder alone, and those of a named folder', () => {
  writeFileSync('outside.sql', SQL)
  writeFileSync(join('.otrace', 'inside.sql'), SQL)
  symlinkSync(join(folder, 'outside.sql'), path('out.sql'))
  symlinkSync(join('..', 'inside.sql'), path('in.sql'))
  expect(errors()).toEqual([['out', '.otrace/queries/out.sql is a link that leaves .otrace']])
  expect(read('in').queries).toHaveLength(1)
  expect(read('out', join(folder, PROJECT_QUERIES)).queries).toHaveLength(1)
})

it('names files and folders that cannot be read', () => {
  symlinkSync('nowhere', path('dangling.sql'))
  symlinkSync('loop.sql', path('loop.sql'))
  expect(errors()).toEqual([
    ['dangling', 'cannot read .otrace/queries/dangling.sql: ENOENT'],
    ['loop', 'cannot read .otrace/queries/loop.sql: ELOOP'],
  ])
  writeFileSync('file', '')
  expect(() => read(undefined, 'file')).toThrow('cannot read file: ENOTDIR')
})

it('reads a pipe only where it may', () => {
  makePipe('pipe')
  execFileSync('sh', ['-c', 'printf text > pipe &'], { stdio: 'ignore' })
  expect(() => readText('pipe')).toThrow('cannot read pipe: not a regular file')
  expect(readText('pipe', { pipes: true })).toBe('text')
})

it('the build keeps schemas, functions and queries as their files have them', () => {
  const kept = (name: string) =>
    readFileSync(new URL(`dist/parsed/${name}.json`, packageRoot), 'utf8')
  const [schemas, library] = [readSchemas(), readLibrary()]
  process.chdir(fileURLToPath(packageRoot))
  const taken = { flags: new Set<string>(), commands: new Set<string>() }
  const asked = readQueryFiles([], taken).queries.map((query) => ({
    text: readFileSync(query.path, 'utf8'),
    query,
  }))
  for (const [name, text] of Object.entries(parsedFiles(schemas, library, asked)))
    expect(kept(name) === text, `${name} of npm run build`).toBe(true)
  const read = JSON.parse(kept('schemas')) as ParsedSchema[]
  expect(read.map((each) => schemaOf(each, () => JSON.parse(kept(`schema-${each.name}`))))).toEqual(
    schemas,
  )
  expect(libraryOf(JSON.parse(kept('library')))).toEqual(library)
})
