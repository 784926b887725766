-- Every operation of the window's traces, with its number and its spans

SELECT
  toUInt32(cityHash64(service, operation)) AS number,
  min(service) AS of_service,
  min(operation) AS of_name,
  count() AS spans
FROM /*+ whole */spans
GROUP BY number
ORDER BY number
LIMIT 20000
