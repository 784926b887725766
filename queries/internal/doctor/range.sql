-- Number of spans, the oldest and the newest

SELECT
  count() AS spans,
  if(spans > 0, toTimeZone(min(stored_time), 'UTC'), NULL) AS oldest,
  if(spans > 0, toTimeZone(max(stored_time), 'UTC'), NULL) AS newest
FROM spans
