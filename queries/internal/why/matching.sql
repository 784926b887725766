-- The numbers of the traces of which a span matches the filters

SELECT DISTINCT toFloat64(trace_number(trace_id)) AS trace
FROM spans
WHERE if({one_in:UInt64} = 1, 1, cityHash64(trace_id) % {one_in:UInt64} = 0)
