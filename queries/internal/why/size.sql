-- How many traces and spans there are

SELECT count() AS spans, uniq(trace_id) AS traces FROM spans
