-- No rows of spans
--
-- A dry run: the server checks functions and types of a condition.

SELECT 1 FROM spans LIMIT 0
