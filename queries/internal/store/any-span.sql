-- Whether a span matches

SELECT 1 FROM spans LIMIT 1
