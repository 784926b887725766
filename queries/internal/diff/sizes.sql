-- Spans of one part of a comparison: their adjusted count, its squares, and traces

SELECT
  {part:UInt8} AS part,
  count() AS stored,
  toFloat64(sum(weight)) AS spans,
  toFloat64(sum(weight * weight)) AS squares,
  uniq(trace_id) AS traces,
  toString(groupBitXor(cityHash64(time, duration))) AS fingerprint
FROM spans
