/** Checks with `expect`: of spans, and of a query's rows. */
import { OtraceError, usage } from '../../errors.ts'
import {
  countText,
  type Judged,
  judgeExpectation,
  judgeZeroCount,
} from '../../gate/evaluate/expect.ts'
import { judgeRows } from '../../gate/evaluate/ready.ts'
import { atPlace } from '../../gate/file/filters.ts'
import type { CheckTest, GateCheck } from '../../gate/file/model.ts'
import { bindParam, refuseBadDefaults, withGoodDefaults } from '../../query/bind.ts'
import { compose } from '../../query/compose/compose.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { readText } from '../../query/files.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import { parseQueryFile, type Query } from '../../query/query-file.ts'
import { byName } from '../../query/schema.ts'
import { readAll } from '../../store/client.ts'
import { withUnits } from '../print.ts'
import { guardSession, noteProjectQuery } from '../project-query.ts'
import { readCounts } from './measure.ts'
import type { Operations } from './names.ts'
import { type Asked, countSpans } from './ready-checks.ts'
import { showCommand, type Typed } from './spans.ts'

/** The verdicts of a check's expectations. */
export async function judgeExpectations(
  asked: Asked,
  check: GateCheck,
  { expectations }: CheckTest & { kind: 'expect' },
  { place, typed }: { place: string[]; typed: Typed },
): Promise<Judged[]> {
  const { session, source, operations } = asked
  const durations = expectations.flatMap(({ expectation }) =>
    expectation.test === 'duration' ? [expectation] : [],
  )
  const counts = await readCounts(session, source, durations, operations)
  const mixed = mixedNote(source, operations, check)
  const examined = counts.spans === 0 ? await countSpans({ ...asked, source: wider(source) }) : 0
  return expectations.map(({ expectation }) => {
    const position = expectation.test === 'duration' ? durations.indexOf(expectation) : -1
    const found = judgeExpectation(expectation, counts, position)
    const judged =
      expectation.test === 'count'
        ? counts.spans === 0 && found.verdict !== 'fail'
          ? judgeZeroCount(found, examined)
          : found
        : { ...found, notes: [...found.notes, ...mixed] }
    if (judged.verdict !== 'fail') return judged
    const extra =
      expectation.test === 'duration'
        ? ['--min-duration', durationWord(expectation.limit), '--order', 'slowest']
        : expectation.test === 'errors'
          ? ['--error']
          : []
    return { ...judged, command: showCommand(session, check, typed, extra, place) }
  })
}

/** The spans of the same services and operations, whatever else a check says about them. */
function wider(source: SpansSource): SpansSource {
  const kept = ['service', 'name', 'operation', 'kind', 'resource-equals']
  const conditions = source.filters.conditions.filter(({ filter }) => kept.includes(filter))
  return { ...source, filters: { ...NO_FILTERS, conditions } }
}

/** A percentile over requests and their parts together is neither's. */
function mixedNote(
  { filters: { conditions, where } }: SpansSource,
  { services }: Operations,
  { filters }: GateCheck,
): string[] {
  const chosen = conditions.some(({ filter }) => byName(filter) || filter === 'kind')
  if (chosen || where !== undefined || filters.root) return []
  const named = conditions
    .filter(({ filter }) => filter === 'service')
    .flatMap(({ value }) => value)
  const count = [...services]
    .filter(([service]) => named.length === 0 || named.includes(service))
    .reduce((sum, [, names]) => sum + names.size, 0)
  if (count < 2) return []
  return [`over spans of ${countText(count)} operations: choose requests by operation or kind`]
}

/** A duration in flag syntax. */
const durationWord = (ns: number) => (ns % 1e6 === 0 ? `${ns / 1e6}ms` : `${ns}ns`)

/** @throws OtraceError (exit 2) for an unknown query, parameter or column */
export async function judgeQuery(
  asked: Asked,
  { query: name, params, places, expectations }: CheckTest & { kind: 'query' },
  queries: Query[],
): Promise<Judged[]> {
  const { session, source } = asked
  const query = findQuery(name, queries, places.query)
  const unknown = Object.keys(params).find(
    (key) => !query.params.some((param) => param.name === key),
  )
  if (unknown !== undefined) {
    const known = query.params.map((param) => param.name)
    const meant = didYouMean(unknown, known)
    throw usage(
      `${places.params[unknown]}: the query ${name} has no parameter ${unknown}`,
      meant ? `did you mean ${meant}?` : `its parameters are ${known.join(', ') || 'none'}`,
    )
  }
  const missing = query.params.find(
    (param) => !(param.name in params) && param.default === undefined,
  )
  if (missing) {
    throw usage(
      `${places.query}: the query ${name} needs the parameter ${missing.name}`,
      `add params: { ${missing.name}: … }: ${missing.help}`,
    )
  }
  const values = Object.fromEntries(
    query.params.map((param) => {
      const text = params[param.name] ?? param.default ?? ''
      const at = places.params[param.name] ?? places.query
      return [param.name, atPlace(at, () => bindParam(param, param.name, text))]
    }),
  )
  const statement = compose(query.sql, values, source)
  const { database } = source
  noteProjectQuery(query, session.context)
  const { store } = guardSession(session, query)
  const result = await store.ask(statement, { database })
  const columns = withUnits(result.columns, query.units, statement)
  const rows = await readAll(result.batches)
  const most = query.params.some((param) => param.name === 'limit')
    ? Number(values.limit)
    : undefined
  // A query without rows is evidence if there were spans to find.
  const examined = rows.length === 0 ? await countSpans(asked) : 0
  return expectations.map(({ expectation, at }) => {
    const judged = judgeRows(expectation, columns, rows, at, most)
    const unfounded = rows.length === 0 && judged.verdict === 'pass'
    return unfounded ? judgeZeroCount(judged, examined) : judged
  })
}

function findQuery(name: string, queries: Query[], at: string): Query {
  if (name.endsWith('.sql')) {
    try {
      const text = readText(name)
      const query = parseQueryFile(name, text, new Set())
      refuseBadDefaults(query, text)
      return { ...query, project: true }
    } catch (error) {
      if (error instanceof OtraceError) throw error
      throw usage(`${at}: cannot read the query file: ${name}`, 'give a path from this directory')
    }
  }
  const query = queries.find((one) => one.name === name)
  if (query) return withGoodDefaults(query)
  const meant = didYouMean(
    name,
    queries.map((one) => one.name),
  )
  throw usage(
    `${at}: unknown query: ${name}`,
    meant ? `did you mean ${meant}?` : 'otrace queries lists them',
  )
}
