-- Every operation in the window: its spans, when they start, and the spans of all operations

SELECT
  service,
  name,
  count() AS spans,
  sum(spans) OVER () AS total,
  toUnixTimestamp64Nano(min(time)) AS first,
  toUnixTimestamp64Nano(max(time)) AS last
FROM spans
GROUP BY service, name
ORDER BY spans DESC, service, name
LIMIT 10000
