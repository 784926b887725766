/** A query file as a command, with its parameters as arguments and options. */
import { isDeepStrictEqual } from 'node:util'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { withoutDefaultWindow } from '../options/defaults.ts'
import { addExamples } from '../options/examples.ts'
import { FILTER_FLAGS } from '../options/filters.ts'
import { addQueryFlags, readOptions } from '../options/options.ts'
import {
  addParams,
  camelCased,
  describeQuery,
  optionalParams,
  readParams,
  requiredParams,
  reshapeOf,
} from '../options/query-params.ts'
import { withoutFlags } from '../options/unused.ts'
import { WINDOW_FLAGS } from '../options/window.ts'
import type { BoundQuery } from '../query/compose/bound-query.ts'
import { compose } from '../query/compose/compose.ts'
import type { SpansSource } from '../query/compose/source.ts'
import type { Filters } from '../query/filters.ts'
import { argumentName, type Query } from '../query/query-file.ts'
import { byName } from '../query/schema.ts'
import { mentions, placeholders, reads } from '../query/sql-text.ts'
import { readsSpans, usesWeight } from '../query/uses-weight.ts'
import { bucketStarts, HOUR_NS, incompleteStarts } from '../query/window.ts'
import type { KeptSpans } from '../session/notes/attributes.ts'
import { withSession } from '../session/open.ts'
import { askAhead, printResult } from '../session/print.ts'
import { guardSession, noteProjectQuery } from '../session/project-query.ts'
import { placeErrors } from '../session/query-error.ts'
import { knownSource } from '../session/sampling.ts'
import type { Session } from '../session/session.ts'
import { wholeId } from '../session/whole-id.ts'

export function queryCommand(query: Query, context: Context): Command {
  const command = new Command(query.name).summary(query.title).description(describeQuery(query))
  addParams(command, query)
  addQueryFlags(command)
  if (mayReadHours(query)) {
    command.option('--exact', 'read every span instead of the sums of whole hours')
  }
  if (query.examples.length > 0) addExamples(command, query.examples, query.next)
  refuseUnused(command, query)
  if (query.allTime) withoutDefaultWindow(command)
  return command.action(async (...input: unknown[]) => {
    const values = input.slice(0, requiredParams(query).length) as string[]
    await ask(query, values, command.opts(), context)
  })
}

/** A window in which a statement that turns out not to be needed costs little. */
const SHORT = 3n * HOUR_NS

async function ask(
  query: Query,
  values: string[],
  flags: Record<string, unknown>,
  context: Context,
): Promise<void> {
  const { params, limit } = readParams(query, values, flags)
  const options = readOptions(flags, context, { allTime: query.allTime })
  const { window } = options
  noteProjectQuery(query, context)
  // A chart has the name of a series once, its rows have it for each bucket.
  const drawn = options.output.format === 'terminal' && query.panel !== 'table'
  const sourceOf = (session: Session) => {
    const source = knownSource(session)
    return { ...source, clipped: source.clipped || drawn }
  }
  let expected: { source: SpansSource; query: BoundQuery } | undefined
  const likely = async (session: Session) => {
    const source = sourceOf(session)
    expected = { source, query: compose(query.sql, params, source) }
    return askAhead(session, expected.query)
  }
  const work = async (opened: Session) => {
    const session = guardSession(opened, query)
    const source = sourceOf(session)
    const isExpected = isDeepStrictEqual(source, expected?.source)
    const composed = isExpected ? expected!.query : compose(query.sql, params, source)
    const printed = printResult(session, composed, {
      title: [query.title, ...thresholds(query, flags)].join(' · '),
      panel: query.panel,
      units: query.units,
      samples: query.samples,
      covered: query.covered,
      buckets: window && (() => bucketStarts(window)),
      incomplete: window && (() => incompleteStarts(window, context.now())),
      limit,
      attributes: query.builtIn && params.sum ? { sum: String(params.sum) } : {},
      sought: {
        ids: idsOf(query, values),
        thresholds: typedThresholds(query, flags),
        kept: keptBy(query, source.filters),
      },
      async revised() {
        const whole = await wholeIds(session, query, values)
        return whole && compose(query.sql, { ...params, ...whole }, source)
      },
      ...reshapeOf(query, flags),
    })
    await placeErrors(query, printed)
  }
  const isShort = window !== undefined && window.to - window.from <= SHORT
  await withSession(options, context, work, {
    likely: query.builtIn && isShort ? likely : undefined,
  })
}

/** The ids of which the beginnings were typed, by parameter; undefined where all were typed whole. */
async function wholeIds(session: Session, query: Query, values: string[]) {
  const whole: Record<string, string> = {}
  for (const [i, param] of requiredParams(query).entries()) {
    if (param.attributes === undefined) continue
    const flag = `<${argumentName(param)}>`
    const found = await wholeId(session, flag, values[i]!, param.attributes)
    if (found !== values[i]) whole[param.name] = found
  }
  return Object.keys(whole).length > 0 ? whole : undefined
}

/** The given ids, with the attributes that hold them. */
function idsOf(query: Query, values: string[]): { keys: readonly string[]; value: string }[] {
  return requiredParams(query).flatMap(({ attributes }, i) =>
    attributes === undefined ? [] : [{ keys: attributes, value: values[i]! }],
  )
}

/** The thresholds as flags: `--over 100ms`. */
const typedThresholds = (query: Query, flags: Record<string, unknown>) =>
  thresholds(query, flags).map((threshold) => `--${threshold}`)

/** Parameters with a unit, which hide rows by default: `over 100ms`. */
function thresholds(query: Query, flags: Record<string, unknown>): string[] {
  return optionalParams(query)
    .filter(({ unit }) => unit !== undefined)
    .map((param) => `${argumentName(param)} ${flags[camelCased(param)] ?? param.default}`)
}

/** What a query counts of the spans that match. With a name or a kind, all of them are taken for requests. */
function keptBy({ sql }: Query, { conditions }: Filters): KeptSpans | undefined {
  if (reads(sql, 'span_failures')) return 'failures'
  const chosen = conditions.some(({ filter }) => byName(filter) || filter === 'kind')
  return mentions(sql, 'is_entry') && !chosen ? 'requests' : undefined
}

/** Whether the collector's sums of hours may answer the query. */
const mayReadHours = ({ sql }: Query) => reads(sql, 'red') && mentions(sql, 'samples')

/** Statistics of the whole table, which no filter narrows. */
const ofWholeTable = (sql: string) => reads(sql, 'system.tables') || reads(sql, 'system.parts')

/** Refuses flags that cannot affect the query. */
function refuseUnused(command: Command, { sql }: Query): void {
  const given = placeholders(sql)
  const relation = readsSpans(sql)
  const whole = ofWholeTable(sql)
  if (whole || !relation) {
    const why = whole ? 'the result is about the whole table' : 'the query reads no spans'
    const timeless = whole || !['from', 'to', 'bucket'].some((name) => given.has(name))
    const flags = [...FILTER_FLAGS, ...(timeless ? WINDOW_FLAGS : [])]
    withoutFlags(command, flags, `has nothing to apply to: ${why}`, 'leave it out')
    return
  }
  if (usesWeight(sql)) return
  withoutFlags(
    command,
    ['weight'],
    'has nothing to apply to: no sampled span is counted',
    'leave it out',
  )
}
