/** A condition on an attribute, as `--attr` and its like are typed: `key=value`. */
import { usage } from '../../errors.ts'
import { ungrouped } from '../../units/parse.ts'
import type { Condition } from '../filters.ts'
import type { Filter } from '../schema.ts'
import { COLUMN_LIST } from './where-rules.ts'

const OPERATORS = {
  '!=': 'differs',
  '=': 'equals',
  '~': 'matches',
  '>': 'above',
  '<': 'below',
  '>=': 'at-least',
  '<=': 'at-most',
}
const MATCH =
  /^(?:"(?<quoted>(?:[^"\\]|\\.)+)"(?<gap> *)|(?<plain>[^=!~<>]+?))(?:(?<operator>!=|>=|<=|[=~<>!])(?<value>.*))?$/s

/** A key as `--attr` reads it: quoted if a sign of a comparison is in it. */
export const keyWord = (key: string) =>
  /^"|[=!~<>]/.test(key) ? `"${key.replace(/["\\]/g, '\\$&')}"` : key

/** The key and the value of a typed `key=value`; undefined for other texts. */
export function pairOf(text: string): { key: string; value: string } | undefined {
  const { key, operator, value = '' } = takeApart(text)
  return key && operator === '=' ? { key, value } : undefined
}

type Part = 'key' | 'operator' | 'value'

function takeApart(text: string): Partial<Record<Part, string>> {
  const { quoted, gap, plain, operator, value } = MATCH.exec(text)?.groups ?? {}
  const key = quoted?.replace(/\\(.)/gs, '$1') ?? plain?.replace(/^ +| +$/g, '')
  // `key = value`: the spaces are not of the value.
  const isSpaced = /\s$/.test(gap ?? plain ?? '')
  return {
    ...(key === undefined ? {} : { key }),
    ...(operator === undefined ? {} : { operator, value: isSpaced ? value!.trim() : value! }),
  }
}

/** `key=value`, or the same as a regular expression where the value begins with what would be a part of the sign. */
export function equalTo(key: string, value: string): string {
  const word = keyWord(key)
  return MORE_SIGNS.exec(value)![0] === '' ? `${word}=${value}` : matchingOnly(word, value)
}

const matchingOnly = (word: string, value: string) =>
  `${word}~^${value.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}$`

/** Signs behind that of a condition; `<` and `>` are such before a number, and begin a text elsewhere. */
const MORE_SIGNS = /^[=~!]*(?:[<>]=?(?=\s*-?\.?\d))?/
const MORE_AFTER_NOT = /^[=~]*(?:[<>]=?(?=\s*-?\.?\d))?/
const MORE: Record<string, RegExp> = {
  '=': MORE_SIGNS,
  '!': MORE_AFTER_NOT,
  '!=': MORE_AFTER_NOT,
  '~': /^[=~]*/,
}
const NEGATED: Record<string, string> = { '!>': '<=', '!<': '>=', '!>=': '<', '!<=': '>' }

/**
 * Refuses `user.id==5`, whose value =5 no span has, `n=>5`, and `user.id!==5`, which all spans match.
 * @throws OtraceError (exit 2)
 */
function refuseSign(label: string, typed: string, parts: Record<Part, string>): void {
  const { key, operator, value } = parts
  const [added] = (MORE[operator] ?? /^[<>=~!]*/).exec(value)!
  const sign = operator + added
  if (Object.hasOwn(OPERATORS, sign)) return
  const what = `${label} '${typed}': not a sign: ${sign}`
  const rest = value.slice(added.length).trim()
  const has = (part: string) => sign.includes(part)
  const isNot = has('!') || (has('<') && has('>'))
  if (isNot && has('~')) throw usage(what, notMatching(label, key, rest))
  const meant =
    NEGATED[sign] ?? (isNot ? '!=' : has('<') ? '<=' : has('>') ? '>=' : has('~') ? '~' : '=')
  const word = keyWord(key)
  const exact = { '=': matchingOnly(word, value), '~': `${word}~^${value}` }[operator]
  const begins = exact ? `; a value that begins with ${value[0]}: ${exact}` : ''
  throw usage(what, `write ${word}${meant}${rest}${begins}`)
}

/** What to write for the spans whose attribute does not match a regular expression. */
function notMatching(label: string, key: string, pattern: string): string {
  const map = label.endsWith('resource') ? 'resource' : 'attributes'
  const text = (value: string) => `'${value.replace(/['\\]/g, '\\$&')}'`
  const condition = `NOT match(${map}[${text(key)}], ${text(pattern)})`
  if (!label.startsWith('--')) return `choose with where: ${condition}`
  return `choose with --where "${condition.replace(/["\\$`]/g, '\\$&')}"`
}

/** @throws OtraceError (exit 2) without a key, for an unknown sign, and for what is not a number */
export function readMatch(label: string, on: 'attr' | 'resource', text: string): Condition {
  const { key, operator, value = '' } = takeApart(text)
  if (!key) {
    throw usage(
      `${label} '${text}' has no key`,
      /^[=!~<>]/.test(text)
        ? `quote a key that begins with a sign: ${label} '"key"=value'`
        : `write ${label} key=value; list keys with: otrace attributes`,
    )
  }
  if (operator === undefined) return { filter: `${on}-present`, key }
  refuseSign(label, text, { key, operator, value })
  const word = OPERATORS[operator as keyof typeof OPERATORS]
  const filter = `${on}-${word}` as Filter
  if (!/^[<>]/.test(operator)) return { filter, key, value }
  const digits = ungrouped(value)
  const number = Number(digits)
  if (digits === '' || !Number.isFinite(number)) {
    throw usage(
      `${label} '${text}': '${value}' is not a number`,
      `compare texts with = or ~: ${label} '${keyWord(key)}=${value.replace(/^[=~<>\s]+/, '')}', or columns with --where; ${COLUMN_LIST}`,
    )
  }
  // Integers beyond 2^53 keep their digits.
  return { filter, key, value: /^-?\d+$/.test(digits) ? digits : number }
}
