/** Check files: what is read, and where each mistake is reported. */
import { describe, expect, it } from 'vitest'
import { looksLikeCheck, readArguments, readCheckFile } from './check-file.ts'
import { refusal } from './fixture.ts'

const read = (text: string) => readCheckFile('checks.yaml', text)
const check = (yaml: string) => read(`checks:\n  - ${yaml}\n`).checks[0]!

describe('checks as arguments', () => {
  it("take the file's words", () => {
    const given = ['no_n_plus_one: 10', 'count > 1', '{ complete_traces: true, share: 90% }']
    expect(given.every(looksLikeCheck)).toBe(true)
    expect(['checks.yaml', 'C:\\checks.yaml', 'a/b:c.yaml'].some(looksLikeCheck)).toBe(false)
    const { checks } = readArguments(given)
    expect(checks.map(({ name }) => name)).toEqual([
      'all spans',
      'all spans: no N+1',
      'all spans: complete traces',
    ])
    expect(checks[2]?.test).toEqual({ kind: 'complete', share: 0.9 })
    expect(readArguments(['operations: [a, b]']).checks[0]?.test).toMatchObject({
      names: ['a', 'b'],
    })
    expect(readArguments(['expect: p(95) < 1s']).checks[0]?.test).toMatchObject({ kind: 'expect' })
  })

  it('may be a word alone, which is true', () => {
    const words = ['no_n_plus_one', 'no_exceptions', 'no_deprecated_attributes', 'complete_traces']
    expect(words.every(looksLikeCheck)).toBe(true)
    const { checks } = readArguments(words)
    expect(checks.map(({ test }) => test)).toEqual([
      { kind: 'n-plus-one', most: 10 },
      { kind: 'exceptions', types: [] },
      { kind: 'deprecated', except: [] },
      { kind: 'complete', share: 1 },
    ])
  })

  it.each([
    ['no_n_plus_on: 10', '2 argument 1: unknown test: no_n_plus_on → did you mean no_n_plus_one?'],
    ['window: 5m', '2 argument 1: window belongs in a check file → write .otrace/checks.yaml'],
    ['no_n_plus_one: x', '2 argument 1:1:16: no_n_plus_one is not a whole number from 1 on'],
  ])('%s', (text, error) => {
    expect(refusal(() => readArguments([text]))).toContain(error)
  })
})

