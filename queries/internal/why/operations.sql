-- Every operation of the window's traces, with its number and its spans

SELECT
  toUInt32(cityHash64(service, name)) AS number,
  any(service) AS of_service,
  any(name) AS of_name,
  count() AS spans
FROM /*+ whole */spans
GROUP BY number
ORDER BY number
LIMIT 20000
