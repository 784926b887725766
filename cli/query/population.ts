/** The population flags: which spans a question is about; pure. */
import { OtraceError } from '../errors.ts'
import { parseUnit } from '../render/units.ts'
import type { Filter } from './profile.ts'
import { COLUMN_LIST } from './where.ts'

/** One predicate to be taken from the profile, with what people gave. */
export interface Condition {
  filter: Filter
  key?: string
  value?: string | number | string[]
}

export interface Population {
  conditions: Condition[]
  /** Conditions on the trace: some span of it has a match. */
  traceConditions: Condition[]
  /** A SQL expression over the columns of `spans`, as typed; judged before it is used. */
  where?: string
  /** A span that was delivered twice counts once. */
  distinct?: boolean
}

export interface PopulationFlags {
  service?: string[]
  name?: string[]
  kind?: string[]
  attr?: string[]
  resource?: string[]
  traceAttr?: string[]
  event?: string[]
  error?: boolean
  minDuration?: string
  maxDuration?: string
  where?: string
  distinct?: boolean
}

export const KINDS = ['server', 'client', 'internal', 'producer', 'consumer'] as const

/**
 * What the flags ask for.
 * @throws OtraceError (exit 2) for an unknown kind, a condition or a duration that cannot be read
 */
export function readPopulation(flags: PopulationFlags): Population {
  const conditions: Condition[] = []
  if (flags.service) conditions.push({ filter: 'service', value: flags.service })
  if (flags.name) conditions.push({ filter: 'name', value: flags.name })
  if (flags.kind) conditions.push({ filter: 'kind', value: flags.kind.map(readKind) })
  for (const text of flags.attr ?? []) conditions.push(readMatch('--attr', 'attr', text))
  for (const text of flags.resource ?? []) {
    conditions.push(readMatch('--resource', 'resource', text))
  }
  for (const value of flags.event ?? []) conditions.push({ filter: 'event', value })
  if (flags.error) conditions.push({ filter: 'error' })
  if (flags.minDuration !== undefined) {
    const value = readDuration('--min-duration', flags.minDuration)
    conditions.push({ filter: 'min-duration', value })
  }
  if (flags.maxDuration !== undefined) {
    const value = readDuration('--max-duration', flags.maxDuration)
    conditions.push({ filter: 'max-duration', value })
  }
  const traceConditions = (flags.traceAttr ?? []).map((text) =>
    readMatch('--trace-attr', 'attr', text),
  )
  if (flags.where?.trim() === '') {
    throw new OtraceError(
      'usage',
      '--where is empty',
      `write it like --where 'http_status >= 500'; ${COLUMN_LIST}`,
    )
  }
  return {
    conditions,
    traceConditions,
    ...(flags.where ? { where: flags.where } : {}),
    ...(flags.distinct ? { distinct: true } : {}),
  }
}

/** Whether the flags leave every span in, each as often as it was delivered. */
export function isEverybody({ conditions, traceConditions, where, distinct }: Population): boolean {
  return conditions.length + traceConditions.length === 0 && where === undefined && !distinct
}

function readKind(text: string): string {
  const kind = text.toLowerCase()
  if (KINDS.some((known) => known === kind)) return kind
  throw new OtraceError('usage', `--kind '${text}' is no span kind`, `use ${KINDS.join(', ')}`)
}

function readDuration(flag: string, text: string): string {
  const ns = parseUnit(text, 'ns')
  if (ns === undefined || ns < 0) {
    throw new OtraceError('usage', `${flag} '${text}' is not a duration`, 'write it like 100ms')
  }
  return String(BigInt(Math.round(ns)))
}

const OPERATORS = { '!=': 'differs', '=': 'equals', '~': 'matches', '>': 'above', '<': 'below' }
const MATCH = /^(?<key>[^=!~<>]+?)(?:(?<operator>!=|=|~|>|<)(?<value>.*))?$/s

function readMatch(flag: string, on: 'attr' | 'resource', text: string): Condition {
  const { key, operator, value = '' } = MATCH.exec(text)?.groups ?? {}
  if (!key) {
    throw new OtraceError(
      'usage',
      `${flag} '${text}' has no key`,
      `write ${flag} key=value (or !=value, ~regex, >number, <number); \`otrace attributes\` lists the keys. For columns use --where: ${COLUMN_LIST}`,
    )
  }
  if (operator === undefined) return { filter: `${on}-present`, key }
  const word = OPERATORS[operator as keyof typeof OPERATORS]
  const filter = `${on}-${word}` as Filter
  if (operator !== '>' && operator !== '<') return { filter, key, value }
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) {
    throw new OtraceError(
      'usage',
      `${flag} '${text}': '${value}' is not a number`,
      `compare texts with = or ~: ${flag} '${key}=${value}', or columns with --where: ${COLUMN_LIST}`,
    )
  }
  // Integers beyond 2^53 keep their digits.
  return { filter, key, value: /^-?\d+$/.test(value) ? value : number }
}
