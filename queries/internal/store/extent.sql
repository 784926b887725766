-- Number of spans, the oldest and the newest
--
-- Explains an empty result.

SELECT
  count() AS spans,
  toString(toTimeZone(min(stored_time), 'UTC')) AS oldest,
  toString(toTimeZone(max(stored_time), 'UTC')) AS newest
FROM spans
