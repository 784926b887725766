-- Requests stored in a window, their adjusted count, and whether some represent more than others

SELECT
  count() AS stored,
  adjusted_count(weight) AS counted,
  max(weight) > 1.01 * min(weight) AS uneven
FROM spans
WHERE parent_id = ''
