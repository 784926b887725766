-- Whole traces that miss a span
--
-- A trace is incomplete without a root, or where a span names a parent that is not stored. The traces are those with a
-- span in the window; their other spans may lie outside. An incomplete trace with a span that ends after `arrived` is
-- late: what it misses may still arrive. Ids are hashed: arrays of texts take three times as long.

SELECT
  countIf(NOT late) AS traces,
  countIf(misses AND NOT late) AS incomplete,
  countIf(roots = 0 AND NOT late) AS rootless,
  toUInt64(sumIf(missing, NOT late)) AS missing_parents,
  countIf(late) AS left_out,
  maxIf(trace, misses AND NOT late) AS example
FROM (
  SELECT
    trace_id AS trace,
    countIf(parent_id = '') AS roots,
    groupArray(cityHash64(span_id)) AS ids,
    groupUniqArrayIf(cityHash64(parent_id), parent_id != '') AS parents,
    length(parents) - length(arrayIntersect(parents, ids)) AS missing,
    roots = 0 OR missing > 0 AS misses,
    misses AND max(toUnixTimestamp64Nano(time) + toInt64(duration)) > {arrived:Int64} AS late
  FROM spans_unfiltered
  WHERE trace_id GLOBAL IN (SELECT trace_id FROM spans)
  GROUP BY trace_id
)
