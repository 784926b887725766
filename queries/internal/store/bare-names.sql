-- A server span named after its HTTP method alone

SELECT 1
FROM spans
WHERE name IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'HTTP') AND kind = 'server'
LIMIT 1
