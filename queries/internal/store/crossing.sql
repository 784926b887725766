-- A service without server, consumer and root spans
--
-- Its requests are the spans whose parents are in other services.

SELECT service
FROM spans
WHERE service GLOBAL NOT IN (SELECT DISTINCT service FROM spans WHERE kind IN ('server', 'consumer'))
GROUP BY service
HAVING countIf(parent_id = '') = 0
LIMIT 1
