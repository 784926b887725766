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
  /^(?:"(?<quoted>(?:[^"\\]|\\.)+)"|(?<plain>[^=!~<>]+?))(?:(?<operator>!=|>=|<=|=|~|>|<)(?<value>.*))?$/s

/** A key as `--attr` reads it: quoted if a sign of a comparison is in it. */
export const keyWord = (key: string) =>
  /^"|[=!~<>]/.test(key) ? `"${key.replace(/["\\]/g, '\\$&')}"` : key

/** The key and the value of a typed `key=value`; undefined for other texts. */
export function pairOf(text: string): { key: string; value: string } | undefined {
  const { key, operator, value = '' } = takeApart(text)
  return key && operator === '=' ? { key, value } : undefined
}

function takeApart(text: string): { key?: string; operator?: string; value?: string } {
  const { quoted, plain, operator, value } = MATCH.exec(text)?.groups ?? {}
  const key = quoted?.replace(/\\(.)/gs, '$1') ?? plain?.replace(/^ +| +$/g, '')
  // `key = value`: the spaces are not of the value.
  const isSpaced = plain !== undefined && /\s$/.test(plain)
  return {
    ...(key === undefined ? {} : { key }),
    ...(operator === undefined ? {} : { operator, value: isSpaced ? value!.trim() : value! }),
  }
}

/**
 * What to write for the spans whose attribute does not match a regular expression.
 * @param name as typed: it may be quoted
 */
export function notMatching(label: string, name: string, pattern: string): string {
  const map = label.endsWith('resource') ? 'resource' : 'attributes'
  const text = (value: string) => `'${value.replace(/['\\]/g, '\\$&')}'`
  const condition = `NOT match(${map}[${text(takeApart(name).key ?? name)}], ${text(pattern)})`
  if (!label.startsWith('--')) return `choose with where: ${condition}`
  return `choose with --where "${condition.replace(/["\\$`]/g, '\\$&')}"`
}

/** @throws OtraceError (exit 2) without a key, for an unknown sign, and for what is not a number */
export function readMatch(label: string, on: 'attr' | 'resource', text: string): Condition {
  const { key, operator, value = '' } = takeApart(text)
  if (!key) {
    const [, name, pattern] = /^("(?:[^"\\]|\\.)+"\s*|[^"=!~<>]+)!~\s*(.*)$/s.exec(text) ?? []
    if (name !== undefined)
      throw usage(`${label} '${text}': not a sign: !~`, notMatching(label, name.trim(), pattern!))
    throw usage(
      `${label} '${text}' has no key`,
      /^[=!~<>]/.test(text)
        ? `quote a key that begins with a sign: ${label} '"key"=value'`
        : `write ${label} key=value; list keys with: otrace attributes`,
    )
  }
  if (operator === undefined) return { filter: `${on}-present`, key }
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