describe('a check file', () => {
  it('joins the filters of all checks with those of one', () => {
    const { checks } = read(`
spans: { service: shop, where: is_error, attr: a=1 }
checks:
  - { operation: [buy, sell], where: 'duration > 1', attr: b, root: true, expect: count > 1 }
`)
    expect(checks[0]?.filters).toEqual({
      values: { service: ['shop'], attr: ['a=1', 'b'], name: ['buy', 'sell'] },
      where: '(is_error) AND (duration > 1)',
      whereAt: 'checks.yaml:4:38',
      root: true,
    })
    expect(checks[0]?.named.map(({ what, name }) => [what, name])).toEqual([
      ['service', 'shop'],
      ['attribute', 'a'],
      ['operation', 'buy'],
      ['operation', 'sell'],
      ['attribute', 'b'],
    ])
  })

  it.each([
    [
      'slower: { than: { profile: prod, window: 7d }, tolerance: 10% }',
      { kind: 'slower', tolerance: 0.1 },
    ],
    ['slower: { than: ab }', { kind: 'slower', than: { from: 'ab' } }],
    ['tail_growth: { than: b.json, p: 99 }', { kind: 'tail', quantile: 0.99, tolerance: 0.2 }],
    ['no_n_plus_one: 20', { kind: 'n-plus-one', most: 20 }],
    ['no_exceptions: true', { kind: 'exceptions', types: [] }],
    ['{ attributes: user.id, share: 99% }', { kind: 'attributes', keys: ['user.id'], share: 0.99 }],
    ['no_deprecated_attributes: true', { kind: 'deprecated', except: [] }],
    ['operations: [a, b]', { kind: 'operations', names: ['a', 'b'] }],
    ['complete_traces: true', { kind: 'complete', share: 1 }],
    [
      "{ query: slow, params: { over: 1s }, expect: 'rows == 0' }",
      { kind: 'query', params: { over: '1s' } },
    ],
  ])('reads %s', (yaml, expected) => {
    expect(check(yaml).test).toMatchObject(expected)
  })

  it.each([
    ['checks: []', 'checks.yaml:1:9: no checks'],
    ['', 'checks.yaml: no checks → add: checks: [{ expect:'],
    ['# later\n', 'checks.yaml: no checks'],
    ['- no_n_plus_one: 20', 'checks.yaml:1:1: a list without a name → write checks: above it'],
    ['checks: [no_n_plus_on]', 'a check is not a map: no_n_plus_on → write - no_n_plus_one: 10'],
    [
      'checks:\n - count > 1',
      "checks.yaml:2:4: a check is not a map: count > 1 → write - expect: 'c",
    ],
    [
      'checks:\n\t- no_n_plus_one: 1',
      'checks.yaml:2:1: Tabs are not allowed as indentation → indent',
    ],
    ['checks: [{ expect: count > 1 }]\n---\nchecks: []', 'checks.yaml:2:1: a second document →'],
    [
      'spans: &s { service: a }\nchecks: [{ <<: *s, expect: count > 1 }]',
      'checks.yaml:2:12: merge keys (<<) are not read → repeat the keys',
    ],
    ['checks:\n - no_n_plus_one:', 'from 1 on → write no_n_plus_one: 10'],
    ['checks:\n - no_exceptions: 0', '2:19: no_exceptions is neither true nor exception types'],
    ['checks:\n - no_exceptions: [true]', 'write no_exceptions: true, or'],
    ['checks:\n - complete_traces:', 'complete_traces is not true → write complete_traces: true'],
    [
      'checks:\n - complete_traces: 95%',
      'not true: 95% → write complete_traces: true, or with a share: { complete_traces: true, share: 95% }',
    ],
    ['checks:\n - no_deprecated_attributes: http.method', '{ except: [http.method] }'],
    ['checks:\n - slower: base.json', 'slower is not a map → write slower: { than: base.json }'],
    [
      'checks:\n - opperation: x\n   expect: count > 1',
      'checks.yaml:2:4: unknown key in a check: opperation → did you mean operation?',
    ],
    ['checks:\n - operation: x', 'checks.yaml:2:4: this check expects nothing'],
    ['checks:\n - expect: [count > 1, p95 < 3]', 'checks.yaml:2:24: not a limit: 3'],
    ['checks:\n - expect: count > 1\n   slower: { than: ab }', 'a check has one test'],
    ['checks:\n - slower: { tolerance: 10% }', 'no baseline'],
    ['checks:\n - slower: { than: ab, tolerance: 10 }', 'checks.yaml:2:35: not a tolerance: 10'],
    ['checks:\n - expect: count > 1\n - expect: count > 2', 'line 2 has a check of that name'],
    ['checks:\n - share: 10%\n   expect: count > 1', 'share belongs to attributes'],
    ['exit: { no_data: 3 }\nchecks: [{ expect: count > 1 }]', 'not an exit code of a check: 3'],
    ['checks:\n - operation: x\n   no_n_plus_one: 5', 'whole traces, not at one operation'],
    ['checks: [', 'checks.yaml:1:10: '],
    [
      'checks:\n - operations: [GET /users/{id}, b]',
      "quote texts that contain { or }: 'GET /users/{id}'",
    ],
    ['checks:\n  expect: count > 1', 'checks.yaml:2:3: checks is not a list'],
    ['checks:\n - { kind: sever, expect: count > 1 }', "checks.yaml:2:12: kind 'sever' is not a"],
    ['checks:\n - { min_duration: 5x, expect: count > 1 }', "2:20: min_duration '5x' is not a"],
    [
      'checks:\n - { min_duration: 5s, max_duration: 1s, expect: count > 1 }',
      'checks.yaml:2:4: min_duration 5s is greater than max_duration 1s',
    ],
    ['checks:\n - { attr: "=1", expect: count > 1 }', "checks.yaml:2:12: attr '=1' has no key"],
    ['checks:\n - expect: count > 1.5', 'checks.yaml:2:12: not a whole number: 1.5'],
    ['checks:\n - no_deprecated_attributes: { except: http.mehtod }', 'did you mean http.method?'],
    ['checks:\n - no_exceptions: false', 'no_exceptions: false checks nothing'],
    ['checks:\n - slower: { than: 3 }', 'checks.yaml:2:20: not a baseline'],
    ['checks:\n - slower: { than: { windo: 7d } }', 'did you mean window?'],
    ['checks:\n - slower: { than: { file: a, window: 7d } }', 'a file or a window, not both'],
    ['checks:\n - slower: { than: { from: 3h, window: 7d } }', 'both set the start'],
    [
      'checks\n - expect: count > 1',
      'checks.yaml:1:1: Implicit keys need to be on a single line → end',
    ],
    ['checks:\n - *all', 'checks.yaml:2:4: no anchor &all before *all → write'],
    [
      "checks:\n - { attr: 'a==5', expect: count == 0 }",
      "checks.yaml:2:12: attr 'a==5': not a sign: == → write a=5; a value that begins with =: a~^=5$",
    ],
    [`checks:\n - { attr: '"a"==5', expect: count == 0 }`, 'not a sign: == → write a=5;'],
    [
      "checks:\n - { attr: 'a=~^5', expect: count == 0 }",
      String.raw`not a sign: =~ → write a~^5; a value that begins with ~: a~^~\^5$`,
    ],
    [`checks:\n - { attr: 'a!==b', expect: count > 0 }`, 'not a sign: !== → write a!=b'],
    [`checks:\n - { attr: 'a~=b', expect: count == 0 }`, 'not a sign: ~= → write a~b;'],
    [`checks:\n - { attr: 'n=>5', expect: count == 0 }`, 'not a sign: => → write n>=5;'],
    [`checks:\n - { attr: 'n=< .5', expect: count == 0 }`, 'not a sign: =< → write n<=.5;'],
    [`checks:\n - { attr: 'a=!b', expect: count == 0 }`, 'not a sign: =! → write a!=b;'],
    [
      `checks:\n - { attr: 'a!=~b', expect: count == 0 }`,
      "not a sign: !=~ → choose with where: NOT match(attributes['a'], 'b')",
    ],
    [
      `checks:\n - { attr: 'a!~b', expect: count == 0 }`,
      "attr 'a!~b': not a sign: !~ → choose with where: NOT match(attributes['a'], 'b')",
    ],
    [
      `checks:\n - { resource: 'a !~ it\\s', expect: count == 0 }`,
      String.raw`choose with where: NOT match(resource['a'], 'it\\s')`,
    ],
    [
      `checks:\n - { resource: '"a=b"!=~c', expect: count == 0 }`,
      "choose with where: NOT match(resource['a=b'], 'c')",
    ],
    ['checks: 1\nchecks: 2', 'checks.yaml:2:1: duplicate key: checks'],
  ])('refuses %j', (yaml, sentence) => {
    const text = refusal(() => read(yaml))
    expect(text).toContain(sentence)
    expect(text).toMatch(/^2 /)
  })

  it('reads many keys, aliases and anchors in a time that grows with their number', () => {
    const many = (line: (i: number) => string) => Array.from({ length: 20_000 }, (_, i) => line(i))
    const keys = many((i) => `key${i}: 1\n`).join('')
    expect(refusal(() => read(keys))).toContain('checks.yaml:1:1: unknown key in')
    const aliases = `checks: &a x\nother: [${many(() => '*a').join()}]\n`
    expect(refusal(() => read(aliases))).toContain('checks.yaml:2:1: unknown key in')
    const anchors = many(() => '&a ').join('')
    expect(refusal(() => read(anchors))).toContain('checks.yaml:1:4: A node can have at most one')
  })

  it('refuses aliases that repeat without end, and deep nesting', () => {
    // Without the limit 10^9 values, so a depth that ends late but ends.
    const levels = Array.from(
      { length: 5 },
      (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`,
    )
    const bomb = `l0: &l0 [${'a,'.repeat(9)}]\n${levels.join('\n')}\nchecks: *l5`
    expect(refusal(() => read(bomb))).toContain('more than 100000 values with those of aliases')
    expect(refusal(() => read('checks: &a [*a]'))).toContain('checks.yaml')
    expect(refusal(() => read(`checks: ${'['.repeat(20_000)}`))).toMatch(
      /^2 checks\.yaml.*: nested too deeply/,
    )
  })
})
