-- The trace of the slowest request
--
-- The demo shows it as a tree.

SELECT trace_id FROM spans WHERE kind = 'server' AND service = 'shop' ORDER BY duration DESC LIMIT 1
