-- Number of spans, the oldest and the newest

SELECT count() AS spans, minOrNull(time) AS oldest, maxOrNull(time) AS newest FROM spans
