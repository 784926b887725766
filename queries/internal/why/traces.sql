-- Spans of whole traces as rows of numbers, in no order
--
-- With filters, of the traces of which a span matches. A share of the traces, chosen by their id. Operations are
-- numbers of operations.sql. Starts are in ns from the window's. Every column is a number of fixed size, for RowBinary.

SELECT
  toFloat64(trace_number(trace_id)) AS trace,
  span_number(span_id) AS span,
  if(parent_id = '', 0, span_number(parent_id)) AS parent,
  toUInt32(cityHash64(service, operation)) AS number,
  toFloat64(toUnixTimestamp64Nano(time) - toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')})) AS start,
  toFloat64(duration) AS spent,
  toUInt8(is_error + 2 * (kind = 'client') + 4 * (kind = 'consumer')) AS flags
FROM /*+ whole */spans
WHERE if({one_in:UInt64} = 1, 1, cityHash64(trace_id) % {one_in:UInt64} = 0)
  AND if(/*+ filtered */1, trace_id GLOBAL IN (
    SELECT trace_id FROM spans WHERE cityHash64(trace_id) % {one_in:UInt64} = 0), 1)
