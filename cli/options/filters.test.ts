/** Filter flags read into conditions. */
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { equalTo, keyWord } from '../query/filters/attribute-condition.ts'
import { addFilterFlags, FILTER_FLAGS, readFilters } from './filters.ts'

describe('readFilters', () => {
  it.each([
    [{ attr: ['=x'] }, "--attr '=x' has no key"],
    [{ attr: ['a>b'] }, "--attr 'a>b': 'b' is not a number"],
    [{ service: [''] }, '--service is empty'],
    [{ name: ['a', ' '] }, '--name is empty'],
    [{ event: [''] }, '--event is empty'],
    [{ kind: ['servre'] }, "--kind 'servre' is not a span kind"],
    [{ minDuration: 'long' }, "--min-duration 'long' is not a duration"],
  ])('refuses %j', (flags, message) => {
    expect(() => readFilters(flags)).toThrow(message)
  })

  it('writes what a regular expression that may not match is in --where', () => {
    expect(() => readFilters({ resource: ['a!~$b\\d'] })).toThrow(
      expect.objectContaining({
        hint: String.raw`choose with --where "NOT match(resource['a'], '\$b\\\\d')"`,
      }),
    )
  })

  it.each([
    ['url~=x', '~=', 'url~x; a value that begins with =: url~^=x'],
    ['a==b.c', '==', 'a=b.c; a value that begins with =: a~^=b\\.c$'],
    ['a = =b', '==', 'a=b; a value that begins with =: a~^=b$'],
    ['a==~b', '==~', 'a~b; a value that begins with =: a~^=~b$'],
    ['a!==b', '!==', 'a!=b'],
    ['"a=b"=!c', '=!', '"a=b"!=c; a value that begins with !: "a=b"~^!c$'],
    ['n=>5', '=>', 'n>=5; a value that begins with >: n~^>5$'],
    ['n=<-.5', '=<', 'n<=-.5; a value that begins with <: n~^<-\\.5$'],
    ['n<>5', '<>', 'n!=5'],
    ['n><5', '><', 'n!=5'],
    ['n>==5', '>==', 'n>=5'],
    ['n!5', '!', 'n!=5'],
    ['n!>5', '!>', 'n<=5'],
    ['n!<=.5', '!<=', 'n>.5'],
    ['n!=>5', '!=>', 'n!=5'],
    ['"k" == v', '==', 'k=v; a value that begins with =: k~^= v$'],
  ])('refuses the sign of %s', (text, sign, hint) => {
    const refused = {
      message: `--trace-attr '${text}': not a sign: ${sign}`,
      hint: `write ${hint}`,
    }
    expect(() => readFilters({ traceAttr: [text] })).toThrow(expect.objectContaining(refused))
  })

  it.each(['=5', '~b', '!x', '>5', '<=.5', '<b>', 'b=c', '(a|b).*\\', ''])(
    'reads the word of the value %s',
    (value) => {
      const [condition] = readFilters({ attr: [equalTo('a', value)] }).conditions
      const { filter, value: read } = condition!
      if (filter === 'attr-equals') expect(read).toBe(value)
      else {
        expect(filter).toBe('attr-matches')
        expect(new RegExp(String(read), 's').test(value)).toBe(true)
        expect(new RegExp(String(read), 's').test(`${value}x`)).toBe(false)
      }
    },
  )

  it.each([{ attr: ['a>b'] }, { where: ' ' }])('lists the columns: %j', (flags) => {
    expect(() => readFilters(flags)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/columns: otrace sql "DESCRIBE spans"$/),
      }),
    )
  })

  it.each([
    ['a=b=c', { filter: 'attr-equals', key: 'a', value: 'b=c' }],
    ['"a b" = c', { filter: 'attr-equals', key: 'a b', value: 'c' }],
    ['"a=b" ', { filter: 'attr-present', key: 'a=b' }],
    ['a!=<b', { filter: 'attr-differs', key: 'a', value: '<b' }],
    ['a!=b', { filter: 'attr-differs', key: 'a', value: 'b' }],
    ['a~^b', { filter: 'attr-matches', key: 'a', value: '^b' }],
    ['a<-1.5', { filter: 'attr-below', key: 'a', value: -1.5 }],
    ['a>9007199254740993', { filter: 'attr-above', key: 'a', value: '9007199254740993' }],
    ['a<9223372036854775808', { filter: 'attr-below', key: 'a', value: '9223372036854775808' }],
    ['a<=5', { filter: 'attr-at-most', key: 'a', value: '5' }],
    ['a>=1,405', { filter: 'attr-at-least', key: 'a', value: '1405' }],
    ['a=', { filter: 'attr-equals', key: 'a', value: '' }],
    ['http.route', { filter: 'attr-present', key: 'http.route' }],
    ['"a=b"=c', { filter: 'attr-equals', key: 'a=b', value: 'c' }],
    ['"a>b">5', { filter: 'attr-above', key: 'a>b', value: '5' }],
    ['"a~\\"b\\\\"!="c"', { filter: 'attr-differs', key: 'a~"b\\', value: '"c"' }],
    ['"a=b"', { filter: 'attr-present', key: 'a=b' }],
    ['"a"b=c', { filter: 'attr-equals', key: '"a"b', value: 'c' }],
    ['"=c', { filter: 'attr-equals', key: '"', value: 'c' }],
  ])('reads --attr %s', (text, condition) => {
    expect(readFilters({ attr: [text] }).conditions).toEqual([condition])
  })

  it.each(['a', 'a=b', '"a"', '~', 'a"b\\>', '\\'])('reads the word of the key %s', (key) => {
    const { conditions } = readFilters({ attr: [`${keyWord(key)}=v`, keyWord(key)] })
    expect(conditions.map((one) => one.key)).toEqual([key, key])
  })

  it('keeps every digit of a duration', () => {
    const { conditions } = readFilters({ minDuration: '9007199254740993ns', maxDuration: '30000w' })
    expect(conditions.map(({ value }) => value)).toEqual([
      '9007199254740993',
      '18144000000000000000',
    ])
    expect(() =>
      readFilters({ minDuration: '9007199254740993ns', maxDuration: '9007199254740992ns' }),
    ).toThrow('--min-duration 9007199254740993ns is greater than --max-duration 9007199254740992ns')
  })

  it('takes --distinct, the old name of --dedupe', () => {
    const flags = { distinct: true }
    expect(readFilters(flags).dedupe).toBe(true)
    expect(FILTER_FLAGS).toContain('distinct')
    expect(addFilterFlags(new Command()).helpInformation()).not.toContain('--distinct')
  })
})
