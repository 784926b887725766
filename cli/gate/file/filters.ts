/** The filters of a check file: those of all checks, and those of one. */
import { OtraceError, usage } from '../../errors.ts'
import { FILTER_LIST, filterName, filtersOf, takesValue } from '../../query/filters/list.ts'
import type { Condition } from '../../query/filters.ts'
import { byName } from '../../query/schema.ts'
import type { CheckFilters, CheckTest, FilePlace, NamedPlace } from './model.ts'
import { booleanOf, type Entries, textOf, textsOf } from './yaml.ts'

/** The key of a filter in a check file: `trace_attr`, and `operation` for `--name`. */
export const fileKey = (name: string) => (name === 'name' ? 'operation' : name.replaceAll('-', '_'))

export const FILTER_KEYS = [
  ...FILTER_LIST.map((listed) => fileKey(filterName(listed))),
  'where',
  'root',
]

export interface ReadFilters {
  filters: CheckFilters
  named: NamedPlace[]
}

/** @throws OtraceError (exit 2) with the place of a malformed filter */
export function readFileFilters(entries: Entries): ReadFilters {
  const filters: CheckFilters = { values: {} }
  const named: NamedPlace[] = []
  for (const listed of FILTER_LIST) {
    const name = filterName(listed)
    const key = fileKey(name)
    const placed = entries.get(key)?.value
    if (!placed) continue
    if (!takesValue(listed)) {
      if (booleanOf(placed, key)) filters.values[name] = []
      continue
    }
    const items = listed.repeatable ? textsOf(placed, key) : [placed]
    filters.values[name] = items.map((item) => {
      const text = textOf(item, key)
      const conditions = atPlace(item.at, () => listed.conditions([text], key))
      named.push(...conditions.flatMap((condition) => namesOf(condition, item)))
      return text
    })
  }
  const where = entries.get('where')?.value
  if (where) Object.assign(filters, { where: textOf(where, 'where'), whereAt: where.at })
  const root = entries.get('root')?.value
  if (root && booleanOf(root, 'root')) filters.root = true
  return { filters, named }
}

/** The services, operations and attributes that a condition names. */
export function namesOf(
  { filter, key, value }: Condition,
  { at, line, column }: FilePlace,
): NamedPlace[] {
  const place = { at, line, column }
  if (key !== undefined) return [{ ...place, what: 'attribute', name: key }]
  if (filter !== 'service' && !byName(filter)) return []
  const what = byName(filter) ? 'operation' : 'service'
  return [value].flat().map((name) => ({ ...place, what, name: String(name) }))
}

/** Adds the place to an error of malformed input. */
export function atPlace<T>(at: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof OtraceError) || error.exit !== 2) throw error
    throw usage(`${at}: ${error.message.replace(/^--/, '')}`, error.hint)
  }
}

/** Values that a check adds to those of all checks; it overrides the others. */
const ADDED = ['attr', 'resource', 'trace-attr', 'event']

/**
 * The filters of all checks with those of one: conditions of both apply.
 * @throws OtraceError (exit 2) for a minimum duration above the maximum
 */
export function joinFileFilters(
  shared: CheckFilters | undefined,
  own: CheckFilters,
  at: string,
): CheckFilters {
  if (!shared) return joined(own, at)
  const values = { ...shared.values, ...own.values }
  for (const name of ADDED) {
    const both = [...(shared.values[name] ?? []), ...(own.values[name] ?? [])]
    if (both.length > 0) values[name] = both
  }
  const where =
    shared.where && own.where ? `(${shared.where}) AND (${own.where})` : (own.where ?? shared.where)
  const whereAt = own.whereAt ?? shared.whereAt
  const root = own.root ?? shared.root
  return joined({ values, ...(where ? { where, whereAt } : {}), ...(root ? { root } : {}) }, at)
}

function joined(filters: CheckFilters, at: string): CheckFilters {
  atPlace(at, () => filtersOf(filters.values, fileKey))
  return filters
}

/** Filters of whole-trace checks, where a span filter would hide parts of a trace. */
export const WHOLE_TRACE_FILTERS: Partial<Record<CheckTest['kind'], string[]>> = {
  complete: [],
  'n-plus-one': ['service', 'resource'],
  operations: ['service', 'resource'],
}

/** @throws OtraceError (exit 2) for a filter of a whole-trace check that chooses single spans */
export function refuseSpanFilters(kind: CheckTest['kind'], own: CheckFilters, at: string): void {
  const fitting = WHOLE_TRACE_FILTERS[kind]
  if (!fitting) return
  const names = [
    ...Object.keys(own.values),
    ...(own.where ? ['where'] : []),
    ...(own.root ? ['root'] : []),
  ]
  const stray = names.find((name) => !fitting.includes(name))
  if (stray === undefined) return
  const takes = fitting.length > 0 ? `it takes ${fitting.join(' and ')}` : 'remove it'
  throw usage(`${at}: this check looks at whole traces, not at one ${fileKey(stray)}`, takes)
}

/** The filters that apply to a check of this kind; those of all checks may not fit it. */
export function fittingFilters(kind: CheckTest['kind'], filters: CheckFilters): CheckFilters {
  const fitting = WHOLE_TRACE_FILTERS[kind]
  if (!fitting) return filters
  const values = Object.entries(filters.values).filter(([name]) => fitting.includes(name))
  return { values: Object.fromEntries(values) }
}
