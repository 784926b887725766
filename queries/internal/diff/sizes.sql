-- Spans of one part of a comparison: their adjusted count, its squares, and traces

SELECT
  {part:UInt8} AS part,
  count() AS stored,
  adjusted_sum(weight) AS spans,
  adjusted_squares(weight) AS squares,
  uniq(trace_id) AS traces,
  toString(groupBitXor(cityHash64(time, duration))) AS fingerprint
FROM spans
