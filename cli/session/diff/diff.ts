/** Compares the attributes of two groups of spans. */
import { notFound } from '../../errors.ts'
import { formatNumber } from '../../units/units.ts'
import { type Attribute, greatestFirst, rankDifferences } from '../../why/diff/difference.ts'
import { bestPair } from '../../why/diff/pair.ts'
import type { DiffReport } from '../../why/diff/report.ts'
import { foldSame, relate } from '../../why/diff/together.ts'
import type { Both } from '../../why/finding.ts'
import { checkWhere, dryRun } from '../check-where.ts'
import { noSpans } from '../empty-result.ts'
import { unknownNote } from '../notes/names.ts'
import type { Session } from '../session.ts'
import { type Chosen, newCounter } from './counter.ts'
import { countDifferences, countTogether, togetherShares } from './read.ts'

/** Differences whose combinations are counted: a bit each. */
const MOST_TOGETHER = 40

/**
 * What tells the selected spans from the others.
 * @param tell says what is being done
 * @throws OtraceError (exit 5) where a group has no spans
 */
export async function diffSpans(
  session: Session,
  selection: Chosen,
  against: Chosen,
  tell: (text: string) => void,
): Promise<Omit<DiffReport, 'names' | 'limit' | 'next'>> {
  const { where } = against.filters
  if (where !== undefined) {
    await checkWhere(session.store, where)
    await dryRun(session.store, where, { ...session.source, ...against })
  }
  tell('counting spans…')
  const counter = await newCounter(session, selection, against)
  const { groups, oneIn, weighted } = counter
  if (groups[0].spans === 0) {
    throw await noSpans(session)
  }
  if (groups[1].spans === 0) {
    const unknown = await unknownNote({ ...session, source: { ...session.source, ...against } })
    throw notFound(
      'no other spans to compare with',
      unknown ?? 'after --against, write filters that choose more spans',
    )
  }
  const [some, more] = groups.map(({ spans }) => formatNumber(Math.round(spans)))
  tell(`counting the attributes of ${some} selected and ${more} other spans…`)
  const { predicates, numbers, ids } = await countDifferences(counter, definer(selection, against))
  const { differences, smaller } = rankDifferences(predicates, numbers, groups)
  const counted = differences.filter(({ kind }) => kind !== 'number').slice(0, MOST_TOGETHER)
  tell('counting combinations…')
  const combinations = counted.length === 0 ? [] : await countTogether(counter, counted)
  const { merged, kept, unexplained } = relate(counted, combinations)
  const pair = bestPair(kept, combinations)
  const rest = foldSame(differences.filter((one) => !counted.includes(one)))
  const shares = oneIn.flatMap((n, i) =>
    n > 1
      ? [`One in ${n} traces of the ${i === 0 ? 'selected' : 'other'} spans was read, by trace id.`]
      : [],
  )
  if (counted.length > 0) shares.push(...togetherNotes(togetherShares(groups)))
  const notes = weighted
    ? [...shares, 'Counts are adjusted for sampling (--no-weight counts the spans themselves).']
    : shares
  return {
    differences: [...merged, ...rest].sort(greatestFirst),
    smaller,
    unexplained,
    pair,
    groups,
    ids,
    notes,
  }
}

/** What is counted in fewer traces than the rest. */
export const togetherNotes = (oneIn: Both<number>): string[] =>
  oneIn.flatMap((n, i) =>
    n > 1
      ? [
          `Which values go together is counted in one in ${n} of these traces of the ${i === 0 ? 'selected' : 'other'} spans.`,
        ]
      : [],
  )

/** Whether filters choose by an attribute: it then tells nothing about the groups. */
function definer(...chosen: Chosen[]): (attribute: Attribute) => boolean {
  const conditions = chosen.flatMap(({ filters }) => filters.conditions)
  const wheres = chosen.map(({ filters }) => filters.where ?? '').join(' ')
  const filters = new Set(conditions.map(({ filter }) => String(filter)))
  const keys = new Set(conditions.flatMap(({ key }) => key ?? []))
  const failing = filters.has('error') || /\b(?:is_error|status)\b/.test(wheres)
  const timed = filters.has('min-duration') || filters.has('max-duration')
  return ({ place, key }) => {
    if (place !== 'column') {
      // A failed span has a status and an exception.
      return keys.has(key) || wheres.includes(`'${key}'`) || (failing && saysHowFailed(key))
    }
    if (key === 'status') return failing
    if (key === 'duration') return timed || /\bduration\b/.test(wheres)
    if (key === 'name' && filters.has('operation')) return true
    return filters.has(key) || new RegExp(`\\b${key}\\b`).test(wheres)
  }
}

/**
 * Keys that say how a span failed, with words apart: `http.response.status_code`, `grpc.status`, `errorCode`,
 * `error.type`; not `order.status`.
 */
const DEFINING =
  /^status$|(?:^|[._-])(?:status[._-]?(?:code|message|description|text)|(?:http|grpc|rpc|response)[._-](?:status|code)|(?:error|exception)[._-](?:code|type|message|description))$|(?:^|\.)(?:error|exception)(?:[._-]|$)/

const saysHowFailed = (key: string) =>
  DEFINING.test(key.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase())
