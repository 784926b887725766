-- Functions for every query: seconds, adjusted counts, sums, percentiles and long texts
--
-- `window_seconds` is the duration of the window, `covered_seconds(bucket)` that of a bucket within it, `first_bucket`
-- and `end_bucket` are for WITH FILL.
--
-- `adjusted_count(weight)` is the whole number of spans that a sample represents. `stable_sum(value)` is the sum of
-- what may be fractions, the same in any order of rows: in units of 1e-9. `number_sum(value, weight)` is a weighted sum
-- of decimals from attributes, exact to 1e-18. Both leave out what is not finite, and 1e40 or more.
-- `total(value, weight)` is a weighted sum of whole numbers, exact beyond 2^53. `percentiles(value, weight)` is an
-- array of p50, p95 and p99, by nearest rank. quantilesExact takes that for levels a hair below: for 0.5 of 4 values it
-- takes the third.
--
-- `adjusted_squares(weight)` adds up the squares of weights, `adjusted_sums(weights)` arrays of weights, and
-- `adjusted_trend(weight, part)` the weights of each of 20 parts, of which the first is 0.
--
-- `line_pattern(text)` is the first line of a text, cut to 12 words, with `*` for words with digits: for what varies.
-- `exception_pattern(attributes)` is that of an exception's type and message. `failure_message(…)` is what the columns
-- of its names say of a failed span.
-- `severity_number(text, number)` is a log record's number, or that of its text: Python's and .NET's Critical is FATAL.
-- `severity_text(text, number)` is its text, or the short name of its number: TRACE, TRACE2 … FATAL4.
-- `masked_text(text)` has `<n>` and `<id>` for what varies in a message, but the numbers that `marked_codes` marks.
-- `last_trace(trace_id, time)` is the trace of the last span, of several the last by the last 24 characters of its id.
-- `example_text(text)` is cut to 40 characters. `any_examples(value)` are three that a hash chooses, and
-- `examples_among(frequent, others, different, occurrences)` the most frequent three of at most 100 different values,
-- from `topK` with counts. Of more, which topK only estimates, values of a tenth of the occurrences come first, by the
-- alphabet, then the others: they are the same each time.
-- `trace_number(id)` has 49 bits, which a double holds; `span_number(id)` tells the spans of one trace apart.
-- `first_of_pairs(values, traces, spans, most)` keeps the values of the least `most` pairs of numbers where there are
-- more: these are hashes, so that it is a sample, and the same each time.
--
-- `counter_role(key)` is what an attribute of a runtime says: `collections`, `time` of collections, `collected`,
-- `uncollectable`, `heap` or `delay`, and '' for other keys. A generation or a collector may be the last word of a key
-- as well as one before. `counter_unit(key)` is the nanoseconds in a unit of a `time`: names say it, those of the JVM
-- before 2024 are in ms, and of .NET before version 9 in ns; else in seconds. `is_renamed(key)` is of an older name.
--
-- Without weights percentiles are exact. With weights values fall into bins as wide as the last of 7 binary digits: a
-- result is within 0.4 % of the exact one, and between the least and the greatest value, at a tenth of the cost. The
-- engine adds weights up as UInt64: in units of 1/1024, or of 2^20 where the sum is 2^53 or more. Smaller weights are
-- then 0, all of them together less than a 10,000th for a million spans.
--
-- Over sums of hours, whose durations are in bins of 5 binary digits, it is within 1.6 %, and between the least and the
-- greatest mean of a bin.
--
-- `log_bin(value)` is the hundredth of a decade of a whole number, 0 for 0 and 1; `log_bin_start(bin)` the least
-- number in it. `log_bin_width(range, most)` is the narrowest width of 1, 2, 5, 10 … bins that cuts a range of bins
-- into `most` pieces or fewer.
--
-- `clip(text)` is the first 2,000 characters of a longer text, after their true number; `clip_map(map)` has such
-- values. `clip_series(text)` ends with a digest of the longer text: two series with the same beginning stay apart.

