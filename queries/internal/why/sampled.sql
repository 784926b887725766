-- Requests that the stored ones stand for, where spans are sampled

SELECT count() AS stored, adjusted_count(weight) AS counted
FROM spans
WHERE parent_id = ''
