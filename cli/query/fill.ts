/** Turns what people typed for a question's parameters into the values that the server binds; pure. */
import { OtraceError } from '../errors.ts'
import { parseUnit, units } from '../render/units.ts'
import type { ParamValue } from './compose.ts'
import type { Param, Question } from './parse.ts'

/**
 * The value of one parameter.
 * @param flag how the parameter was written, for messages: `--over` or `<user-id>`
 * @throws OtraceError (exit 2) when the text is not of the parameter's type
 */
export function fill(param: Param, flag: string, text: string): ParamValue {
  if (param.choices && !param.choices.includes(text)) {
    throw new OtraceError(
      'usage',
      `${flag} cannot be '${text}'`,
      `it is one of ${param.choices.join(', ')}`,
    )
  }
  const integer = /^(U?)Int(\d+)$/.exec(param.type)
  if (!integer && !/^Float\d+$/.test(param.type)) return text
  const number = param.unit ? parseUnit(text, param.unit) : plainNumber(text)
  const value = integer && number !== undefined ? Math.round(number) : number
  if (value === undefined || (integer?.[1] === 'U' && value < 0)) {
    const noun = param.unit ? units[param.unit].noun : integer ? 'whole number' : 'number'
    throw new OtraceError(
      'usage',
      `${flag} '${text}' is not a ${noun}`,
      `write it like ${param.default ?? units[param.unit ?? 'none'].example}`,
    )
  }
  if (!integer) return value
  const [, sign, bits] = integer
  const whole = BigInt(value)
  const most = 2n ** BigInt(sign === 'U' ? Number(bits) : Number(bits) - 1) - 1n
  const least = sign === 'U' ? 0n : -most - 1n
  if (whole >= least && whole <= most) return String(whole)
  throw new OtraceError(
    'usage',
    `${flag} '${text}' is beyond what it can be`,
    `${param.type} is from ${least} to ${most}`,
  )
}

function plainNumber(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}

/** The values of all of a question's parameters: those given, else their defaults. Both as people type them. */
export function defaults(
  question: Question,
  given: Record<string, string>,
): Record<string, ParamValue> {
  return Object.fromEntries(
    question.params.map((param) => {
      const text = given[param.name] ?? param.default ?? ''
      return [param.name, fill(param, `--${param.name}`, text)]
    }),
  )
}
