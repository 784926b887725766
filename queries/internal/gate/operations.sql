-- Every operation in the window: its spans, and when they start

SELECT
  service,
  name,
  count() AS spans,
  toUnixTimestamp64Nano(min(time)) AS first,
  toUnixTimestamp64Nano(max(time)) AS last
FROM spans
GROUP BY service, name
ORDER BY spans DESC, service, name
LIMIT 10000
