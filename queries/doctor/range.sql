-- The oldest and the newest span there is

SELECT minOrNull(time) AS oldest, maxOrNull(time) AS newest FROM spans
