/** Arguments that the engine reads as code or names: only plain literals pass. */
import { RefusedStatementError } from '../errors.ts'
import { type EngineNames, isAggregate } from './allowed-names.ts'
import { tokenize } from './tokens.ts'
import { type Node, textOf } from './tree.ts'
import { isPlainType, type TypeNames } from './types.ts'

/** Position of a type's name; -1 for the last argument. */
const TYPES = new Map(
  Object.entries({
    _CAST: 1,
    accurateCast: 1,
    accurateCastOrDefault: 1,
    accurateCastOrNull: 1,
    CAST: 1,
    defaultValueOfTypeName: 0,
    dynamicElement: 1,
    JSONExtract: -1,
    JSONExtractCaseInsensitive: -1,
    JSONExtractKeysAndValues: -1,
    JSONExtractKeysAndValuesCaseInsensitive: -1,
    reinterpret: 1,
  }),
)

/** First position of a time zone, and of what may follow or precede it. */
const ZONES = new Map(
  [
    '0 now nowInBlock',
    `1 DATE fromUTCTimestamp fromUnixTimestamp64Micro fromUnixTimestamp64Milli fromUnixTimestamp64Nano
      fromUnixTimestamp64Second now64 nowInBlock64 parseDateTime32BestEffort parseDateTime32BestEffortOrNull
      parseDateTime32BestEffortOrZero parseDateTimeBestEffort parseDateTimeBestEffortOrNull
      parseDateTimeBestEffortOrZero parseDateTimeBestEffortUS parseDateTimeBestEffortUSOrNull
      parseDateTimeBestEffortUSOrZero timeSlot timezoneOffset toDate toDate32 toDateTime toDateTime32
      toDateTimeOrDefault toDateTimeOrNull toDateTimeOrZero toDayOfMonth toDayOfYear toDaysInMonth
      toDaysSinceYearZero toHour toISOWeek toISOYear toLastDayOfMonth toMicrosecond toMillisecond toMinute
      toMonday toMonth toMonthNumSinceEpoch toNanosecond toQuarter toRelativeDayNum toRelativeHourNum
      toRelativeMinuteNum toRelativeMonthNum toRelativeQuarterNum toRelativeSecondNum toRelativeWeekNum
      toRelativeYearNum toSecond toStartOfDay toStartOfFifteenMinutes toStartOfFiveMinutes toStartOfHour
      toStartOfISOYear toStartOfMicrosecond toStartOfMillisecond toStartOfMinute toStartOfMonth
      toStartOfNanosecond toStartOfQuarter toStartOfSecond toStartOfTenMinutes toStartOfYear toString
      toTimeWithFixedDate toTimezone toUTCTimestamp toUnixTimestamp toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss
      toYear toYearNumSinceEpoch UUIDv7ToDateTime YYYYMMDDhhmmssToDateTime`,
    `2 addDays addHours addMicroseconds addMilliseconds addMinutes addMonths addNanoseconds addQuarters
      addSeconds addWeeks addYears dateName dateTrunc formatDateTime formatDateTimeInJodaSyntax
      fromUnixTimestamp fromUnixTimestampInJodaSyntax parseDateTime parseDateTime64 parseDateTime64BestEffort
      parseDateTime64BestEffortOrNull parseDateTime64BestEffortOrZero parseDateTime64BestEffortUS
      parseDateTime64BestEffortUSOrNull parseDateTime64BestEffortUSOrZero parseDateTime64InJodaSyntax
      parseDateTime64InJodaSyntaxOrNull parseDateTime64InJodaSyntaxOrZero parseDateTime64OrNull
      parseDateTime64OrZero parseDateTimeInJodaSyntax parseDateTimeInJodaSyntaxOrNull
      parseDateTimeInJodaSyntaxOrZero parseDateTimeOrNull parseDateTimeOrZero snowflakeIDToDateTime
      snowflakeIDToDateTime64 subtractDays subtractHours subtractMicroseconds subtractMilliseconds
      subtractMinutes subtractMonths subtractNanoseconds subtractQuarters subtractSeconds subtractWeeks
      subtractYears toDateTime64 toDateTime64OrDefault toDateTime64OrNull toDateTime64OrZero toDayOfWeek
      toLastDayOfWeek toStartOfInterval toStartOfWeek toWeek toYearWeek YYYYMMDDhhmmssToDateTime64`,
    '3 age dateDiff',
    '6 makeDateTime',
    '8 makeDateTime64',
  ].flatMap((row) => {
    const [position, ...names] = row.split(/\s+/)
    return names.map((name): [string, number] => [name, Number(position)])
  }),
)

