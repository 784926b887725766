/** Converts typed query parameters into the values that the server binds. */
import { OtraceError, usage } from '../errors.ts'
import { durationHint, parseUnit, parseWhole } from '../units/parse.ts'
import { units } from '../units/units.ts'
import type { ParamValue } from './compose/bound-query.ts'
import { readText } from './files.ts'
import type { Param, Query } from './query-file.ts'

/**
 * The value of one parameter.
 * @param flag how the parameter was written, for messages: `--over` or `<user-id>`
 * @throws OtraceError (exit 2) when the text is not of the parameter's type
 */
export function bindParam(param: Param, flag: string, text: string): ParamValue {
  if (param.choices && !param.choices.includes(text)) {
    throw usage(`${flag} cannot be '${text}'`, `it is one of ${param.choices.join(', ')}`)
  }
  const integer = /^(U?)Int(\d+)$/.exec(param.type)
  if (!integer && !/^Float\d+$/.test(param.type)) return text
  const { unit } = param
  // Counts as printed: 14,405 and 14.4 K. Small letters are those of units.
  const known = unit !== undefined || !/[a-z]/.test(text)
  const read = integer ? parseWhole : parseUnit
  const value = known ? read(text, unit ?? 'short') : undefined
  if (value === undefined || (integer?.[1] === 'U' && value < 0)) {
    const noun = unit ? units[unit].noun : integer ? 'whole number' : 'number'
    const example = param.default ?? units[unit ?? 'none'].example
    const hint = unit === 'ns' ? durationHint(text, example) : `write it like ${example}`
    throw usage(`${flag} '${text}' is not a ${noun}`, hint)
  }
  if (!integer) return Number(value)
  const [, sign, bits] = integer
  const whole = BigInt(value)
  const most = 2n ** BigInt(sign === 'U' ? Number(bits) : Number(bits) - 1) - 1n
  const least = sign === 'U' ? 0n : -most - 1n
  if (whole >= least && whole <= most) return String(whole)
  throw usage(`${flag} '${text}' is out of range`, `${param.type} is from ${least} to ${most}`)
}

/**
 * Refuses a default that is not of its parameter's type.
 * @param text the query's file
 * @throws OtraceError (exit 2) with file and line
 */
export function refuseBadDefaults({ path, params }: Query, text: string): void {
  for (const param of params) {
    const { name, default: value, ...rest } = param
    if (value === undefined || value === '') continue
    try {
      bindParam({ name, ...rest }, `the default of @param ${name}`, value)
    } catch (error) {
      if (!(error instanceof OtraceError)) throw error
      const lines = text.split(/\r?\n/)
      const line = lines.findIndex((each) => /^--\s*@param\s+(\S+)/.exec(each)?.[1] === name) + 1
      throw usage(`${path}:${line}: ${error.message}`, error.hint)
    }
  }
}

/**
 * A query whose defaults can be bound; built-in ones can.
 * @throws OtraceError (exit 2) with file and line
 */
export function withGoodDefaults(query: Query): Query {
  if (query.builtIn === false) refuseBadDefaults(query, readText(query.path))
  return query
}

/** The values of all parameters of a query: the typed ones, else the defaults. */
export function defaults(query: Query, given: Record<string, string>): Record<string, ParamValue> {
  return Object.fromEntries(
    query.params.map((param) => {
      const text = given[param.name] ?? param.default ?? ''
      return [param.name, bindParam(param, `--${param.name}`, text)]
    }),
  )
}

/** Values for a look at the columns of a result: the defaults, and for arguments any value of their type. */
export function exampleValues(query: Query): Record<string, ParamValue> {
  const given = query.params
    .filter((param) => param.default === undefined)
    .map((param) => [param.name, exampleOf(param)])
  return defaults(query, Object.fromEntries(given))
}

function exampleOf({ type, unit, choices }: Param): string {
  if (choices?.[0] !== undefined) return choices[0]
  if (unit) return units[unit].example
  if (/^(?:U?Int|Float|Decimal|Bool)/.test(type)) return '1'
  if (/^Date/.test(type)) return '2026-01-01'
  if (type === 'UUID') return '00000000-0000-0000-0000-000000000000'
  return type.startsWith('Array(') ? '[]' : 'x'
}
