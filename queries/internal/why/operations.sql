-- Every operation of the window's traces, with its number and its spans

SELECT
  toUInt32(cityHash64(service, name)) AS number,
  min(service) AS of_service,
  min(name) AS of_name,
  count() AS spans
FROM /*+ whole */spans
GROUP BY number
ORDER BY number
LIMIT 20000
