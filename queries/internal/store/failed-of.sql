-- Which of some traces have an error

SELECT DISTINCT trace_id
FROM spans
WHERE trace_id IN ({trace_ids:Array(String)}) AND is_error
