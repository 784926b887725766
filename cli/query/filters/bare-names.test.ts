/** Names that say only a method: the same in SQL, in the facts and here. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { isBareName, mayBeTitle } from './bare-names.ts'

const root = new URL('../../../', import.meta.url)
const namesIn = (path: string) => {
  const sql = readFileSync(new URL(path, root), 'utf8')
  const list = /name IN \(\s*('GET'[^)]*)\)/i.exec(sql)?.[1] ?? ''
  return [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name!)
}

it('names of a method alone are listed alike', () => {
  const names = namesIn('queries/spans/shared/names.sql')
  expect(names).toHaveLength(15)
  expect(namesIn('queries/internal/store/bare-names.sql')).toEqual(names)
  expect(namesIn('collector/schema/facts_of_traces.sql')).toEqual(names)
  for (const name of names) {
    expect([name, isBareName(name, 'server'), isBareName(name, 'client')]).toEqual([
      name,
      true,
      false,
    ])
    expect([name, mayBeTitle(name), mayBeTitle(`${name} /cart`)]).toEqual([name, false, true])
  }
  expect(isBareName('HTTP GET /cart', 'server')).toBe(false)
})
