-- Trace of the newest span

SELECT trace_id FROM spans WHERE trace_id != '' ORDER BY time DESC, trace_id LIMIT 1
