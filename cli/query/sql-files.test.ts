/** The form of every .sql file in queries/. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('../../queries/', import.meta.url)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.sql'),
)

it.each(files)('%s fits 120 columns, binds only {name:Type} and decides by 1', (path) => {
  const text = readFileSync(new URL(path, folder), 'utf8')
  expect(text.split('\n').filter((line) => [...line].length > 120)).toEqual([])
  const sql = text.replace(/^(?:--.*\n)+/, '').replace(/'(?:[^'\\]|\\.|'')*'|--[^\n]*/g, "''")
  expect(sql.match(/\{(?!\w+:)/g)).toBeNull()
  // Any other spelling would stay as it is, without a word.
  expect(sql.match(/if\(\/\*\+ \w+ \*\/(?!1,)/g)).toBeNull()
})
