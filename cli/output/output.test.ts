/** Results in the formats for machines, with values that need escapes. */
import {
  chmodSync,
  chownSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Chalk } from 'chalk'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../test/folder.ts'
import type { Column, Row } from '../result.ts'
import { writeTextFile } from './new-file.ts'
import { type Format, type Writing, writeResult } from './output.ts'

const columns = ['text', 'map', 'none'].map((name) => ({ name, type: 'String' }))
const row: Row = { text: 'a "b",\tc|d\\\ne', map: { k: 'v' }, none: null }

const written = (format: Format, rows: Row[], csvSafe = false) =>
  writtenAs({ format, csvSafe }, columns, rows)

async function writtenAs(writing: Writing, columns: Column[], rows: Row[]): Promise<string> {
  let text = ''
  const out = new Writable({
    write(part, _, done) {
      text += part
      done()
    },
  })
  const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  await writeResult(out, { title: 'Title', columns, rows }, writing, 'timeseries', screen)
  return text
}

test.each<[Format, string]>([
  ['json', '[\n  {"text":"a \\"b\\",\\tc|d\\\\\\ne","map":{"k":"v"},"none":null}\n]\n'],
  ['ndjson', '{"text":"a \\"b\\",\\tc|d\\\\\\ne","map":{"k":"v"},"none":null}\n'],
  ['csv', 'text,map,none\r\n"a ""b"",\tc|d\\\ne","{""k"":""v""}",\r\n'],
  ['tsv', 'text\tmap\tnone\na "b",\\tc|d\\\\\\ne\t{"k":"v"}\t\n'],
  ['markdown', '| text | map | none |\n| --- | --- | --- |\n| a "b",\\x09c\\|d\\\\ e | k=v |  |\n'],
])('%s escapes quotes, separators and line breaks', async (format, text) => {
  expect(await written(format, [row])).toBe(text)
})

test.each<[Format, string]>([
  ['json', '[]\n'],
  ['ndjson', ''],
  ['csv', 'text,map,none\r\n'],
  ['tsv', 'text\tmap\tnone\n'],
])('%s without rows is still valid', async (format, text) => {
  expect(await written(format, [])).toBe(text)
})

test.each(['=', '+', '-', '@', '\t', '\r', '\n', ' =', '\t=', '\u00a0@', '＝', '＋', '－', '＠'])(
  '--csv-safe lets no cell begin with %j',
  async (start) => {
    const rows = [{ text: `${start}1+cmd|'/C calc'!A0`, map: { '=1': '=1' }, none: -5n }]
    for (const format of ['csv', 'tsv'] as const) {
      const [, line = ''] = (await written(format, rows, true)).split(/^text.*\r?\n/)
      expect(line.replace(/^"/, '')).toMatch(/^'/)
      expect(line).toMatch(/[,\t]-5\r?\n$/)
      expect(await written(format, rows)).not.toContain(`'${start}`)
    }
  },
)

test('--csv-safe quotes what a spreadsheet would split into formulas', async () => {
  const rows = [{ text: 'a;=1+1', map: null, none: null }]
  expect(await written('csv', rows, true)).toBe('text,map,none\r\n"a;=1+1",,\r\n')
})

const timed: Column[] = [
  { name: 'time', type: "DateTime64(9, 'UTC')" },
  { name: 'took', type: 'UInt64', unit: 'ns' },
  { name: 'share', type: 'Float64', unit: 'percentunit' },
]
const values: Row = { time: '2026-11-22T16:10:43.307000000Z', took: 239_000_000, share: 0.125 }

test.each<[Writing, string]>([
  [
    { format: 'markdown' },
    '| time | took | share |\n| --- | ---: | ---: |\n| 2026-11-22 16:10:43.307 Z | 239 ms | 12.5% |\n',
  ],
  [{ format: 'csv', humanize: true, columns: ['share', 'took'] }, 'share,took\r\n12.5%,239 ms\r\n'],
  [{ format: 'ndjson', humanize: true, columns: ['took'] }, '{"took":"239 ms"}\n'],
  [{ format: 'ndjson', columns: ['took'] }, '{"took":239000000}\n'],
  [{ format: 'tsv', header: false, columns: ['took'] }, '239000000\n'],
  [{ format: 'markdown', header: false, columns: ['took'] }, '| 239 ms |\n'],
  [
    { format: 'terminal', columns: ['took', 'share'] },
    'Title\n  took  share\n──────  ─────\n239 ms  12.5%\n',
  ],
  [{ format: 'terminal', header: false, columns: ['took', 'share'] }, '239 ms  12.5%\n'],
])('writes %j', async (writing, text) => {
  expect(await writtenAs(writing, timed, [values])).toBe(text)
})

test('names the columns there are', async () => {
  const named: Writing = { format: 'json', columns: ['tok'] }
  await expect(writtenAs(named, timed, [values])).rejects.toMatchObject({
    message: "--columns 'tok' is not a column of the result",
    hint: 'did you mean took?',
  })
})

test('a file that is replaced keeps rights that the umask takes, also beside an old draft', () => {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const path = join(folder.path, 'base.json')
  for (const each of [path, `${path}.${process.pid}`]) writeFileSync(each, 'old')
  chmodSync(path, 0o666)
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(path, 1, 1)
  const before = statSync(path)
  writeTextFile(path, 'new', { elsewhere: 'name another file', replaces: true })
  const { mode, uid, ino } = statSync(path)
  expect([mode & 0o777, uid]).toEqual([0o666, before.uid])
  expect(ino).not.toBe(before.ino)
})

test('a file that is replaced is never half of one, and keeps its rights and its name', () => {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const at = (name: string) => join(folder.path, name)
  const options = { elsewhere: 'name another file' }
  writeTextFile(at('new/base.json'), 'old', { ...options, replaces: true, isPrivate: true })
  linkSync(at('new/base.json'), at('old'))
  symlinkSync('new/base.json', at('link'))
  writeTextFile(at('link'), 'new', { ...options, replaces: true })
  expect(['old', 'link', 'new/base.json'].map((name) => readFileSync(at(name), 'utf8'))).toEqual([
    'old',
    'new',
    'new',
  ])
  expect(statSync(at('link')).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder.path, { recursive: true })).toHaveLength(4)
  expect(() => writeTextFile(at('link'), 'newer', { ...options, flag: '--junit' })).toThrow(
    /^--junit: cannot write .*: EEXIST$/,
  )
})