/** Functions whose values are times or numbers, never texts. */
const INSTANTS = new Set(
  `fromUnixTimestamp64Milli fromUnixTimestamp64Nano now now64 parseDateTime64BestEffort parseDateTimeBestEffort
   toDate toDate32 toDateTime toDateTime64 toInt64 toIntervalDay toIntervalHour toIntervalMinute
   toIntervalSecond today toUInt32 toUInt64 yesterday`.split(/\s+/),
)

const AGGREGATE_NAMES = new Map(
  Object.entries({ arrayReduce: 0, arrayReduceInRanges: 0, initializeAggregation: 0 }),
)

const TOKENIZERS = new Set(
  'array asciiCJK ngrams sparseGrams splitByNonAlpha splitByString unicodeWord'.split(' '),
)
const TOKENIZER = new Map(
  Object.entries({
    tokens: 1,
    tokensForLikePattern: 1,
    hasAllTokens: 2,
    hasAnyTokens: 2,
    hasPhrase: 2,
    highlight: 2,
  }),
)

/** Whether one of the first `count` arguments is read as code or as a name. */
export function readsText(canonical: string, count: number): boolean {
  return [TYPES, ZONES, AGGREGATE_NAMES, TOKENIZER].some(
    (positions) => (positions.get(canonical) ?? count) < count,
  )
}

/**
 * @param canonical name of a scalar function
 * @throws RefusedStatementError where such an argument is not a literal, or not a harmless one.
 */
export function checkArguments(canonical: string, given: Node[], engine: EngineNames): void {
  const type = TYPES.get(canonical)
  if (type !== undefined) {
    const node = given.at(type)
    if (node !== undefined) checkType(node, canonical, engine)
  }
  const zone = ZONES.get(canonical)
  if (zone !== undefined) for (const node of given.slice(zone)) checkZone(node, canonical, engine)
  if (AGGREGATE_NAMES.has(canonical) && given[0] !== undefined)
    checkAggregate(given[0], canonical, engine)
  const tokenizer = TOKENIZER.get(canonical)
  if (tokenizer !== undefined && given[tokenizer] !== undefined)
    checkTokenizer(given[tokenizer], canonical)
}

/** @throws RefusedStatementError */
function checkType(node: Node, canonical: string, engine: EngineNames): void {
  const text = textOf(node)
  if (text === undefined || !isPlainType(text, typeNames(engine)))
    throw refusal(canonical, 'a plain type', node)
}

function checkZone(node: Node, canonical: string, engine: EngineNames): void {
  const text = textOf(node)
  if (text === undefined) {
    if (node.kind === 'Literal' && /^(U?Int|Float|Decimal|Bool|NULL)/.test(node.name)) return
    if (node.kind === 'Function' && INSTANTS.has(engine.functions.get(node.name.toLowerCase())!))
      return
  } else if (engine.zones.has(text)) return
  throw refusal(canonical, 'a time zone', node)
}

/** A bare name, or one with numbers: the engine evaluates what else stands in the parentheses. */
function checkAggregate(node: Node, canonical: string, engine: EngineNames): void {
  const tokens = tokenize(textOf(node) ?? '')
  const [name, ...rest] = tokens
  const plain =
    rest.length === 0 ||
    (rest[0]!.text === '(' &&
      rest.at(-1)!.text === ')' &&
      rest
        .slice(1, -1)
        .every(({ kind, text }) => (kind === 'word' ? /^[\d.]+$/.test(text) : text === ',')))
  if (name?.kind !== 'word' || !plain || !isAggregate(name.text, engine))
    throw refusal(canonical, 'an aggregate function', node)
}

function checkTokenizer(node: Node, canonical: string): void {
  if (!TOKENIZERS.has(textOf(node) ?? '')) throw refusal(canonical, 'a tokenizer', node)
}

function refusal(canonical: string, what: string, node: Node): RefusedStatementError {
  const given = textOf(node) === undefined ? '' : `: ${node.name.slice(0, 60)}`
  return new RefusedStatementError(
    `function ${canonical} takes ${what} as a literal here${given === '' ? '' : `, and a known one${given}`}`,
  )
}

export function typeNames(engine: EngineNames): TypeNames {
  return { zones: engine.zones, aggregate: (name) => isAggregate(name, engine) }
}
