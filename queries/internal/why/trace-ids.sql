-- The ids of traces by their numbers

SELECT trace_number(trace_id) AS number, min(trace_id) AS id
FROM /*+ whole */spans
WHERE number IN (SELECT arrayJoin(CAST({numbers:Array(String)}, 'Array(UInt64)')))
GROUP BY number
ORDER BY number