WITH
  text -> if(lengthUTF8(text) > 2000,
    concat('(', toString(lengthUTF8(text)), ' characters) ', substringUTF8(text, 1, 2000)), text) AS clip,
  text -> if(lengthUTF8(text) > 2000, concat(clip(text), ' ', hex(cityHash64(text))), text) AS clip_series,
  texts -> mapApply((key, value) -> (key, clip(value)), texts) AS clip_map,
  dateDiff('nanosecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) / 1000000000 AS window_seconds,
  bucket -> greatest(1, dateDiff('nanosecond',
    greatest(toDateTime64(bucket, 9, 'UTC'), {from:DateTime64(9, 'UTC')}),
    least(toDateTime64(bucket, 9, 'UTC') + toIntervalSecond({bucket:UInt32}), {to:DateTime64(9, 'UTC')})))
    / 1000000000 AS covered_seconds,
  toStartOfInterval({from:DateTime64(9, 'UTC')}, toIntervalSecond({bucket:UInt32}), 'UTC') AS first_bucket,
  -- DateTime ends in 2106, and WITH FILL adds one step before it compares.
  greatest(first_bucket, toDateTime(
    least({to:DateTime64(9, 'UTC')}, toDateTime64('2106-02-07 06:28:15', 9, 'UTC') - toIntervalSecond({bucket:UInt32}))
      + toIntervalNanosecond(999999999), 'UTC')) AS end_bucket,
  value -> if(abs(toFloat64(value)) < 1e40, value, 0) AS countable,
  value -> toFloat64(sum(toInt256(round(toFloat64(countable(value)) * 1000000000)))) / 1000000000 AS stable_sum,
  -- Whole weights, and fractions of weights, apart.
  (value, weight) -> if(/*+ weighted */1,
    sum(countable(value) * toUInt64(floor(weight)))
      + sum(toDecimal256(toFloat64(countable(value)) * (weight - floor(weight)), 18)),
    sum(if(weight = 0, 0, countable(value)))) AS number_sum,
  -- Whole parts and fractions apart: whole weights add up exactly beyond 2^53.
  weight -> if(/*+ weighted */1,
    toUInt64(sum(toUInt128(floor(weight)))
      + toUInt64(round(sum(toUInt64(round((weight - floor(weight)) * 1000000000))) / 1000000000))),
    toUInt64(round(sum(weight)))) AS adjusted_count,
  weight -> if(/*+ weighted */1, stable_sum(weight), sum(weight)) AS adjusted_sum,
  weight -> if(/*+ weighted */1,
    toFloat64(sum(toInt256(round(weight * weight * 1000000000)))) / 1000000000, sum(weight)) AS adjusted_squares,
  weights -> if(/*+ weighted */1,
    arrayMap(part -> toFloat64(part) / 1000000000,
      sumForEach(arrayMap(one -> toInt128(round(one * 1000000000)), weights))),
    sumForEach(weights)) AS adjusted_sums,
  (weight, part) -> if(/*+ weighted */1,
    arrayMap(spans -> toUInt64(round(spans / 1000000000)),
      sumResample(0, 20, 1)(toUInt128(round(weight * 1000000000)), part)),
    countResample(0, 20, 1)(part)) AS adjusted_trend,
  (value, weight) -> if(/*+ weighted */1,
    toUInt128(intDiv(sum(toUInt256(value) * toUInt256(round(weight * 4294967296))), 4294967296)),
    sum(toUInt128(if(weight = 0, 0, value)))) AS total,
  (value, weight) -> if(/*+ hourly */1,
    arrayMap(
      (bin, least_value, most_value) ->
        greatest(least_value, least(most_value, toUInt64(reinterpretAsFloat32(toUInt32(bin) * 262144 + 131072)))),
      quantilesExactWeighted(0.5, 0.95, 0.99)(
        bitShiftRight(reinterpretAsUInt32(toFloat32(value)), 18), toUInt64(weight)),
      arrayWithConstant(3, minIf(toUInt64(value), weight > 0)),
      arrayWithConstant(3, maxIf(toUInt64(value), weight > 0))),
  if(/*+ weighted */1,
    arrayMap(
      (bin, least_value, most_value) ->
        greatest(least_value, least(most_value, toUInt64(reinterpretAsFloat32(toUInt32(bin) * 65536 + 32768)))),
      if(sum(weight) < 9007199254740992.,
        quantilesExactWeighted(0.5, 0.95, 0.99)(
          bitShiftRight(reinterpretAsUInt32(toFloat32(value)), 16),
          toUInt64(round(least(weight, 9007199254740992.) * 1024))),
        quantilesExactWeightedIf(0.5, 0.95, 0.99)(
          bitShiftRight(reinterpretAsUInt32(toFloat32(value)), 16),
          toUInt64(round(weight / 1048576)),
          weight >= 524288)),
      arrayWithConstant(3, minIf(toUInt64(value), weight > 0)),
      arrayWithConstant(3, maxIf(toUInt64(value), weight > 0))),
    quantilesExactIf(0.4999999999, 0.9499999999, 0.9899999999)(toUInt64(value), weight > 0))) AS percentiles,
  -- log10 of a power of ten may be a little less than whole.
  value -> toInt32(floor(log10(greatest(toFloat64(value), 1)) * 100 + 1e-9)) AS log_bin,
  bin -> toUInt64(if(bin <= 0, 0, ceil(exp10(bin / 100) * (1 - 2e-11)))) AS log_bin_start,
  (range, most) -> arrayFirst(
    width -> intDiv(range, width) + 2 <= most OR width = 100, [1, 2, 5, 10, 20, 50, 100]) AS log_bin_width,
  text -> arrayStringConcat(arraySlice(splitByChar(' ', replaceRegexpAll(
    replaceRegexpAll(substringUTF8(splitByChar('\n', text)[1], 1, 400), '[\\w.:/@+-]*[0-9][\\w.:/@+-]*', '*'),
    '(?:[*] )+', '* ')), 1, 12), ' ') AS line_pattern,
  attributes -> line_pattern(concat(attributes['exception.type'],
    if(attributes['exception.message'] = '', '', ': '), attributes['exception.message'])) AS exception_pattern,
  (status_message, exception_message, exception_type, error_type, rpc_status, http_status) -> multiIf(
    status_message != '', status_message,
    exception_message != '', exception_message,
    exception_type != '', exception_type,
    -- A status code, or `_OTHER`, says no more than the status.
    match(error_type, '[a-z]'), error_type,
    rpc_status NOT IN ('', 'OK'), concat('answered ', rpc_status),
    http_status > 0, concat('answered ', toString(http_status)),
    '(no message)') AS failure_message,
  (text, number) -> multiIf(
    number > 0, number,
    match(text, '(?i)^(?:fatal|crit|emerg|panic)'), 21,
    match(text, '(?i)^(?:err|severe|alert)'), 17,
    match(text, '(?i)^warn'), 13,
    match(text, '(?i)^(?:trace|verbose|finest)'), 1,
    match(text, '(?i)^(?:debug|fine)'), 5,
    9) AS severity_number,
  (text, number) -> multiIf(
    text != '' OR number = 0, toString(text),
    number > 24, toString(number),
    concat(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(number + 3, 4)],
      ['', '2', '3', '4'][(number - 1) % 4 + 1])) AS severity_text,
  -- \x01 marks numbers that tell errors apart: `status code 500`, `error 1205`, `502 Bad Gateway`. Then ids, and
  -- numbers that are not in a word, as `utf8`, nor in a code, as `ORA-00942`.
  text -> replaceRegexpAll(
    replaceRegexpAll(
      text,
      '(?i)\\b((?:(?:status|err(?:or)?)[ _-]?code|status|code|errno|sqlstate|answered)\\b\\W{0,3}|'
      || 'https?(?:/[0-9.]+)?[ :=-]{1,2}|error[ _#=-]{1,2})([0-9])',
      '\\1\x01\\2'),
    '\\b([45][0-9]{2} [A-Z][a-z])', '\x01\\1') AS marked_codes,
  text -> replaceAll(
    replaceRegexpAll(
      replaceRegexpAll(
        marked_codes(text),
        '(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\b(?:0x[0-9a-f]+|[0-9a-f]{16,})\\b',
        '<id>'),
      '(^|[^\\w.\x01-]|[^A-Z0-9\x01]-)[0-9]+(?:[.,:/-][0-9]+|T[0-9]+)*((?:ms|us|ns|[smhdBZ]|[kKMGT]i?[Bb]?)?)\\b',
      '\\1<n>\\2'),
    '\x01', '') AS masked_text,
  -- argMax by a tuple compares field by field and takes twice the time of all else that a row of `attributes` needs.
  (trace_id, time) -> argMax(trace_id, bitOr(
    bitShiftLeft(toUInt256(toUnixTimestamp64Nano(time)), 192),
    reinterpretAsUInt256(reverse(right(trace_id, 24))))) AS last_trace,
  text -> if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text) AS example_text,
  value -> [
    argMin(value, cityHash64(value)),
    argMin(value, bitXor(cityHash64(value), 6148914691236517205)),
    argMax(value, cityHash64(value))] AS any_examples,
  (frequent, others, different, occurrences) -> arraySlice(if(different <= 100,
    arrayMap(one -> one.1, arraySort(one -> (-toInt64(one.2), one.1), frequent)),
    arrayDistinct(arrayConcat(
      arraySort(arrayMap(one -> one.1, arrayFilter(one -> one.2 * 10 >= occurrences, frequent))),
      others))), 1, 3) AS examples_among,
  key -> multiIf(
    key IN ('v8js.memory.heap.used', 'process.runtime.nodejs.memory.heap.used', 'jvm.memory.used',
      'jvm.memory.heap.used', 'process.runtime.jvm.memory.usage', 'go.memory.used', 'go.memstats.heap_alloc',
      'process.runtime.go.mem.heap_alloc', 'process.runtime.go.mem.heap.alloc', 'runtime.go.mem.heap_alloc',
      'dotnet.gc.last_collection.heap.size', 'process.runtime.dotnet.gc.heap.size',
      'process.runtime.cpython.memory'), 'heap',
    key IN ('nodejs.eventloop.delay.max', 'process.runtime.nodejs.eventloop.delay.max'), 'delay',
    NOT match(key, '[.](?:gc[._]|memstats[.])') OR match(key, '[._](?:min|max|avg|mean|rate|last|p\\d+)$'), '',
    match(key, '[._]uncollectable(?:_objects)?(?:[.][^.]+)?$'), 'uncollectable',
    match(key, '[._]collected(?:_objects)?(?:[.][^.]+)?$'), 'collected',
    match(key, '[._](?:count|num_gc)$'), 'collections',
    match(key, '[._](?:duration|time|elapsed|pause_total_ns)(?:[.][^.]+)?$'), 'time',
    match(key, '[._](?:count|collections|cycles)(?:[.][^.]+)?$'), 'collections',
    '') AS counter_role,
  key -> multiIf(
    endsWith(key, '_ns') OR startsWith(key, 'process.runtime.dotnet'), 1,
    match(key, 'jvm[.]gc[.](?:.*[.])?(?:time|elapsed)(?:[.][^.]+)?$'), 1000000,
    1000000000) AS counter_unit,
  key -> match(key, '^(?:process[.])?runtime[.]') AS is_renamed,
  id -> bitShiftRight(cityHash64(id), 15) AS trace_number,
  id -> toUInt32(cityHash64(id)) AS span_number,
  (values, traces, spans, most) -> if(length(values) <= most, values, arraySlice(
    arraySort((value, trace, span) -> (trace, span), values, traces, spans), 1, most)) AS first_of_pairs
SELECT
  clip(''), clip_map(map('', '')), clip_series(''), stable_sum(1), number_sum(1, 1), adjusted_count(1), adjusted_sum(1),
  adjusted_squares(1), adjusted_sums([1]), adjusted_trend(1, 1), total(1, 1), percentiles(1, 1), log_bin(1),
  log_bin_start(1), log_bin_width(1, 1), line_pattern(''), exception_pattern(map('', '')),
  failure_message('', '', '', '', '', 0),
  severity_number('', 0), severity_text('', 0),
  masked_text(''), last_trace('', toDateTime64(0, 9)), example_text(''), any_examples(''),
  examples_among([('', 1)], [''], 1, 1), counter_role(''), counter_unit(''), is_renamed(''), trace_number(''),
  span_number(''), first_of_pairs([1], [1], [1], 1)
