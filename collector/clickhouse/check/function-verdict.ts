/** Verdicts on functions by their names as typed: aliases, combinators, and any case. */
import { ALLOWED_AGGREGATES } from './allowed-aggregates.ts'
import { ALLOWED_FUNCTIONS } from './allowed-functions.ts'
import { REFUSED_FUNCTIONS } from './refused-functions.ts'

/** Aliases of allowed functions. */
export const ALIASES = `
  CARDINALITY CHARACTER_LENGTH CHAR_LENGTH DATABASE DATE_DIFF DATE_FORMAT DATE_TRUNC DAY
  DAYOFMONTH DAYOFWEEK DAYOFYEAR FORMAT_BYTES FROM_BASE64 FROM_DAYS FROM_UNIXTIME HOUR
  INET6_ATON INET6_NTOA INET_ATON INET_NTOA JSON_ARRAY_LENGTH LAST_DAY MAP_FROM_ARRAYS
  MICROSECOND MILLISECOND MINUTE MONTH NANOSECOND NATURAL_SORT_KEY OCTET_LENGTH QUARTER
  REGEXP_EXTRACT REGEXP_MATCHES REGEXP_REPLACE REGEXP_SUBSTR SCHEMA SECOND SUBSTRING_INDEX
  TIMESTAMP_DIFF TO_BASE64 TO_DAYS TO_UNIXTIME UTC_timestamp YEAR arrayAUC arrayPRAUC
  array_remove array_to_string byteSlice caseWithExpr caseWithoutExpr caseWithoutExpression
  ceiling concat_ws curdate current_database current_date current_query_id current_schemas
  current_timestamp current_user date_bin date_diff distanceCosine distanceL1 distanceL2
  distanceL2Squared distanceLinf distanceLp flatten from_utc_timestamp
  hasAllToken hasAnyToken initial_query_id initial_query_start_time instr isASCII
  lcase ln localtimestamp lpad ltrim mapContains mapFromString matchPhrase mid
  minSampleSizeContinous mismatches mod modOrNull normL1 normL2 normL2Squared normLinf normLp
  normalizeL1 normalizeL2 normalizeLinf normalizeLp pmod pmodOrNull positive_modulo
  positive_modulo_or_null power query_id rand32 regexpInstr regexp_instr 
  replace rpad rtrim scalarProduct serverTimeZone session_user splitByAlpha sqid str_to_date
  str_to_map substr timeZone timeZoneOf timeZoneOffset time_bucket timestampDiff timestamp_diff
  toStartOfFiveMinute toTimeZone to_utc_timestamp trim truncate ucase unnest user
  vectorDifference vectorSum visitParamExtractBool visitParamExtractFloat visitParamExtractInt
  visitParamExtractRaw visitParamExtractString visitParamExtractUInt visitParamHas week
  width_bucket yandexConsistentHash yearweek`

/** The parser's own functions. */
const SYNTAX = 'lambda untuple'

const COMBINATORS =
  /(?:if|array|map|distinct|ordefault|ornull|resample|foreach|state|merge|simplestate|argmin|argmax)$/

const words = (text: string) => text.trim().toLowerCase().split(/\s+/)
const all = (groups: readonly { names: string }[]) => groups.flatMap(({ names }) => words(names))
const FUNCTIONS = new Set([...all(ALLOWED_FUNCTIONS), ...words(ALIASES), ...words(SYNTAX)])
const AGGREGATES = new Set(all(ALLOWED_AGGREGATES))
const REFUSED = new Set(all(REFUSED_FUNCTIONS))

export type TypedVerdict = 'function' | 'aggregate' | 'refused' | undefined

/** The verdict on a function of a statement that the engine has not resolved; undefined if it is on no list. */
export function verdictOnTyped(name: string): TypedVerdict {
  const typed = name.toLowerCase()
  if (FUNCTIONS.has(typed)) return 'function'
  if (REFUSED.has(typed)) return 'refused'
  for (let word = typed; ; word = word.replace(COMBINATORS, '')) {
    if (AGGREGATES.has(word)) return 'aggregate'
    if (!COMBINATORS.test(word)) return undefined
  }
}
