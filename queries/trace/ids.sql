-- The traces whose id begins so
--
-- For stores without the lookup table, or with spans that are older than it: reads every trace id in the window.

SELECT DISTINCT trace_id FROM spans WHERE startsWith(trace_id, {prefix:String}) ORDER BY trace_id LIMIT 6
