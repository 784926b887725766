/** Counts what two groups of spans have. */
import type { Row } from '../../result.ts'
import {
  type Attribute,
  type Group,
  type Numbers,
  PLACES,
  type Predicate,
} from '../../why/diff/difference.ts'
import type { Combinations } from '../../why/diff/together.ts'
import type { Both } from '../../why/finding.ts'
import type { CountedRow, Counter } from './counter.ts'

/** Spans of a group whose combinations are read: a share of these is exact within a point. */
const MOST_TOGETHER = 300_000
/** Spans of a group whose attributes are looked at: a share of these says which are numbers, and which are ids. */
const MOST_PROFILED = 200_000
/** From this share of different values on, an attribute has a value for each span. */
const ID_SHARE = 0.5
const FEW_SPANS = 20
const FEW_NUMBERS = 20
const NUMERIC_SHARE = 0.95

export interface Counted {
  predicates: Predicate[]
  numbers: Numbers[]
  /** Attributes with a value for each span. */
  ids: string[]
}

/**
 * Counts every value that 1 % of either group has, absent attributes, and numbers.
 * @param defines whether an attribute chooses the groups, and so tells nothing about them
 */
export async function countDifferences(
  { groups, oneIn, count, values }: Counter,
  defines: (attribute: Attribute) => boolean,
): Promise<Counted> {
  const sample = shareOf(groups, MOST_PROFILED)
  const found = await count('keys', {}, ({ hash }) => String(hash), sample)
  const keys = [...found.values()].map((one) => ({ ...attributeOf(one.row), ...one }))
  // The column `service` already has it.
  const isLeftOut = (one: Attribute) =>
    defines(one) || (one.place === 'resource' && one.key === 'service.name')
  const ids = keys.filter((one) => isId(one) && !isLeftOut(one))
  const single = new Set(ids.map(({ row }) => String(row.hash)))
  const numeric = keys.filter((one) => isNumeric(one) && !isId(one) && !isLeftOut(one))
  const numbers = await countNumbers(count, numeric, !defines({ place: 'column', key: 'duration' }))
  const leftOut = keys.filter(isLeftOut).map(({ row }) => String(row.hash))
  const rows = await values([...leftOut, ...single])
  // Fingerprints of a sample are not those of the whole group.
  const totals = oneIn.some((n) => n > 1)
    ? undefined
    : groups.map(({ fingerprint }) => fingerprint!)
  const predicates = rows.flatMap((row): Predicate[] => {
    const { place, key } = attributeOf(row)
    const hash = String(row.hash)
    if (isLeftOut({ place, key })) return []
    const counts: Both<number> = [Number(row.selected), Math.max(0, Number(row.others))]
    const fingerprints = [row.selected_fingerprint, row.others_fingerprint].map(String)
    if (!row.whole) {
      const value = String(row.value)
      return single.has(hash)
        ? []
        : [{ place, key, value, counts, hash, fingerprint: fingerprints.join(' ') }]
    }
    if (place === 'column') return []
    const absent = counts.map((n, i) => Math.max(0, groups[i]!.spans - n)) as Both<number>
    const fingerprint = totals?.map((total, i) => total ^ BigInt(fingerprints[i]!)).join(' ')
    return [{ place, key, counts: absent, hash, fingerprint }]
  })
  return { predicates, numbers, ids: ids.map(({ key }) => key).sort() }
}

/** One in so many traces has about `most` spans of each group. */
const shareOf = (groups: Both<Group>, most: number) =>
  groups.map(({ spans }) => Math.max(1, Math.ceil(spans / most))) as Both<number>

type Key = Attribute & CountedRow

const isNumeric = ({ row }: Key) =>
  Number(row.numbers) >= NUMERIC_SHARE * Number(row.stored) && Number(row.distinct) > FEW_NUMBERS

const isId = (one: Key) =>
  Number(one.row.stored) > FEW_SPANS &&
  Number(one.row.distinct) > ID_SHARE * Number(one.row.stored) &&
  (!isNumeric(one) || /(?:^|[._-])id$/i.test(one.key))

const attributeOf = ({ place, key }: Row): Attribute => ({
  place: PLACES[Number(place)]!,
  key: String(key),
})

async function countNumbers(
  count: Counter['count'],
  numeric: Key[],
  durations: boolean,
): Promise<Numbers[]> {
  if (numeric.length === 0 && !durations) return []
  const attributes: Attribute[] = numeric.map(({ place, key }) => ({ place, key }))
  if (durations) attributes.push({ place: 'column', key: 'duration' })
  const keysOf = (wanted: Attribute['place']) =>
    numeric.filter(({ place }) => place === wanted).map(({ key }) => key)
  const given = {
    keys: keysOf('attribute'),
    resource_keys: keysOf('resource'),
    durations: durations ? 1 : 0,
  }
  const bins = await count(
    'numbers',
    given,
    ({ place, key, number }) => `${place} ${key} ${number}`,
  )
  const all = [...bins.values()].map((bin) => ({ ...attributeOf(bin.row), ...bin }))
  return attributes.map(({ place, key }) => ({
    ...{ place, key },
    bins: all
      .filter((bin) => bin.place === place && bin.key === key)
      .map(({ row, counts }) => ({ number: Number(row.number), counts })),
  }))
}

/** Combinations are counted in one in so many traces of each group. */
export const togetherShares = (groups: Both<Group>) => shareOf(groups, MOST_TOGETHER)

/** Which of the predicates spans have together, in a share of large groups. */
export async function countTogether(
  { count, groups }: Counter,
  predicates: readonly { hash: string; kind: string }[],
): Promise<Combinations> {
  const given = {
    hashes: predicates.map(({ hash }) => hash),
    absent: predicates.map(({ kind }) => (kind === 'absent' ? '1' : '0')),
  }
  const more = togetherShares(groups)
  const found = await count('together', given, ({ combination }) => String(combination), more)
  return [...found].map(([mask, { counts }]) => ({ mask: Number(mask), counts }))
}
