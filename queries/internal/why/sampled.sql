-- Requests stored in a window, and their adjusted count

SELECT count() AS stored, adjusted_count(weight) AS counted
FROM spans
WHERE parent_id = ''
