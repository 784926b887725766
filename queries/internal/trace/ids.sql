-- Trace ids that equal or begin with a text
--
-- For stores without a lookup table, or with older spans than it has. A prefix reads every trace id in the window.

SELECT DISTINCT trace_id
FROM spans
WHERE if(/*+ whole */1, trace_id = {prefix:String}, startsWith(trace_id, {prefix:String}))
ORDER BY trace_id
LIMIT 6
