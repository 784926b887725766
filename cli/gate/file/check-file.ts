/** Reads the check file `.otrace/checks.yaml`, or checks from arguments. */
import { usage } from '../../errors.ts'
import { CONFIGURABLE, type ExitChoices } from '../verdict.ts'
import { quantileName, readExpectation } from './expectation.ts'
import {
  FILTER_KEYS,
  fittingFilters,
  joinFileFilters,
  type ReadFilters,
  readFileFilters,
  refuseSpanFilters,
} from './filters.ts'
import type { CheckFile, CheckFilters, CheckTest, GateCheck } from './model.ts'
import { nearestCheck } from './nearest.ts'
import { BARE_TESTS, EXTRA_KEYS, readTest, TEST_KEYS } from './tests.ts'
import { type Entries, mapOf, type Placed, readYaml, textOf, unknownWord, wholeOf } from './yaml.ts'

export const TOP_KEYS = ['window', 'spans', 'exit', 'checks'] as const
export const WINDOW_KEYS = ['since', 'from', 'to'] as const
export const CHECK_KEYS = ['name', ...FILTER_KEYS, ...TEST_KEYS, ...EXTRA_KEYS] as const
export const EXIT_CODES = [0, 1, 5]

/** @throws OtraceError (exit 2) with line, column and the nearest valid word */
export function readCheckFile(path: string, text: string): CheckFile {
  const root = readYaml(path, text)
  if (root.items) throw usage(`${root.at}: a list without a name`, 'write checks: above it')
  const isEmpty = root.entries === undefined && (root.value ?? null) === null
  const top: Entries = isEmpty ? new Map() : mapOf(root, 'the check file', TOP_KEYS)
  const spans = top.get('spans')?.value
  const shared = spans ? readFileFilters(mapOf(spans, 'spans', FILTER_KEYS)) : undefined
  const list = top.get('checks')?.value
  if (list && !list.items && list.value !== null) {
    throw usage(`${list.at}: checks is not a list`, 'start each check with a dash: - expect: …')
  }
  if (!list?.items?.length) {
    throw usage(`${list?.at ?? path}: no checks`, "add: checks: [{ expect: 'error_rate < 1%' }]")
  }
  const checks = list.items.map((item) => readCheck(item, shared))
  refuseTwins(checks)
  const window = top.get('window')?.value
  return {
    path,
    window: readFileWindow(window),
    windowAt: window?.at ?? path,
    exit: readExit(top.get('exit')?.value),
    checks,
  }
}

/**
 * Checks from arguments: the expectations are one check with the filters of the command line, and
 * each `key: value` of a check file is a check of its own.
 * @throws OtraceError (exit 2)
 */
export function readArguments(texts: string[]): CheckFile {
  const place = { at: 'argument', line: 1, column: 1 }
  const checks: GateCheck[] = []
  refuseUnquoted(texts)
  const expectations: (CheckTest & { kind: 'expect' })['expectations'] = []
  for (const [i, text] of texts.entries()) {
    const at = `argument ${i + 1}`
    if (isBareCheck(text)) checks.push(readCheck(readYaml(at, `${text}: true`), undefined))
    else if (keyOf(text) !== undefined) checks.push(readCheckArgument(text, at))
    else expectations.push({ ...place, at, expectation: readExpectation(text, at) })
  }
  if (expectations.length > 0) {
    const test = { kind: 'expect' as const, expectations }
    checks.unshift({ ...place, name: 'all spans', filters: { values: {} }, named: [], test })
  }
  refuseTwins(checks)
  return { path: '', window: {}, windowAt: '', exit: {}, checks }
}

/** @throws OtraceError (exit 2) for a check in two arguments: no_n_plus_one 10 */
function refuseUnquoted(texts: string[]): void {
  const [first = '', value = ''] = texts
  if (texts.length !== 2 || !/^\w+$/.test(first) || !/^[\d.]+\S*$/.test(value)) return
  const text = `${first} ${value}`
  const meant = nearestCheck(text)
  if (meant) throw usage(`a check is one argument: ${text}`, `write "${meant}"`)
}

