-- Days with parts that lack what additions_to_traces.sql adds, newest first: those are asked for most.
SELECT partition AS day, sum(rows) AS spans
FROM system.parts
WHERE database = 'otel' AND table = 'otel_traces' AND active AND NOT has(projections, 'red')
GROUP BY day
ORDER BY day DESC
