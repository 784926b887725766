-- How numbers are written, and texts compared as numbers
--
-- Float64 keeps the order of integers beyond 2^53 but takes neighbours for equal: only those are compared once more, as integers, which
-- a smaller bound settles before the first span is read. No number is neither above nor below.

(text, bound) -> (toFloat64OrNull(text) > toFloat64(bound) OR (abs(toFloat64(bound)) >= 9007199254740992.
    AND toFloat64OrNull(text) = toFloat64(bound) AND ifNull(toInt64OrNull(text) > toInt64OrNull(bound), 0))) AS above,
  (text, bound) -> (toFloat64OrNull(text) < toFloat64(bound) OR (abs(toFloat64(bound)) >= 9007199254740992.
    AND toFloat64OrNull(text) = toFloat64(bound) AND ifNull(toInt64OrNull(text) < toInt64OrNull(bound), 0))) AS below,
  -- 1e+21, as the exporter's Map schema and JSON in JavaScript have it, and not 1e21.
  text -> replaceRegexpAll(text, 'e(\\d)', 'e+\\1') AS signed_exponent
