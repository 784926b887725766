-- Trace of the longest span

SELECT trace_id FROM spans WHERE trace_id != '' ORDER BY duration DESC, time DESC, trace_id LIMIT 1
