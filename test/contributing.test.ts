/** CONTRIBUTING.md against the tree: its paths, and the files of a first change. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { packageRoot } from '../package.ts'

const text = readFileSync(new URL('CONTRIBUTING.md', packageRoot), 'utf8')
const exists = (path: string) => existsSync(new URL(path, packageRoot))
const quoted = (part: string) => [...part.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)

/** The lines of the section with this heading. */
function section(heading: string): string[] {
  const [, body = ''] = text.split(`\n## ${heading}\n`)
  return body.split('\n## ')[0]!.split('\n')
}

it('names paths that exist', () => {
  const paths = quoted(text)
    .filter((code) => /^[\w.-]+\/[\w./-]*$|^[\w-]+\.md$/.test(code))
    .filter((code) => !code.startsWith('dist/'))
  const rooms = /^(commands|why|session|options|output|store|trace|gate|query|render|units)\/$/
  const within = /^(export|flame|waterfall|model)\/$/
  const resolved = paths.map((path) =>
    rooms.test(path) ? `cli/${path}` : within.test(path) ? `cli/trace/${path}` : path,
  )
  expect(resolved.length).toBeGreaterThan(60)
  expect(resolved.filter((path) => !exists(path))).toEqual([])
})

it('names symbols that their files have', () => {
  const pairs = [...text.matchAll(/`(\w+)`[^`.]{0,20}\bof\s+`([\w./-]+\.ts)`/g)]
  expect(pairs.map(([, symbol]) => symbol)).toContain('withSession')
  const wrong = pairs.filter(([, symbol, path]) => {
    const source = exists(path!) ? readFileSync(new URL(path!, packageRoot), 'utf8') : ''
    return !new RegExp(`\\b${symbol}\\b`).test(source)
  })
  expect(wrong.map(([whole]) => whole)).toEqual([])
})

it('lists the folders of the tree, and no others', () => {
  const block = text.split('```')[1]!
  const listed = [...block.matchAll(/^(\w+)\/ /gm)].map(([, name]) => name!)
  const folders = readdirSync(packageRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules|dist|coverage)/.test(entry.name))
    .map(({ name }) => name)
  expect(listed.sort()).toEqual(folders.sort())
})

it('walks one command through the program in ten steps', () => {
  const steps = section('One command through the program').filter((line) => /^\d+\. /.test(line))
  expect(steps.map((step) => Number.parseInt(step, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

/** Files that a change may touch at most, from issue and design. */
const MOST: Record<string, number> = {
  'a query': 1,
  'a filter flag': 3,
  'a panel': 2,
  'an output format': 2,
  'a command': 2,
  'a schema': 1,
}
/** Pattern of a file that mentions the example, by the first column. */
const mentions: Record<string, (example: string) => RegExp> = {
  'a query': (name) => new RegExp(`queries/${name}\\b|'${name}\\.sql'`),
  'a filter flag': (flag) => new RegExp(`'${flag} |@filter ${flag.slice(2)}\\b`),
  'a panel': (name) => new RegExp(`\\b${name}\\b`, 'i'),
  'an output format': (name) => new RegExp(`\\b${name}:|'${name}'`),
  'a command': (name) => new RegExp(`\\b${name}Command\\b`),
  'a schema': (name) => new RegExp(`'${name}'|spans/${name}`),
}

const sources = ['cli', 'queries'].flatMap((folder) =>
  readdirSync(new URL(folder, packageRoot), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|sql)$/.test(name) && !/(\.test|\/fixture)\.ts$/.test(`/${name}`))
    .map((name) => `${folder}/${name}`),
)
const rows = section('A first change')
  .filter((line) => /^\| an? /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, what = '', example = '', files = '']) => ({
    what,
    example: quoted(example)[0]!,
    files: quoted(files),
  }))

it('describes six kinds of first change', () => {
  expect(rows.map(({ what }) => what)).toEqual(Object.keys(MOST))
})

it.each(rows)('$what such as $example is in these files only', ({ what, example, files }) => {
  expect(files.length).toBeLessThanOrEqual(MOST[what]!)
  const named = files.map((file) => file.replace('<name>', example))
  for (const file of named) expect(exists(file), file).toBe(true)
  const pattern = mentions[what]!(example)
  // A query names its panel.
  const places = sources.filter((path) => what !== 'a panel' || !path.startsWith('queries/'))
  const found = places.filter((path) =>
    pattern.test(readFileSync(new URL(path, packageRoot), 'utf8')),
  )
  const others = found
    .filter((path) => !named.some((file) => path.startsWith(file)))
    // A query names the panel that draws it.
    .filter((path) => what !== 'a panel' || !path.startsWith('queries/'))
  expect(others).toEqual([])
})
