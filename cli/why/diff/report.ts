/** The report of `diff`: rows for people, and JSON. */
import type { Cell, Row, Table } from '../../result.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import type { Both } from '../finding.ts'
import { type Difference, type Group, nameOf } from './difference.ts'
import type { Pair } from './pair.ts'

export interface DiffReport {
  differences: Difference[]
  /** Differences of less than a point, or that may be chance. */
  smaller: number
  /** Share of selected spans without any of the differences. */
  unexplained?: number
  /** Two values that together tell the selected spans apart better than any alone. */
  pair?: Pair
  groups: Both<Group>
  /** Both groups in words. */
  names: Both<string>
  /** Attributes with a value for each span. */
  ids: string[]
  notes: string[]
  /** Rows to show to people. */
  limit: number
  /** The command that lists the selected spans with it. */
  next(difference: Difference): string
}

const points = (share: number) => `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)}`
const percent = (share: number) => `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))}%`

/** The differences to show to people, a row each. */
export function diffTable({ differences, names, limit }: DiffReport): Table {
  const type = 'String'
  const columns = ['attribute', 'selected', 'others', 'difference', 'of all with it', 'also']
  return {
    title: `${names[0]}  against  ${names[1]}`,
    columns: columns.map((name) => ({ name, type })),
    rows: shownDifferences(differences)
      .slice(0, limit)
      .map((one): Row => {
        const [low, high] = one.interval
        const [selected, others] = one.medians
          ? one.medians.map((value) => `median ${numberText(one, value)}`)
          : one.shares.map(percent)
        return {
          attribute: nameOf(one),
          selected: selected!,
          others: others!,
          difference: `${points(one.difference)} (${points(low)} to ${points(high)})`,
          'of all with it': one.within === null ? '' : percent(one.within),
          also: alsoOf(one),
        }
      }),
  }
}

const numberText = ({ place, key }: Difference, value: number) =>
  place === 'column' && key === 'duration'
    ? formatUnit(Math.round(value), 'ns')
    : formatNumber(Number(value.toPrecision(3)))

/** Without the values that another value of the same attribute explains. */
const shownDifferences = (differences: readonly Difference[]) =>
  differences.filter(({ key, explainedBy }) => explainedBy?.startsWith(`${key}=`) !== true)

const alsoOf = ({ twins, explainedBy, kind, difference }: Difference) =>
  [
    ...(kind === 'number' ? [`greater in ${percent((1 + difference) / 2)} of pairs`] : []),
    ...(explainedBy === null ? [] : [`explained by ${explainedBy}`]),
    ...(twins.length === 0
      ? []
      : [`same as ${twins.slice(0, 3).join(', ')}${twins.length > 3 ? ' …' : ''}`]),
  ].join('; ')

/** What the rows do not say, a line each. */
export function diffNotes(report: DiffReport): string[] {
  const { groups, differences, smaller, unexplained, pair, ids, notes, limit, next } = report
  const spans = ({ spans, traces }: Group) =>
    `${plural(Math.round(spans), 'span')} of ${plural(Math.round(traces), 'trace')}`
  const [first] = differences
  const hidden = differences.length - Math.min(limit, shownDifferences(differences).length)
  return [
    `Selected: ${spans(groups[0])}; others: ${spans(groups[1])}. Differences are in points, with 95% limits.`,
    ...(first ? [] : ['No attribute differs by more than a point and more than chance.']),
    ...(hidden > 0
      ? [
          `${hidden} more beyond chance, or other values of the same attributes: see --limit or --json.`,
        ]
      : []),
    ...(smaller > 0
      ? [`${plural(smaller, 'difference')} of less than a point, or by chance.`]
      : []),
    ...(unexplained === undefined || !first
      ? []
      : [
          `${percent(unexplained)} of the selected spans have none of these more often than others.`,
        ]),
    ...(pair === undefined
      ? []
      : [
          `Together ${pair.names.join(' and ')} cover ${percent(pair.coverage)} of the selected spans, and ${percent(pair.precision)} of the spans with both are selected.`,
        ]),
    ...(ids.length > 0 ? [`Left out, with a value for each span: ${ids.join(', ')}.`] : []),
    ...notes,
    ...(first ? [`See such spans: ${next(first)}`] : []),
  ]
}

/** One object: `selected`, `others`, `differences`, `smaller`, `unexplained`, `pair`, `ids`, `notes`. */
export function diffJson(report: DiffReport): string {
  const { groups, names, smaller, unexplained, pair, ids, notes } = report
  const [selected, others] = groups.map(({ spans, traces }, i) => ({
    ...{ filters: names[i], spans, traces },
  }))
  return `${JSON.stringify(
    {
      selected,
      others,
      differences: diffRows(report),
      smaller,
      unexplained: unexplained ?? null,
      pair: pair ?? null,
      ids,
      notes,
    },
    null,
    2,
  )}\n`
}

/** The keys of a difference in JSON and CSV, in order. */
export const DIFFERENCE_KEYS = [
  ...(['kind', 'place', 'key', 'value', 'counts', 'shares', 'difference', 'interval'] as const),
  ...(['within', 'medians', 'twins', 'explained_by', 'next'] as const),
] as const

/** A row for each difference; every key is always there. */
export function diffRows({
  differences,
  next,
}: DiffReport): Record<(typeof DIFFERENCE_KEYS)[number], Cell>[] {
  return differences.map((one) => {
    const { place, key, kind, value, counts, shares, difference, interval } = one
    return {
      ...{ kind, place, key, value, counts, shares, difference, interval },
      within: one.within,
      medians: one.medians ?? null,
      twins: one.twins,
      explained_by: one.explainedBy,
      next: next(one),
    }
  })
}
