-- Whether there is such a span

SELECT 1 FROM spans LIMIT 1