/** @throws OtraceError (exit 2) for a key that tests nothing by itself */
function readCheckArgument(text: string, at: string): GateCheck {
  const key = keyOf(text)!
  const tests: readonly string[] = TEST_KEYS
  if (!text.trimStart().startsWith('{') && !tests.includes(key)) {
    const known: readonly string[] = [...TOP_KEYS, ...WINDOW_KEYS, ...CHECK_KEYS]
    if (!known.includes(key)) throw unknownWord(at, 'test', key, tests)
    throw usage(
      `${at}: ${key} belongs in a check file`,
      'write .otrace/checks.yaml (docs/checks.md)',
    )
  }
  return readCheck(readYaml(at, text), undefined)
}

/** The first key of a check in the words of a check file: `no_n_plus_one: 10`. */
const keyOf = (text: string) => /^\s*\{?\s*([a-z_]+):(?:\s|$)/.exec(text)?.[1]

/** A ready check that needs no value: `complete_traces`. */
const isBareCheck = (text: string) => (BARE_TESTS as readonly string[]).includes(text.trim())

/** Whether an argument is an expectation or a check instead of a file name. */
export const looksLikeCheck = (text: string) =>
  /[<>]|[=!]=/.test(text) || keyOf(text) !== undefined || isBareCheck(text)

/** Verdicts and baseline files are keyed by name. */
function refuseTwins(checks: GateCheck[]): void {
  const names = new Map<string, GateCheck>()
  for (const check of checks) {
    const before = names.get(check.name)
    if (before) {
      throw usage(
        `${check.at}: line ${before.line} has a check of that name: ${check.name}`,
        'give one of them a name',
      )
    }
    names.set(check.name, check)
  }
}

function readFileWindow(placed: Placed | undefined): CheckFile['window'] {
  if (!placed) return {}
  const window: CheckFile['window'] = {}
  for (const [name, { value }] of mapOf(placed, 'window', WINDOW_KEYS)) {
    window[name as 'since'] = textOf(value, name)
  }
  return window
}

function readExit(placed: Placed | undefined): ExitChoices {
  const choices: ExitChoices = {}
  if (!placed) return choices
  const keys = Object.keys(CONFIGURABLE)
  for (const [name, { value }] of mapOf(placed, 'exit', keys)) {
    const code = wholeOf(value, name, 0)
    if (!EXIT_CODES.includes(code)) {
      throw usage(`${value.at}: not an exit code of a check: ${code}`, 'use 0, 1 or 5')
    }
    choices[name as keyof ExitChoices] = code
  }
  return choices
}

function readCheck(item: Placed, shared: ReadFilters | undefined): GateCheck {
  if (!item.entries) throw notACheck(item)
  const entries = mapOf(item, 'a check', CHECK_KEYS)
  const own = readFileFilters(entries)
  const { at, line, column } = item
  const test = readTest(entries, item)
  refuseSpanFilters(test.kind, own.filters, at)
  const filters = joinFileFilters(shared?.filters, own.filters, at)
  const name = entries.get('name')?.value
  return {
    at,
    line,
    column,
    filters: fittingFilters(test.kind, filters),
    named: [...(shared?.named ?? []), ...own.named],
    test,
    name: name ? textOf(name, 'name') : defaultName(own.filters, test),
  }
}

function notACheck({ at, value }: Placed) {
  const text = typeof value === 'string' ? value : ''
  const meant = nearestCheck(text) ?? "expect: 'error_rate < 1%'"
  return usage(`${at}: a check is not a map${text && `: ${text}`}`, `write - ${meant}`)
}

function defaultName({ values, where }: CheckFilters, test: CheckTest): string {
  const { service, name } = values
  const spans = [service?.join(', '), name?.join(', '), where].filter(Boolean).join(' ')
  const of = spans || 'all spans'
  switch (test.kind) {
    case 'expect':
      return of
    case 'slower':
      return `${of}: slower`
    case 'tail':
      return `${of}: ${quantileName(test.quantile)} growth`
    case 'query':
      return [test.query, ...Object.entries(test.params).map((pair) => pair.join('='))].join(' ')
    case 'n-plus-one':
      return `${of}: no N+1`
    case 'exceptions':
      return `${of}: no ${test.types.join(', ') || 'exceptions'}`
    case 'attributes':
      return `${of}: ${test.keys.join(', ')}`
    case 'deprecated':
      return `${of}: no deprecated attributes`
    case 'operations':
      return `operations ${test.names.join(', ')}`
    case 'complete':
      return `${of}: complete traces`
  }
}
