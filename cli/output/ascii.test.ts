/** What stands for drawings where the locale has none. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { textWidth } from '../render/text.ts'
import { inAscii, isAsciiLocale } from './ascii.ts'

const golden = new URL('../../test/golden/', import.meta.url)
/** Of the data. */
const DATA = /[Σ注発]/g

it('draws each golden picture as wide in ASCII', () => {
  const names = readdirSync(golden, { recursive: true }).map(String)
  const pictures = names.filter((name) => name.endsWith('.txt') && !name.includes('colour'))
  expect(pictures.length).toBeGreaterThan(40)
  for (const name of pictures) {
    const text = readFileSync(new URL(name, golden), 'utf8')
    const ascii = inAscii(text)
    expect(ascii.replace(DATA, ''), name).toMatch(/^[\0-\x7f]*$/)
    expect(ascii.split('\n').map(textWidth), name).toEqual(text.split('\n').map(textWidth))
  }
})

it.each([
  [{}, false],
  [{ LANG: '', LC_ALL: '' }, false],
  [{ LANG: 'C' }, true],
  [{ LANG: 'en_GB.UTF-8', LC_CTYPE: 'POSIX' }, true],
  [{ LANG: 'C', LC_ALL: 'C.utf8' }, false],
  [{ LANG: 'de_DE.ISO-8859-1@euro' }, true],
  [{ LANG: 'C', LC_CTYPE: 'UTF-8' }, false],
  [{ LANG: 'en_US' }, false],
])('takes %o for a locale without drawings: %s', (env, isAscii) => {
  expect(isAsciiLocale(env)).toBe(isAscii)
})

it('never ends a text in quotes', () => {
  expect(inAscii('{"name":"a “b” „c”"}')).toBe(`{"name":"a 'b' 'c'"}`)
})
