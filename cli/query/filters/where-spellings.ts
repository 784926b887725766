/** A typed condition as SQL: durations and sizes with units, attributes by dots. */
import { usage } from '../../errors.ts'
import { parseWhole } from '../../units/parse.ts'
import { bare } from '../sql-text.ts'
import { SPAN_KINDS } from './list.ts'
import { SPANS_COLUMNS } from './where-rules.ts'

const COLUMNS = new Set<string>(SPANS_COLUMNS)
/** The column in nanoseconds; no column of spans is a size. */
const DURATION = 'duration'
const MAPS = /^(attributes|resource)\.(.+)$/
/** ClickHouse's own parts of a Map column. */
const MAP_PARTS = ['keys', 'values', 'size0']
/** One piece of SQL each: space, hexadecimal or binary, number, name with dots, comparison, anything else. */
const TOKEN =
  /\s+|0[xX][0-9a-fA-F]+|0[bB][01]+|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?|[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}\p{N}_$]+)*|[<>=!]+|[\s\S]/gu
const NUMBER = /^(?:\d+(?:\.\d+)?|\.\d+)$/
const SPACE = /^\s/
const JOINS = /^(?:and|or)$/i
const COMPARISON = /^(?:[<>=!]+|between)$/i

/** Columns of few words, which need no quotes. */
const WORDS = new Map<string, readonly string[]>([
  ['status', ['ok', 'error', 'unset']],
  ['kind', SPAN_KINDS],
])
const EQUAL = /^(?:==?|!=|<>)$/

interface Token {
  text: string
  at: number
}

/**
 * A condition with `100 ms` as nanoseconds, `5MB` as bytes, `attributes.user.id` as `attributes['user.id']`, and
 * `status = error` as `status = 'error'`.
 * Comments, texts and quoted names stay as they are. A linear scan.
 * @throws OtraceError (exit 2) for a column compared with a literal of another unit, and a duration with that of none
 */
export function whereSql(condition: string): string {
  const tokens: Token[] = [...bare(condition).matchAll(TOKEN)]
    .map(({ 0: text, index }) => ({ text, at: index }))
    .filter(({ text }) => !SPACE.test(text))
  let sql = ''
  let from = 0
  for (let i = 0; i < tokens.length; ) {
    const { text, at } = tokens[i]!
    const literal = NUMBER.test(text) ? literalAt(tokens, i) : undefined
    const next = literal?.next ?? i + 1
    const end = endOf(tokens[next - 1]!)
    if (literal) {
      checkUnit(condition, condition.slice(at, end), literal.unit, neighbours(tokens, i, next))
    } else if (isUnknownUnit(tokens, i)) {
      const typed = condition.slice(at, endOf(tokens[next]!))
      throw usage(
        `--where '${condition}': '${typed}' is not a duration`,
        'write it like 100ms, 30s or 1h30m',
      )
    }
    const written = literal ? String(literal.value) : (wordAt(tokens, i) ?? elementOf(text))
    sql += condition.slice(from, at) + (written ?? condition.slice(at, end))
    from = end
    i = next
  }
  return sql + condition.slice(from)
}

const endOf = ({ at, text }: Token) => at + text.length

/** Whether a number that is compared with a duration has a word of no unit, as in `100millis` and `100 millis`. */
function isUnknownUnit(tokens: Token[], i: number): boolean {
  const [number, word, after] = tokens.slice(i, i + 3)
  if (!NUMBER.test(number!.text) || !/^\p{L}/u.test(word?.text ?? '')) return false
  if (!neighbours(tokens, i, i + 2).includes(DURATION)) return false
  if (endOf(number!) === word!.at) return true
  return !JOINS.test(word!.text) && (!after || after.text === ')' || JOINS.test(after.text))
}

/** `'error'` for the word in `status = error`. */
function wordAt(tokens: Token[], i: number): string | undefined {
  const { text } = tokens[i]!
  const words = WORDS.get(tokens[i - 2]?.text ?? '')
  const isWord = words?.includes(text) && EQUAL.test(tokens[i - 1]!.text)
  return isWord && tokens[i + 1]?.text !== '(' ? `'${text}'` : undefined
}

/** `1h 30m` from a number on; `next` is the token after it. Undefined for a number without a unit. */
function literalAt(tokens: Token[], start: number) {
  // INTERVAL 5 s is ClickHouse's own.
  if (/^interval$/i.test(tokens[start - 1]?.text ?? '')) return undefined
  let found: { value: bigint; unit: 'ns' | 'bytes'; next: number } | undefined
  let typed = ''
  for (let i = start; NUMBER.test(tokens[i]?.text ?? ''); i += 2) {
    typed += `${tokens[i]!.text}${tokens[i + 1]?.text ?? ''}`
    // `min(` is a function.
    if (tokens[i + 2]?.text === '(') break
    const unit = (['ns', 'bytes'] as const).find((one) => parseWhole(typed, one) !== undefined)
    if (!unit || !/\p{L}$/u.test(typed)) break
    found = { value: parseWhole(typed, unit)!, unit, next: i + 2 }
  }
  return found
}

/** The columns that a literal is compared with, of the tokens `[start, next)`. */
function neighbours(tokens: Token[], start: number, next: number): string[] {
  const text = (i: number) => tokens[i]?.text ?? ''
  const before = text(start - 1) === '(' ? start - 2 : start - 1
  const compared = COMPARISON.test(text(before)) || /^in$/i.test(text(before))
  const left = /^not$/i.test(text(before - 1)) ? text(before - 2) : text(before - 1)
  const names = [
    ...(compared ? [left] : []),
    ...(COMPARISON.test(text(next)) ? [text(next + 1)] : []),
  ]
  return names.filter((name) => COLUMNS.has(name))
}

function checkUnit(
  condition: string,
  literal: string,
  unit: 'ns' | 'bytes',
  columns: string[],
): void {
  const noun = unit === 'ns' ? 'a duration' : 'a size'
  const other = columns.find((name) => unit !== 'ns' || name !== DURATION)
  if (other === undefined) return
  throw usage(
    `--where '${condition}': ${literal} is ${noun}, ${other} is not`,
    other === DURATION ? 'write a duration like 100ms' : `write the number alone`,
  )
}

/** `attributes['user.id']` for `attributes.user.id`. */
function elementOf(name: string): string | undefined {
  const [, map, key = ''] = MAPS.exec(name) ?? []
  return map === undefined || MAP_PARTS.includes(key) ? undefined : `${map}['${key}']`
}
