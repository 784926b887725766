-- How many traces the spans are of, about

SELECT uniq(trace_id) AS traces FROM spans
