-- The ids of traces by their numbers
--
-- A trace has a span at one of `starts`, in ns from the window's, as traces.sql has them: fewer ids are hashed then.

SELECT trace_number(trace_id) AS number, min(trace_id) AS id
FROM /*+ whole */spans
WHERE toFloat64(toUnixTimestamp64Nano(time) - toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}))
    IN (SELECT arrayJoin(CAST({starts:Array(String)}, 'Array(Float64)')))
  AND number IN (SELECT arrayJoin(CAST({numbers:Array(String)}, 'Array(UInt64)')))
GROUP BY number
ORDER BY number
