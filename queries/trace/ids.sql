-- The traces whose id is, or begins, so
--
-- For stores without the lookup table, or with spans that are older than it: reads every trace id in the window, if it is not
-- a whole one.

SELECT DISTINCT trace_id FROM spans WHERE if({whole:UInt8}, trace_id = {prefix:String}, startsWith(trace_id, {prefix:String})) ORDER BY trace_id LIMIT 6
