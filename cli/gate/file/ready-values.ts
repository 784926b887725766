/** Values of ready checks in a check file. */
import { usage } from '../../errors.ts'
import { parseUnit } from '../../units/parse.ts'
import { DEPRECATED_ATTRIBUTES } from '../deprecated.ts'
import { type Entries, mapOf, type Placed, textOf, textsOf, unknownWord } from './yaml.ts'

/** Whether a value is true. @throws OtraceError (exit 2) for false, which checks nothing */
export function isTrue(value: Placed, what: string): boolean {
  if (value.value !== false) return value.value === true
  throw usage(`${value.at}: ${what}: false checks nothing`, 'remove the check')
}

export const valuesOf = (placed: Placed[]) => placed.map(({ value }) => String(value))

/** No type for any. A number is not a type: `no_exceptions: 0` would hold always. */
export function readExceptions(value: Placed): string[] {
  if (isTrue(value, 'no_exceptions')) return []
  for (const one of value.items ?? [value]) {
    if (typeof one.value === 'string' && one.value !== '') continue
    throw usage(
      `${one.at}: no_exceptions is neither true nor exception types`,
      'write no_exceptions: true, or no_exceptions: [TimeoutError]',
    )
  }
  return valuesOf(textsOf(value, 'no_exceptions'))
}

export function readExcept(value: Placed): string[] {
  if (isTrue(value, 'no_deprecated_attributes')) return []
  const hint =
    'write no_deprecated_attributes: true, or no_deprecated_attributes: { except: [http.method] }'
  if (!value.entries) throw usage(`${value.at}: no_deprecated_attributes is not true`, hint)
  const except = mapOf(value, 'no_deprecated_attributes', ['except']).get('except')?.value
  if (!except) throw usage(`${value.at}: no names to except`, hint)
  const names = textsOf(except, 'except')
  const known = Object.keys(DEPRECATED_ATTRIBUTES)
  for (const { at, value } of names) {
    if (!known.includes(String(value)))
      throw unknownWord(at, 'deprecated attribute', String(value), known)
  }
  return valuesOf(names)
}

/** The required share of spans or traces, 1 by default. */
export function readShare(entries: Entries): number {
  const placed = entries.get('share')?.value
  if (!placed) return 1
  const share = parseUnit(textOf(placed, 'share'), 'percentunit')
  if (share !== undefined && share > 0 && share <= 1) return share
  throw usage(`${placed.at}: not a share: ${placed.value}`, 'write it like 99%')
}
