-- No span, of those that are chosen
--
-- Asked to have a condition understood, functions and types, before a question is asked with it.

SELECT 1 FROM spans LIMIT 0
