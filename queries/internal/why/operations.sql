-- Every operation of the window's traces, with its number and its spans, and how long they last beyond the window

SELECT
  toUInt32(cityHash64(service, operation)) AS number,
  min(service) AS of_service,
  min(operation) AS of_name,
  count() AS spans,
  greatest(0, max(toUnixTimestamp64Nano(time) + toInt64(duration)) - toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}))
    AS beyond
FROM /*+ whole */spans
GROUP BY number
ORDER BY number
LIMIT 20000
