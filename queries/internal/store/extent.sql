-- Number of spans, the oldest and the newest
--
-- Explains an empty result.

SELECT count() AS spans, toString(min(time)) AS oldest, toString(max(time)) AS newest FROM spans
